#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "replay.h"

// Attacks and what only looks like them, second by second, as captures.

namespace rampart::sniffer::test {

inline base::IpAddress host(std::uint32_t number) {
  return base::IpAddress::v4(10, static_cast<std::uint8_t>(number >> 16U),
                             static_cast<std::uint8_t>(number >> 8U),
                             static_cast<std::uint8_t>(number));
}
inline const base::IpAddress kVictim = ip("192.0.2.1");

// Frames at any times, which go into the capture in order.
class Traffic {
 public:
  Traffic() { replay_.options.behaviour.emplace(); }
  Replay& replay() { return replay_; }
  model::BehaviourSpec& spec() { return *replay_.options.behaviour; }

  void add(double at, Octets frame) { frames_.emplace_back(at, std::move(frame)); }

  // A TCP connection of which the caller says the rest. `rtt` is 10 ms.
  struct Talk {
    TcpTalk tcp;
    double at;
  };
  Talk connect(double at, const base::IpAddress& from, std::uint16_t from_port,
               std::uint16_t port = 80, const base::IpAddress& to = kVictim, double rtt = 0.01) {
    Talk talk{{}, at};
    talk.tcp.client.source = from;
    talk.tcp.client.destination = to;
    talk.tcp.client_port = from_port;
    talk.tcp.server_port = port;
    // RFC 9293, section 3.4.1: a new number every 4 microseconds.
    talk.tcp.client_seq = static_cast<std::uint32_t>(at * 250'000);
    add(at, talk.tcp.from_client(tcp_flag::kSyn));
    add(at + rtt / 2, talk.tcp.from_server(tcp_flag::kSyn | tcp_flag::kAck));
    add(at + rtt, talk.tcp.from_client(tcp_flag::kAck));
    talk.at += rtt;
    return talk;
  }
  void client(Talk& talk, std::string text, double after = 0.001) {
    talk.at += after;
    add(talk.at, talk.tcp.from_client(tcp_flag::kAck | tcp_flag::kPsh, std::move(text)));
  }
  void server(Talk& talk, std::string text, double after = 0.001) {
    talk.at += after;
    add(talk.at, talk.tcp.from_server(tcp_flag::kAck | tcp_flag::kPsh, std::move(text)));
  }
  void close(Talk& talk) {
    talk.at += 0.001;
    add(talk.at, talk.tcp.from_client(tcp_flag::kAck | tcp_flag::kFin));
    add(talk.at + 0.001, talk.tcp.from_server(tcp_flag::kAck | tcp_flag::kFin));
    add(talk.at + 0.002, talk.tcp.from_client(tcp_flag::kAck));
  }
  // One request and its answer.
  void exchange(Talk& talk, const std::string& path, int status = 200) {
    client(talk, fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", path));
    server(talk, fmt::format("HTTP/1.1 {} X\r\nContent-Length: 2\r\n\r\nok", status), 0.002);
  }

  void syn(double at, const base::IpAddress& from, std::uint16_t from_port, std::uint16_t port,
           const base::IpAddress& to = kVictim) {
    add(at, ethernet(TcpBuilder{.source_port = from_port,
                                .destination_port = port,
                                .seq = static_cast<std::uint32_t>(at * 1e6),
                                .flags = tcp_flag::kSyn}
                         .build({.source = from, .destination = to})));
  }
  // A SYN to a closed port and its answer.
  void refused(double at, const base::IpAddress& from, std::uint16_t from_port, std::uint16_t port,
               const base::IpAddress& to = kVictim) {
    TcpTalk talk;
    talk.client.source = from;
    talk.client.destination = to;
    talk.client_port = from_port;
    talk.server_port = port;
    add(at, talk.from_client(tcp_flag::kSyn));
    add(at + 0.001, talk.from_server(tcp_flag::kRst | tcp_flag::kAck));
  }

  // Plays it all; attacks in the order of their reports.
  const std::vector<model::Detection>& play() {
    std::stable_sort(frames_.begin(), frames_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [at, frame] : frames_) replay_.add(at, frame);
    frames_.clear();
    replay_.go();
    return replay_.seen.detections;
  }
  [[nodiscard]] double seconds_of(base::WallTime time) const { return base::seconds(time - at(0)); }

 private:
  Replay replay_;
  std::vector<std::pair<double, Octets>> frames_;
};

inline std::uint16_t port_of(int i) { return static_cast<std::uint16_t>(1024 + i % 60000); }

// One line each.
inline std::string reports(const std::vector<model::Detection>& seen) {
  std::string out;
  for (const auto& d : seen) out += model::to_json(*d.behaviour) + "\n";
  return out;
}

// A few visitors, so that there is somebody to suffer.
inline void visitors(Traffic& t, double from, double to, double every = 0.1,
                     std::uint16_t port = 80, int status = 200) {
  int i = 0;
  for (double at = from; at < to; at += every, ++i) {
    auto talk = t.connect(at, host(static_cast<std::uint32_t>(900 + i % 50)), port_of(i), port);
    t.exchange(talk, "/", status);
    t.close(talk);
  }
}

}  // namespace rampart::sniffer::test
