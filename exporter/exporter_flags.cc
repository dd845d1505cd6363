#include "exporter/exporter_flags.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <utility>

#include "exporter/request_target.h"
#include "net/ip_families.h"
#include "net/resolver.h"

namespace rampart::exporter {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUsualAddress = ":9115";
constexpr double kMostOffset = 600;  // as long as a probe takes at most
constexpr std::int64_t kMostHistory = 100'000;

tl::unexpected<base::Error> wrong_address(std::string_view text) {
  return base::fail(base::Errc::config,
                    fmt::format("--web.listen-address {}: an address with its port, as in :9115, "
                                "127.0.0.1:9115 or [::1]:9115",
                                text));
}

// Every address of this host: "::" takes IPv4 as well, but where the kernel has no IPv6.
base::Endpoint any_address(std::uint16_t port) {
  base::Endpoint any{{}, port};
  any.address.v6 = net::speaks_ipv6();
  return any;
}

base::Result<base::Endpoint> listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong_address(text);
  const auto digits = text.substr(colon + 1);
  auto host = text.substr(0, colon);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) return wrong_address(text);
  if (host.empty()) return any_address(port);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (bracketed == (host.find(':') == std::string_view::npos)) return wrong_address(text);
  const auto addresses = net::resolve(std::string(host), 5s);
  if (!addresses)
    return base::fail(
        base::Error(addresses.error()).in(fmt::format("--web.listen-address {}", text)));
  return base::Endpoint{addresses->front(), port};
}

base::Result<ProbeLog> probe_log(std::string_view word) {
  if (word == "none") return ProbeLog::nothing;
  if (word == "debug") return ProbeLog::steps;
  if (word == "info") return ProbeLog::ends;
  if (word == "warn" || word == "error") return ProbeLog::failures;
  return base::fail(base::Errc::config,
                    fmt::format("--log.prober {}: none, debug, info, warn or error", word));
}

// What may stand in a header and in a page as it is, and is all of it a path.
bool plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7F && c != '"' && c != '\'' && c != '?' && c != '#';
  });
}

std::string without_slashes(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  return path.empty() ? std::string() : fmt::format("/{}", path);
}

}  // namespace

base::Result<std::string> path_of_url(std::string_view url) {
  const auto scheme = url.find("://");
  const auto rest = url.substr(scheme == std::string_view::npos ? 0 : scheme + 3);
  const auto path = rest.substr(std::min(rest.find('/'), rest.size()));
  const auto read = RequestTarget::parse(path);  // decodes it
  if (!plain(url) || !read || (scheme == std::string_view::npos && !url.starts_with('/')))
    return base::fail(base::Errc::config,
                      fmt::format("--web.external-url {}: a URL as http://host/path", url));
  return without_slashes(read->path);
}

base::Result<ExporterOptions> exporter_options(const ExporterFlags& flags) {
  ExporterOptions out;
  if (!(flags.timeout_offset >= 0 && flags.timeout_offset <= kMostOffset))
    return base::fail(base::Errc::config,
                      fmt::format("--timeout-offset: seconds, 0 to {}", kMostOffset));
  if (flags.history_limit < 0 || flags.history_limit > kMostHistory)
    return base::fail(base::Errc::config, fmt::format("--history.limit: 0 to {}", kMostHistory));
  out.timeout_offset = flags.timeout_offset;
  out.history_limit = static_cast<std::size_t>(flags.history_limit);
  RAMPART_TRY(out.log, probe_log(flags.log_prober));
  auto listen = flags.listen;
  if (listen.empty()) listen.emplace_back(kUsualAddress);
  for (const auto& text : listen) {
    RAMPART_TRY(const auto at, listen_address(text));
    out.listen.push_back(at);
  }
  std::string external_path;
  if (!flags.external_url.empty()) {
    RAMPART_TRY(external_path, path_of_url(flags.external_url));
  }
  if (!plain(flags.route_prefix) || flags.route_prefix.find('%') != std::string::npos)
    return base::fail(base::Errc::config,
                      fmt::format("--web.route-prefix {}: a path as /probes", flags.route_prefix));
  out.route_prefix =
      flags.route_prefix.empty() ? external_path : without_slashes(flags.route_prefix);
  auto outside = flags.external_url.empty() ? out.route_prefix : flags.external_url;
  while (outside.ends_with('/')) outside.pop_back();
  out.external_url = outside + "/";
  return out;
}

}  // namespace rampart::exporter
