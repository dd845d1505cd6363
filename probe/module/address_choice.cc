#include "probe/module/address_choice.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/zone.h"
#include "probe/curl_reason.h"
#include "probe/module/gauge.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

ProbeReason reason_of(net::NameFailure failure) {
  switch (failure) {
    case net::NameFailure::no_host_name: return ProbeReason::bad_target;
    case net::NameFailure::no_such_name: return ProbeReason::dns_nxdomain;
    case net::NameFailure::no_address: return ProbeReason::resolve_failed;
    case net::NameFailure::timed_out: return ProbeReason::dns_timeout;
    case net::NameFailure::server: return ProbeReason::dns_failure;
    case net::NameFailure::local: return ProbeReason::local;
  }
  return ProbeReason::local;
}

}  // namespace

// RFC 4291, section 2.5.5.2.
base::IpAddress unmapped(const base::IpAddress& address) {
  constexpr std::array<std::uint8_t, 12> kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const auto& b = address.bytes;
  if (!address.v6 || !std::equal(kPrefix.begin(), kPrefix.end(), b.begin())) return address;
  return base::IpAddress::v4(b[12], b[13], b[14], b[15]);
}

std::uint32_t address_hash(const base::IpAddress& address) {
  std::uint32_t hash = 2166136261U;
  for (const auto byte : address.raw()) hash = (hash ^ byte) * 16777619U;
  return hash;
}

std::optional<base::IpAddress> choose_address(const std::vector<base::IpAddress>& addresses,
                                              const model::IpPreference& preference) {
  for (const auto& address : addresses)
    if (address.v6 == preference.v6) return address;
  if (!preference.fallback || addresses.empty()) return std::nullopt;
  return addresses.back();
}

void AddressChoice::start(const std::string& host, const model::IpPreference& preference,
                          base::MonoTime deadline) {
  using net::AddressFamily;
  host_ = host;
  preference_ = preference;
  start_ = clock_.mono();
  deadline_ = deadline;
  lookup_time_ = base::Nanos(0);
  address_.reset();
  auto family = preference.v6 ? AddressFamily::v6 : AddressFamily::v4;
  if (preference.fallback) family = AddressFamily::any;
  const auto [at, zone] = net::split_zone(host);
  scope_ = zone.empty() ? 0 : net::zone_index(zone);
  if (const auto literal = base::IpAddress::parse(at))
    lookup_.start(base::to_string(unmapped(*literal)), family, deadline);
  else
    lookup_.start(host, family, deadline);
}

void AddressChoice::on_names(net::NameLookup&, net::NameAnswer&& answer) {
  lookup_time_ = clock_.mono() - start_;
  if (!answer) {
    listener_.on_no_address(reason_of(answer.error().failure), std::move(answer.error().detail));
    return;
  }
  if (const auto zone = net::split_zone(host_).zone; scope_ == 0 && !zone.empty()) {
    listener_.on_no_address(ProbeReason::resolve_failed,
                            fmt::format("resolve {}: there is no interface {} on this host",
                                        printable(host_), printable(zone)));
    return;
  }
  for (auto& address : *answer) address = unmapped(address);
  address_ = choose_address(*answer, preference_);
  const auto chosen = address_;
  if (chosen && clock_.mono() >= deadline_)
    listener_.on_no_address(
        ProbeReason::connect_timeout,
        fmt::format("connect {}: no time is left for it", base::to_string(*chosen)));
  else if (chosen)
    listener_.on_address(*chosen);
  else
    listener_.on_no_address(
        ProbeReason::resolve_failed,
        fmt::format("resolve {}: it has no IPv{} address", host_, preference_.v6 ? 6 : 4));
}

std::vector<model::MetricFamily> AddressChoice::families() const {
  const double protocol = !address_ ? 0 : address_->v6 ? 6 : 4;
  return {
      gauge("probe_dns_lookup_time_seconds",
            "Returns the time taken for probe dns lookup in seconds", base::seconds(lookup_time_)),
      gauge("probe_ip_protocol", "Specifies whether probe ip protocol is IP4 or IP6", protocol),
      gauge("probe_ip_addr_hash",
            "Specifies the hash of IP address. It's useful to detect if the IP address changes.",
            address_ ? address_hash(*address_) : 0)};
}

}  // namespace rampart::probe
