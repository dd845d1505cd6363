#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "model/outbox.h"
#include "model/owner.h"
#include "model/plan.h"
#include "model/probe.h"
#include "probe/descriptor.h"

namespace rampart::probe {

// The only place of this room where sockets are made. Nothing is made for an address that the plan
// does not permit, and every local port is announced as rampart's own: before a packet can leave,
// as long as the host has a free port.
class OwnSockets {
 public:
  // Whether somebody looks at `tuples`. Where nobody does, TCP sockets take no port before they
  // connect: after many connections the kernel searches long for one that is free (TIME_WAIT).
  enum class Heard : bool { no, yes };

  // All outlive it.
  OwnSockets(const model::Permitted& permitted, model::Outbox<model::OwnTuple>& tuples,
             const base::Clock& clock, Heard heard = Heard::yes)
      : permitted_(permitted), tuples_(tuples), clock_(clock), heard_(heard) {}

  // For whom sockets were made, or asked of somebody else.
  using Uses = std::vector<std::pair<base::IpAddress, model::IpProto>>;
  // As `like`, and notes in `uses` what is permitted to whoever has this one. All outlive it.
  OwnSockets(const OwnSockets& like, Uses& uses)
      : permitted_(like.permitted_),
        tuples_(like.tuples_),
        clock_(like.clock_),
        heard_(like.heard_),
        uses_(&uses) {}
  // Whether all of these are permitted still.
  [[nodiscard]] bool permits(const Uses& uses) const;

  // A non-blocking TCP socket for `remote`; connecting it is the caller's part. It is bound to a
  // free port of the wildcard address and announced. Where every port is taken it stays unbound,
  // because the kernel can still share a port between peers: then `announced` is false, and the
  // caller announces it right after connecting. `from`: an address of this host to leave from.
  // Errc::permission where the address is not permitted, Errc::io where the system has no socket
  // left or does not leave from there.
  struct TcpSocket {
    Descriptor fd;
    bool announced = false;
  };
  base::Result<TcpSocket> open_tcp(const base::Endpoint& remote, model::Owner owner,
                                   const std::optional<base::IpAddress>& from = {});
  // The port that `fd` has by now, or that a stream tells; where it has none, as it is closed,
  // there is nothing to announce.
  void announce_tcp(int fd, const base::Endpoint& remote, model::Owner owner);
  void announce_tcp_port(std::uint16_t port, const base::Endpoint& remote, model::Owner owner);

  // A non-blocking UDP socket for `remote`, bound and announced; connecting it is the caller's
  // part. Errors as above, and Errc::io where no port is left.
  base::Result<Descriptor> open_udp(const base::Endpoint& remote, model::Owner owner,
                                    const std::optional<base::IpAddress>& from = {});

  // A non-blocking ICMP (or ICMPv6) socket for `remote`: raw, else a datagram one, on which the
  // kernel chooses the echo id; connecting it is the caller's part. `from` as above.
  // Errc::permission as above; Errc::io names the missing capability.
  struct IcmpSocket {
    Descriptor fd;
    bool raw = false;      // IPv4 replies come with their IP header; the echo id is ours to choose
    std::uint16_t id = 0;  // datagram sockets: the kernel's echo id
  };
  base::Result<IcmpSocket> open_icmp(const base::IpAddress& remote,
                                     const std::optional<base::IpAddress>& from = {});
  // A non-blocking Unix stream socket. What it can reach is this host, which is always permitted,
  // and it has no port to be announced.
  static base::Result<Descriptor> open_unix();
  // Before each echo request.
  void announce_icmp(const base::IpAddress& remote, std::uint16_t id);

  // Whether a TCP connection to it is permitted that somebody else is asked to make, such as a
  // proxy; the rest here looks itself. Errc::permission says that it is not.
  [[nodiscard]] base::Status check_tcp(const base::IpAddress& address) const {
    return check(address, model::IpProto::tcp);
  }

 private:
  base::Status check(const base::IpAddress& address, model::IpProto protocol) const;
  void announce(std::uint16_t port, const base::Endpoint& remote, model::IpProto proto,
                model::Owner owner);

  const model::Permitted& permitted_;
  model::Outbox<model::OwnTuple>& tuples_;
  const base::Clock& clock_;
  const Heard heard_ = Heard::yes;
  Uses* const uses_ = nullptr;
};

// not_permitted for Errc::permission, else local.
model::ProbeReason reason_of(const base::Error& socket_error);
// strerror's words in lower case: "connection refused".
std::string os_text(int os_error);
// What a failed connect means. Errors that only this host can cause are local.
model::ProbeReason connect_reason(int os_error);

}  // namespace rampart::probe
