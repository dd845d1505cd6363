#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sniffer/decode/layers.h"

// Packets and capture files made in memory, with correct lengths and checksums unless told
// otherwise.

namespace rampart::sniffer::test {

using Octets = std::vector<std::uint8_t>;

inline Octets octets(std::string_view text) { return {text.begin(), text.end()}; }

inline void put16(Octets& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
  out.push_back(static_cast<std::uint8_t>(value));
}
inline void put32(Octets& out, std::uint32_t value) {
  put16(out, value >> 16U);
  put16(out, value & 0xFFFFU);
}
inline void set16(Octets& out, std::size_t at, std::uint16_t value) {
  out[at] = static_cast<std::uint8_t>(value >> 8U);
  out[at + 1] = static_cast<std::uint8_t>(value);
}
inline Octets operator+(Octets a, const Octets& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline base::IpAddress ip(std::string_view text) { return base::IpAddress::parse(text).value(); }

// Network layer around `body`, whose checksum stands at `sum_at` (none where SIZE_MAX).
struct IpBuilder {
  base::IpAddress source = ip("10.0.0.1");
  base::IpAddress destination = ip("10.0.0.2");
  std::uint8_t ttl = 64;
  std::uint16_t id = 1;
  std::uint16_t fragment = 0;  // flags and offset of IPv4
  Octets options{};            // IPv4 options or IPv6 extension headers
  int first_extension = -1;    // IPv6: protocol of the first extension header

  [[nodiscard]] Octets build(std::uint8_t proto, Octets body, std::size_t sum_at) const {
    if (sum_at != SIZE_MAX) {
      Octets pseudo;
      for (const auto* a : {&source, &destination})
        pseudo.insert(pseudo.end(), a->raw().begin(), a->raw().end());
      put32(pseudo, static_cast<std::uint32_t>(body.size()));
      put32(pseudo, proto);
      set16(body, sum_at, 0);
      const bool plain = proto == ip_proto::kIcmp;
      const auto sum = internet_sum(plain ? body : pseudo + body);
      set16(body, sum_at, static_cast<std::uint16_t>(~sum));
    }
    return source.v6 ? build_v6(proto, body) : build_v4(proto, body);
  }

 private:
  [[nodiscard]] Octets build_v4(std::uint8_t proto, const Octets& body) const {
    Octets out{static_cast<std::uint8_t>(0x45 + options.size() / 4), 0};
    put16(out, 20 + options.size() + body.size());
    put16(out, id);
    put16(out, fragment);
    out.push_back(ttl);
    out.push_back(proto);
    put16(out, 0);
    for (const auto* a : {&source, &destination})
      out.insert(out.end(), a->raw().begin(), a->raw().end());
    out = out + options;
    set16(out, 10, static_cast<std::uint16_t>(~internet_sum(out)));
    return out + body;
  }
  [[nodiscard]] Octets build_v6(std::uint8_t proto, const Octets& body) const {
    Octets out{0x60, 0, 0, 0};
    put16(out, options.size() + body.size());
    out.push_back(first_extension >= 0 ? static_cast<std::uint8_t>(first_extension) : proto);
    out.push_back(ttl);
    for (const auto* a : {&source, &destination})
      out.insert(out.end(), a->raw().begin(), a->raw().end());
    return out + options + body;
  }
};

struct TcpBuilder {
  std::uint16_t source_port = 40000;
  std::uint16_t destination_port = 80;
  std::uint32_t seq = 1000;
  std::uint32_t ack = 0;
  std::uint8_t flags = tcp_flag::kAck;
  std::uint16_t window = 65535;
  Octets options{};  // a multiple of four bytes
  std::string payload{};

  [[nodiscard]] Octets build(const IpBuilder& outer = {}) const {
    Octets out;
    put16(out, source_port);
    put16(out, destination_port);
    put32(out, seq);
    put32(out, ack);
    out.push_back(static_cast<std::uint8_t>((5 + options.size() / 4) << 4U));
    out.push_back(flags);
    put16(out, window);
    put32(out, 0);
    return outer.build(ip_proto::kTcp, out + options + octets(payload), 16);
  }
};

inline Octets udp(const IpBuilder& outer, std::uint16_t from, std::uint16_t to,
                  std::string_view payload) {
  Octets out;
  put16(out, from);
  put16(out, to);
  put16(out, 8 + payload.size());
  put16(out, 0);
  return outer.build(ip_proto::kUdp, out + octets(payload), 6);
}

inline Octets icmp(const IpBuilder& outer, std::uint8_t type, std::uint16_t id, std::uint16_t seq,
                   std::string_view payload = {}) {
  Octets out{type, 0, 0, 0};
  put16(out, id);
  put16(out, seq);
  return outer.build(outer.source.v6 ? ip_proto::kIcmp6 : ip_proto::kIcmp, out + octets(payload),
                     2);
}

inline Octets ethernet(const Octets& inner, const std::vector<std::uint16_t>& vlans = {}) {
  Octets out(12, 0x02);
  for (const auto vlan : vlans) {
    put16(out, 0x8100);
    put16(out, vlan);
  }
  put16(out, inner.empty() || inner[0] >> 4U == 4 ? 0x0800 : 0x86DD);
  return out + inner;
}

// A pcap file with nanosecond times.
class PcapBuilder {
 public:
  explicit PcapBuilder(std::uint32_t link = 1) {
    le32(0xA1B23C4D);
    bytes_ += std::string("\x02\x00\x04\x00", 4);
    le32(0);
    le32(0);
    le32(65535);
    le32(link);
  }
  void add(base::WallTime time, const Octets& frame, std::uint32_t wire_length = 0) {
    const auto ns = time.time_since_epoch().count();
    le32(static_cast<std::uint32_t>(ns / 1'000'000'000));
    le32(static_cast<std::uint32_t>(ns % 1'000'000'000));
    le32(static_cast<std::uint32_t>(frame.size()));
    le32(wire_length == 0 ? static_cast<std::uint32_t>(frame.size()) : wire_length);
    bytes_.append(frame.begin(), frame.end());
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void le32(std::uint32_t v) {
    for (unsigned i = 0; i < 4; ++i) bytes_ += static_cast<char>(v >> (8 * i) & 0xFFU);
  }
  std::string bytes_;
};

// A folder of its own that is gone afterwards.
class ScratchDir {
 public:
  ScratchDir() {
    auto pattern = (std::filesystem::temp_directory_path() / "rampart-sniffer-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~ScratchDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return path_ / name; }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

inline base::WallTime at(double seconds) {
  return base::WallTime(std::chrono::seconds(1'700'000'000) + base::from_seconds(seconds));
}

// Both ends of one TCP connection, packet by packet, as Ethernet frames.
struct TcpTalk {
  IpBuilder client{};
  std::uint16_t client_port = 40000;
  std::uint16_t server_port = 80;
  std::uint32_t client_seq = 1000;
  std::uint32_t server_seq = 5000;

  [[nodiscard]] Octets from_client(std::uint8_t flags, std::string payload = {}) {
    const auto size = payload.size();
    auto out = at_client(client_seq, flags, std::move(payload));
    client_seq += static_cast<std::uint32_t>(size) + ((flags & 0x03U) != 0 ? 1U : 0U);
    return out;
  }
  [[nodiscard]] Octets from_server(std::uint8_t flags, std::string payload = {}) {
    const auto size = payload.size();
    auto out = at_server(server_seq, flags, std::move(payload));
    server_seq += static_cast<std::uint32_t>(size) + ((flags & 0x03U) != 0 ? 1U : 0U);
    return out;
  }
  // Any sequence number; nothing advances.
  [[nodiscard]] Octets at_client(std::uint32_t seq, std::uint8_t flags,
                                 std::string payload = {}) const {
    return ethernet(TcpBuilder{.source_port = client_port,
                               .destination_port = server_port,
                               .seq = seq,
                               .ack = (flags & tcp_flag::kAck) != 0 ? server_seq : 0,
                               .flags = flags,
                               .payload = std::move(payload)}
                        .build(client));
  }
  [[nodiscard]] Octets at_server(std::uint32_t seq, std::uint8_t flags,
                                 std::string payload = {}) const {
    auto reverse = client;
    std::swap(reverse.source, reverse.destination);
    return ethernet(TcpBuilder{.source_port = server_port,
                               .destination_port = client_port,
                               .seq = seq,
                               .ack = client_seq,
                               .flags = flags,
                               .payload = std::move(payload)}
                        .build(reverse));
  }
  [[nodiscard]] std::vector<Octets> handshake() {
    std::vector<Octets> out;
    out.push_back(from_client(tcp_flag::kSyn));
    out.push_back(from_server(tcp_flag::kSyn | tcp_flag::kAck));
    out.push_back(from_client(tcp_flag::kAck));
    return out;
  }
};

}  // namespace rampart::sniffer::test
