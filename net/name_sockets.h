#pragma once

struct ares_socket_functions;

namespace rampart::net {

// The sockets of c-ares, as its own but for one thing: what the system says on a datagram of an
// earlier one's fate (ICMP) does not stand for this one's, which is sent. Else the answer to one
// query of two would be waited for where the other one was told that nobody listens.
const ares_socket_functions& name_sockets();

}  // namespace rampart::net
