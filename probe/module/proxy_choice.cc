#include "probe/module/proxy_choice.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "base/ip_address.h"
#include "probe/module/address_choice.h"

namespace rampart::probe {
namespace {

std::string small(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  std::string out(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// Of an IPv4 address in IPv6 that one: it is what is connected to.
std::optional<base::IpAddress> literal(std::string_view text) {
  const auto address = base::IpAddress::parse(text);
  return address ? std::optional(unmapped(*address)) : std::nullopt;
}

struct Place {
  std::string host;
  std::string port;
  std::optional<base::IpAddress> address;
};

// One exception of a list.
bool is_at(std::string_view exception, const Place& place) {
  if (const auto network = base::Cidr::parse(exception);
      network && exception.find('/') != std::string_view::npos)
    return place.address && network->contains(*place.address);
  std::string host(exception), port;
  if (const auto split = HttpUrl::parse("http://" + host); split && split->path.empty()) {
    host = split->host;
    port = split->port;
  }
  if (host.empty() || (!port.empty() && port != place.port)) return false;
  if (const auto address = literal(host)) return address == place.address;
  if (host.starts_with("*.")) host.erase(0, 1);
  if (host[0] != '.' && place.host == host) return true;
  if (host[0] != '.') host.insert(0, 1, '.');
  return place.host.ends_with(host);
}

bool excepted(std::string_view list, const Place& place) {
  if (place.host == "localhost" || (place.address && place.address->is_loopback())) return true;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    const auto exception = small(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    if (exception == "*" || (!exception.empty() && is_at(exception, place))) return true;
  }
  return false;
}

std::string either(const Environment& environment, const char* large, const char* little) {
  auto out = environment(large);
  return out.empty() ? environment(little) : out;
}

base::Result<std::optional<HttpUrl>> proxy_of(const std::string& text) {
  struct Kind {
    std::string_view scheme;
    const char* port;
  };
  constexpr std::array kKinds{Kind{"http", "80"}, Kind{"https", "443"}, Kind{"socks5", "1080"},
                              Kind{"socks5h", "1080"}};
  auto url = HttpUrl::parse(text);
  // The environment may leave the scheme out.
  if (text.find("://") == std::string::npos) url = HttpUrl::parse("http://" + text);
  const auto* kind = kKinds.end();
  if (url)
    kind = std::find_if(kKinds.begin(), kKinds.end(),
                        [&url](const Kind& one) { return one.scheme == url->scheme; });
  if (kind == kKinds.end() || url->host.empty())
    return base::fail(base::Errc::config,
                      "the proxy's URL is none of http://, https:// or socks5:// and a host");
  if (!url->zone.empty())
    return base::fail(base::Errc::config,
                      "the proxy's address has a zone, which no proxy can have");
  if (url->port.empty()) url->port = kind->port;
  if (!url->port_number())
    return base::fail(base::Errc::config,
                      fmt::format("the proxy's port {} is none of 1 to 65535", url->port));
  return std::optional(*std::move(url));
}

}  // namespace

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

base::Result<std::optional<HttpUrl>> choose_proxy(const model::ProxyOptions& options,
                                                  const HttpUrl& url, std::string_view name,
                                                  const Environment& environment) {
  const bool from_environment = options.from_environment;
  std::string proxy = options.url, exceptions = options.no_proxy;
  if (from_environment) {
    proxy = url.tls() ? either(environment, "HTTPS_PROXY", "https_proxy")
                      : either(environment, "HTTP_PROXY", "http_proxy");
    exceptions = either(environment, "NO_PROXY", "no_proxy");
  }
  if (proxy.empty()) return std::optional<HttpUrl>();
  if (from_environment || !exceptions.empty()) {
    const auto number = url.port_number();
    const std::string port = number ? std::to_string(*number) : std::string();
    for (const auto host : {std::string_view(url.host), name}) {
      const auto text = small(host);
      if (excepted(exceptions, {text, port, literal(text)})) return std::optional<HttpUrl>();
    }
  }
  return proxy_of(proxy);
}

}  // namespace rampart::probe
