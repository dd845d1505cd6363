#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sniffer/app/http2_frames.h"

// Frames of HTTP/2, with fields that no table compresses (RFC 7541, section 6.2.2).

namespace rampart::sniffer::test {

inline const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string number(std::uint64_t value, std::size_t size) {
  std::string out;
  for (auto shift = size * 8; shift != 0; shift -= 8)
    out += static_cast<char>(static_cast<std::uint8_t>(value >> (shift - 8)));
  return out;
}

inline std::string frame(FrameType type, std::uint8_t flags, std::uint32_t stream,
                         const std::string& payload) {
  return number(payload.size(), 3) + number(static_cast<std::uint8_t>(type), 1) + number(flags, 1) +
         number(stream, 4) + payload;
}

// Texts below 127 bytes.
inline std::string fields(const std::vector<std::pair<std::string, std::string>>& all) {
  std::string out;
  for (const auto& [name, value] : all)
    out += '\0' + number(name.size(), 1) + name + number(value.size(), 1) + value;
  return out;
}

inline std::string get(std::uint32_t stream, const std::string& path, bool ends = true) {
  return frame(
      FrameType::headers,
      static_cast<std::uint8_t>(frame_flag::kEndHeaders | (ends ? frame_flag::kEndStream : 0)),
      stream, fields({{":method", "GET"}, {":path", path}, {":authority", "A.example:8443"}}));
}

inline std::string answer(std::uint32_t stream, const std::string& status,
                          const std::string& body) {
  return frame(FrameType::headers, frame_flag::kEndHeaders, stream,
               fields({{":status", status}, {"server", "s"}})) +
         frame(FrameType::data, frame_flag::kEndStream, stream, body);
}

}  // namespace rampart::sniffer::test
