#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/ip_address.h"

namespace rampart::model {

// Whose traffic a packet, flow or detection is.
enum class Owner : std::uint8_t {
  other,   // not rampart's
  load,    // a load generator connection
  probe,   // a probe or a scrape
  canary,  // a known-bad request that rampart sent on purpose
};

std::string_view to_string(Owner owner);

enum class IpProto : std::uint8_t { icmp = 1, tcp = 6, udp = 17, icmp6 = 58 };

// One connection (or ICMP echo id) that this run uses. The local address is left out: the local
// port is known before the first packet leaves, the address only after. For ICMP local_port is the
// echo id and remote.port is 0.
struct OwnTuple {
  std::uint16_t local_port = 0;
  base::Endpoint remote;
  IpProto proto = IpProto::tcp;
  Owner owner = Owner::load;
  base::MonoTime opened;

  // Same traffic, whoever owns it.
  [[nodiscard]] bool same_wire(const OwnTuple& o) const {
    return local_port == o.local_port && remote == o.remote && proto == o.proto;
  }
};

}  // namespace rampart::model
