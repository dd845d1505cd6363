#include "sniffer/flow/implied_packet.h"

#include <utility>

namespace rampart::sniffer {

Packet reversed(const Packet& packet) {
  Packet out = packet;
  std::swap(out.source, out.destination);
  std::swap(out.source_port, out.destination_port);
  out.payload = {};
  out.payload_size = 0;
  return out;
}

Packet last_words(const Flow& flow, Direction direction) {
  const bool to_server = direction == Direction::to_server;
  const auto& from = to_server ? flow.client : flow.server;
  const auto& to = to_server ? flow.server : flow.client;
  Packet out;
  out.time = flow.last;
  out.ip_version = from.address.v6 ? 6 : 4;
  out.proto = flow.key.proto;
  out.transport = true;
  out.source = from.address;
  out.source_port = from.port;
  out.destination = to.address;
  out.destination_port = to.port;
  return out;
}

}  // namespace rampart::sniffer
