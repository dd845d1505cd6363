#include <cstdlib>

#include "sniffer/decode/decode.h"

// The first byte chooses the link type, checksums and what snaplen cut off; the rest is the frame.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::sniffer;
  if (size == 0) return 0;
  const auto choice = data[0];
  const Bytes frame(data + 1, size - 1);
  Packet packet;
  packet.wire_length = static_cast<std::uint32_t>(frame.size()) + (choice >> 4U) * 100U;
  const auto reason = decode(static_cast<LinkType>(choice % 8), frame,
                             (choice & 8U) != 0 ? Checksums::verify : Checksums::ignore, packet);
  const auto& payload = packet.payload;
  if (!payload.empty() && (payload.data() < frame.data() ||
                           payload.data() + payload.size() > frame.data() + frame.size()))
    std::abort();
  if (reason == Invalid::none && packet.payload_size < payload.size()) std::abort();
  return 0;
}
