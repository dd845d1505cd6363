#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/ip_address.h"

namespace rampart::sniffer {

// What attacks are told by: something that a packet showed, or the end of a second. A plain value,
// so that pipelines that share a capture may observe on threads of their own while one watch
// judges.
struct Observation {
  enum class What : std::uint8_t {
    second,           // the one that begins at `at` is over
    syn,              // a handshake is begun
    syn_again,        // by a client that got no answer for a while
    goes_on,          // a client, after a SYN of which the capture holds no answer
    stealth,          // a conversation begins with neither SYN nor ACK
    syn_ack,          // a service answers
    syn_refused,      // with a reset
    stealth_refused,  // the same
    reset,            // by the server, of an open connection
    other_reset,      // by the server, of anything else
    handshake,        // is completed; `value`: its round trip in ms, or kNotMeasured
    retransmit,       // of data, either way
    request,          // HTTP/1; `number`: a keyed hash of its path
    whole_request,    // it was sent to its end
    answer,           // `number`: its status, or 0; `value`: ms after the request, or kNotMeasured
    slow_request,     // is under way at the end of the second
    login,            // `number`: how often it was refused; 0: let in
    session,          // of SSH has ended; `number` 1: so short that it was no session
    icmp,             // that a flood could be made of
    datagram,         // in a conversation that was not answered
    first_datagram,   // of such a conversation
    first_answer,     // of a conversation of datagrams
    claimed,          // a flow turned out to be this run's; of this second were `number` SYNs and
                      // `value` handshakes
  };

  base::IpAddress client;
  base::Endpoint server;
  What what = What::second;
  bool own = false;  // of a flow of this run: `syn_ack` or `handshake`, nothing else is observed
  std::uint32_t number = 0;
  bool witness = true;  // whole requests and answers: the client has room for the answer, so that
                        // what becomes of it shows how the server fares
  base::WallTime at{};
  static constexpr double kNotMeasured = -1;
  double value = 0;
};
static_assert(sizeof(Observation) == 64, "one cache line: millions of them may come in a second");

class ObservationSink {
 public:
  virtual ~ObservationSink() = default;
  // hot: no allocation.
  virtual void on_observation(const Observation& observation) = 0;
};

}  // namespace rampart::sniffer
