#include <algorithm>
#include <cstdlib>

#include "conversation.h"
#include "sniffer/app/app_layer.h"

using namespace rampart::sniffer;

// The first two bytes are the server's port. Then pieces of a conversation: a byte for what happens
// (bit 0: the direction; bits 1 and 2: bytes, gap, end, datagram) and one for the length.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  TransactionReader sink;
  AppLayer layer({.memory = std::size_t{1} << 20U});
  Flow stream, datagrams;
  stream.server.port = datagrams.server.port =
      static_cast<std::uint16_t>((data[0] << 8U) | data[1]);
  Bytes rest(data + 2, size - 2);
  while (rest.size() >= 2) {
    const auto direction = (rest[0] & 1U) != 0 ? Direction::to_client : Direction::to_server;
    const auto what = (rest[0] >> 1U) & 3U;
    const auto piece = rest.subspan(2, std::min<std::size_t>(rest[1], rest.size() - 2));
    const std::uint64_t length = rest[1];
    rest = rest.subspan(2 + (what == 1 || what == 2 ? 0 : piece.size()));
    switch (what) {
      case 1: layer.gap(stream, direction, length, sink); break;
      case 2: layer.end(stream, direction, sink); break;
      case 3: layer.datagram(datagrams, direction, piece, sink); break;
      default: layer.bytes(stream, direction, piece, sink); break;
    }
    if (layer.memory_used() > (std::size_t{1} << 20U)) std::abort();
  }
  layer.end(stream, Direction::to_server, sink);
  layer.end(stream, Direction::to_client, sink);
  layer.forget(stream);
  if (layer.memory_used() != 0 || layer.open_slots() != 0) std::abort();
  if (!sink.all_done()) std::abort();
  return 0;
}
