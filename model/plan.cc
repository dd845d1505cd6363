#include "model/plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "model/url_secret.h"

namespace rampart::model {
namespace {

struct Scheme {
  std::string_view name;
  std::uint16_t port;  // 0: must be given; icmp has none
};
constexpr Scheme kSchemes[] = {{"http", 80}, {"https", 443}, {"tcp", 0}, {"udp", 0}, {"icmp", 0}};

const Scheme* find_scheme(std::string_view name) {
  for (const auto& scheme : kSchemes)
    if (scheme.name == name) return &scheme;
  return nullptr;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

// Splits "host", "host:port", "[v6]" or "[v6]:port".
bool split_authority(std::string_view text, std::string_view& host, std::string_view& port) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && !port.starts_with(':')) return false;
    if (!port.empty()) port.remove_prefix(1);
    return true;
  }
  const auto colon = text.find(':');
  host = text.substr(0, colon);
  port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  return port.find(':') == std::string_view::npos;
}

// Control characters and blanks would let a URL smuggle header lines into a request.
bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7F; });
}

bool beyond_ascii(char c) { return static_cast<unsigned char>(c) > 0x7F; }

// "/b%C3%BCcher".
std::string percent_encoded(std::string_view path) {
  std::string out;
  for (const char c : path)
    out +=
        beyond_ascii(c) ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  return out;
}

}  // namespace

std::string Url::authority() const {
  const Scheme* known = find_scheme(scheme);
  if (port == 0 || (known != nullptr && known->port == port)) return bracketed(host);
  return fmt::format("{}:{}", bracketed(host), port);
}

std::string Url::text() const {
  const bool has_path = scheme == "http" || scheme == "https";
  return fmt::format("{}://{}{}", scheme, authority(), has_path ? path : "");
}

base::Result<Url> parse_url(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return base::fail(base::Errc::parse, fmt::format("'{}': {}", shown_url(text), why));
  };
  constexpr std::string_view kCredentials =
      "credentials in a URL end up in logs; send a header instead";
  if (!url_secret(text).empty()) return bad(kCredentials);  // before all that repeats a part of it
  if (!printable(text)) return bad("blanks and control characters must be percent-encoded");
  const auto mark = text.find("://");
  if (mark == std::string_view::npos)
    return bad("a URL starts with http://, https://, tcp://, udp:// or icmp://");
  Url url;
  url.scheme = text.substr(0, mark);
  const Scheme* scheme = find_scheme(url.scheme);
  if (scheme == nullptr) return bad("the scheme must be http, https, tcp, udp or icmp");
  auto rest = text.substr(mark + 3);
  const auto path = rest.find_first_of("/?#");
  if (path != std::string_view::npos) {
    auto tail = rest.substr(path);
    tail = tail.substr(0, tail.find('#'));
    url.path = tail.starts_with('/') ? std::string(tail) : "/" + std::string(tail);
    rest = rest.substr(0, path);
  }
  if (rest.find('@') != std::string_view::npos) return bad(kCredentials);
  const bool http = url.scheme.starts_with("http");
  if (std::any_of(rest.begin(), rest.end(), beyond_ascii))
    return bad("a host's name beyond ASCII is written in its xn-- form");
  if (std::any_of(url.path.begin(), url.path.end(), beyond_ascii))
    return bad(
        fmt::format("a path beyond ASCII is percent-encoded: {}", percent_encoded(url.path)));
  if (!http && url.path != "/")
    return bad(fmt::format("{} has no paths: write {}://{}", url.scheme, url.scheme, rest));
  std::string_view host;
  std::string_view port;
  if (!split_authority(rest, host, port)) return bad("the host and port cannot be read");
  if (host.empty()) return bad("the host is missing");
  url.host = host;
  url.port = scheme->port;
  if (url.scheme == "icmp" && !port.empty())
    return bad(fmt::format("icmp has no ports: write icmp://{}", bracketed(url.host)));
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc{} || end != port.data() + port.size() || url.port == 0)
      return bad("the port must be 1 to 65535");
  } else if (url.scheme == "tcp" || url.scheme == "udp") {
    return bad(fmt::format("{} needs a port, as in {}://127.0.0.1:5432", url.scheme, url.scheme));
  }
  return url;
}

bool Permitted::permits(const base::IpAddress& address) const {
  if (address.is_loopback()) return true;
  return std::any_of(networks.begin(), networks.end(),
                     [&](const base::Cidr& cidr) { return cidr.contains(address); });
}

bool Permitted::permits(const base::IpAddress& address, IpProto protocol) const {
  return permits(address) && (protocols.empty() || std::find(protocols.begin(), protocols.end(),
                                                             protocol) != protocols.end());
}

std::size_t at_once(const ProbeSpec& probe) {
  constexpr base::Nanos::rep kMost = 32;
  if (probe.interval <= base::Nanos(0)) return 1;
  const auto needed = probe.timeout / probe.interval + 1;
  return static_cast<std::size_t>(std::clamp<base::Nanos::rep>(needed, 1, kMost));
}

}  // namespace rampart::model
