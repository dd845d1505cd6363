#include "sniffer/wire_meter.h"

#include <utility>

namespace rampart::sniffer {
namespace {

std::int64_t second_of_time(base::WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

bool is_own(model::Owner owner) { return owner != model::Owner::other; }

}  // namespace

bool WireMeter::advance(base::WallTime time) {
  const auto second = second_of_time(time);
  if (!started_ || second - second_ > kLongestHole) {
    if (started_) close();
    started_ = true;
    second_ = second;
    return true;
  }
  if (second < second_) return false;
  for (; second_ < second; ++second_) close();
  return true;
}

void WireMeter::close() {
  now_.start = base::WallTime(std::chrono::seconds(second_));
  now_.length = std::chrono::seconds(1);
  if (!handshake_rtt_.empty()) {
    now_.handshake_rtt_p50 = handshake_rtt_.at(50);
    handshake_rtt_.clear();
  }
  sink_.on_second(std::exchange(now_, {}));
}

void WireMeter::finish() {
  if (started_) close();
  started_ = false;
}

FlowSecond& WireMeter::second_of(Flow& flow) const {
  if (flow.second.second != second_) flow.second = {.second = second_};
  return flow.second;
}

void WireMeter::packet(const Packet& packet, Flow* flow) {
  const bool own = flow != nullptr && is_own(flow->owner);
  ++now_.packets;
  now_.bytes += packet.wire_length;
  if (own) {
    ++now_.own_packets;
    now_.own_bytes += packet.wire_length;
  }
  bool syn = false;
  if (packet.is_tcp()) {
    syn = packet.has(tcp_flag::kSyn) && !packet.has(tcp_flag::kAck);
    if (syn) {
      ++now_.syn;
      if (own) ++now_.own_syn;
    } else if (packet.has(tcp_flag::kSyn)) {
      ++now_.syn_ack;
    }
    if (packet.has(tcp_flag::kRst)) ++now_.rst;
  } else if (packet.icmp_echo_request()) {
    ++now_.icmp_echo;
  }
  if (flow == nullptr) return;
  auto& second = second_of(*flow);
  ++second.packets;
  second.bytes += packet.wire_length;
  if (syn) ++second.syn;
}

void WireMeter::handshake(Flow& flow, const TcpEvent& event) {
  ++now_.handshakes;
  if (!is_own(flow.owner)) ++now_.other_handshakes;
  if (event.rtt) handshake_rtt_.record(*event.rtt);
  ++second_of(flow).handshakes;
}

void WireMeter::relabel(Flow& flow, model::Owner owner) {
  const bool was_own = is_own(flow.owner);
  flow.owner = owner;
  if (was_own == is_own(owner)) return;
  const auto& second = second_of(flow);
  if (was_own) {
    now_.own_packets -= second.packets;
    now_.own_bytes -= second.bytes;
    now_.own_syn -= second.syn;
    now_.other_handshakes += second.handshakes;
  } else {
    now_.own_packets += second.packets;
    now_.own_bytes += second.bytes;
    now_.own_syn += second.syn;
    now_.other_handshakes -= second.handshakes;
  }
}

}  // namespace rampart::sniffer
