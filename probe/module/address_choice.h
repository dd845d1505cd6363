#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "model/blackbox.h"
#include "model/metric.h"
#include "model/probe.h"
#include "net/name_resolver.h"

namespace rampart::probe {

// FNV-1a of 32 bits over the 4 or 16 bytes of the address: probe_ip_addr_hash.
std::uint32_t address_hash(const base::IpAddress& address);

// The IPv4 address that an IPv6 one stands for (::ffff:127.0.0.1), else as it is.
base::IpAddress unmapped(const base::IpAddress& address);

// Which of them is probed; nothing where there is none of the families that may be used.
std::optional<base::IpAddress> choose_address(const std::vector<base::IpAddress>& addresses,
                                              const model::IpPreference& preference);

// Resolves the name of a target, and chooses its address as blackbox_exporter does. An IPv4 address
// that is written as an IPv6 one (::ffff:127.0.0.1) counts as the IPv4 one. Destroyed while it
// runs, it is unheard. Probe thread only.
class AddressChoice final : private net::NameLookup::Listener {
 public:
  class Listener {
   public:
    // One of them, once per start, never from inside start(). The choice may be destroyed in it.
    virtual void on_address(const base::IpAddress& address) = 0;
    virtual void on_no_address(model::ProbeReason reason, std::string detail) = 0;

   protected:
    ~Listener() = default;
  };

  // All outlive it.
  AddressChoice(net::NameResolver& names, const base::Clock& clock, Listener& listener)
      : clock_(clock), listener_(listener), lookup_(names, *this) {}

  // Without brackets; an IPv6 address may have a zone. An address that is there when no time is
  // left is none: connect_timeout. Only when none runs.
  void start(const std::string& host, const model::IpPreference& preference,
             base::MonoTime deadline);

  // Of the last start, from then on valid.
  [[nodiscard]] base::Nanos lookup_time() const { return lookup_time_; }
  // Of the address, for sin6_scope_id; 0: it has no zone.
  [[nodiscard]] std::uint32_t scope() const { return scope_; }
  // probe_dns_lookup_time_seconds, probe_ip_protocol, probe_ip_addr_hash; the last two are 0 where
  // there is no address.
  [[nodiscard]] std::vector<model::MetricFamily> families() const;

 private:
  void on_names(net::NameLookup& lookup, net::NameAnswer&& answer) override;

  const base::Clock& clock_;
  Listener& listener_;
  model::IpPreference preference_;
  std::string host_;
  base::MonoTime start_;
  base::MonoTime deadline_;
  base::Nanos lookup_time_{0};
  std::optional<base::IpAddress> address_;
  std::uint32_t scope_ = 0;
  net::NameLookup lookup_;
};

}  // namespace rampart::probe
