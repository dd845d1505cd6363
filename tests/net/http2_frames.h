#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/raw_server.h"

namespace rampart::net::http2 {

// Frames as bytes, right or wrong (RFC 9113, 4.1 and 6), and the server's side of a script.

inline std::string be32(std::uint32_t v) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift & 0xff);
  return out;
}

inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view payload) {
  std::string out = be32(static_cast<std::uint32_t>(payload.size())).substr(1);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  return out + be32(stream) + std::string(payload);
}

using Settings = std::vector<std::pair<std::uint16_t, std::uint32_t>>;
inline std::string settings(const Settings& values = {}) {
  std::string payload;
  for (const auto& [id, value] : values) payload += be32(id).substr(2) + be32(value);
  return frame(NGHTTP2_SETTINGS, 0, 0, payload);
}
inline std::string settings_ack() { return frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, ""); }
inline std::string headers(std::uint32_t stream, std::string_view block, bool end = false) {
  return frame(NGHTTP2_HEADERS, end ? 5 : 4, stream, block);
}
inline std::string data(std::uint32_t stream, std::string_view bytes, bool end = false) {
  return frame(NGHTTP2_DATA, end ? 1 : 0, stream, bytes);
}
inline std::string rst(std::uint32_t stream, std::uint32_t code) {
  return frame(NGHTTP2_RST_STREAM, 0, stream, be32(code));
}
inline std::string goaway(std::uint32_t last, std::uint32_t code = 0) {
  return frame(NGHTTP2_GOAWAY, 0, 0, be32(last) + be32(code));
}
inline std::string window(std::uint32_t stream, std::uint32_t more) {
  return frame(NGHTTP2_WINDOW_UPDATE, 0, stream, be32(more));
}
// HPACK: a literal field without indexing (RFC 7541, 6.2.2), up to 126 bytes each.
inline std::string literal(std::string_view name, std::string_view value) {
  std::string out(1, '\0');
  out += static_cast<char>(name.size());
  out += name;
  out += static_cast<char>(value.size());
  return out += value;
}
inline const std::string kStatus200 = "\x88";
inline const std::string kStatus404 = "\x8d";

using Fields = std::vector<std::pair<std::string, std::string>>;

// The server's side: reads the preface, then frame by frame.
class Peer {
 public:
  explicit Peer(testing::RawServer::Peer& peer) : peer_(peer) {
    nghttp2_hd_inflate_new(&inflater_);
    preface = take(NGHTTP2_CLIENT_MAGIC_LEN);
  }
  ~Peer() { nghttp2_hd_inflate_del(inflater_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  struct Frame {
    int type = -1;  // at the end
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
    std::string payload;
  };
  Frame next() {
    const auto head = take(9);
    if (head.size() < 9) return {};
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(head[i]); };
    Frame out;
    out.type = byte(3);
    out.flags = byte(4);
    out.stream = static_cast<std::uint32_t>(byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8));
    out.payload = take(static_cast<std::size_t>(byte(0) << 16 | byte(1) << 8 | byte(2)));
    return out;
  }
  // The next frame of that type; what comes before is skipped.
  Frame next(int type) {
    for (;;) {
      auto out = next();
      if (out.type == type || out.type == -1) return out;
    }
  }
  // What a header block holds; in order of arrival, for it needs what came before.
  Fields inflate(const std::string& block) {
    Fields out;
    auto* at = reinterpret_cast<std::uint8_t*>(const_cast<char*>(block.data()));
    std::size_t rest = block.size();
    for (;;) {
      nghttp2_nv field{};
      int flags = 0;
      const auto used = nghttp2_hd_inflate_hd2(inflater_, &field, &flags, at, rest, 1);
      if (used < 0) return {{"error", nghttp2_strerror(static_cast<int>(used))}};
      at += used;
      rest -= static_cast<std::size_t>(used);
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
        out.emplace_back(std::string(reinterpret_cast<char*>(field.name), field.namelen),
                         std::string(reinterpret_cast<char*>(field.value), field.valuelen));
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    }
    nghttp2_hd_inflate_end_headers(inflater_);
    return out;
  }
  bool send(std::string_view bytes) { return peer_.send(bytes); }
  void wait_for_close() { peer_.wait_for_close(); }
  void reset() { peer_.reset(); }

  std::string preface;

 private:
  std::string take(std::size_t size) {
    while (rest_.size() < size) {
      const auto more = peer_.read_some();
      if (more.empty()) return std::exchange(rest_, {});
      rest_ += more;
    }
    auto out = rest_.substr(0, size);
    rest_.erase(0, size);
    return out;
  }

  testing::RawServer::Peer& peer_;
  std::string rest_;
  nghttp2_hd_inflater* inflater_ = nullptr;
};

}  // namespace rampart::net::http2
