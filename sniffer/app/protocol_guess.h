#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "sniffer/app/app_proto.h"
#include "sniffer/decode/packet.h"
#include "sniffer/flow/direction.h"

namespace rampart::sniffer {

// What a connection began with.
struct FirstBytes {
  std::array<Bytes, 2> said;           // by Direction; empty: nothing yet
  std::array<bool, 2> no_more{};       // by Direction: nothing will be added
  std::array<std::uint16_t, 2> ports;  // of the ends: [0] the client's, [1] the server's
  [[nodiscard]] bool has_port(std::uint16_t port) const {
    return ports[0] == port || ports[1] == port;
  }
};

// What they speak, by what they say; `unknown`: more bytes are wanted, `failed`: nothing that we
// know. Ports decide only between answers that the bytes leave open: "220" is SMTP or FTP until the
// client's first command, and a message that is DNS but for its counts is taken for it on port 53.
// Multicast DNS (5353), LLMNR (5355) and NetBIOS names (137) have messages of the same form, but
// are not DNS. Pure. hot
[[nodiscard]] AppProto guess_stream(const FirstBytes& first);

// What one direction's first bytes look like by themselves, for the question whether both ends
// speak the same. A greeting with "220" fits SMTP and FTP and is unknown.
[[nodiscard]] AppProto guess_side(Bytes said, Direction direction,
                                  std::array<std::uint16_t, 2> ports);

// The first bytes that were seen of a connection are an answer, so their sender is the server.
[[nodiscard]] bool is_answer(Bytes said, std::array<std::uint16_t, 2> ports);

// One datagram: dns or failed.
[[nodiscard]] AppProto guess_datagram(Bytes datagram, std::uint16_t source_port,
                                      std::uint16_t destination_port);

}  // namespace rampart::sniffer
