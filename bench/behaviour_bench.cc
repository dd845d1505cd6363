// What telling attacks from behaviour costs per packet.
#include <benchmark/benchmark.h>

#include "sniffer/app/app_layer.h"
#include "sniffer/behaviour/behaviour_observer.h"
#include "sniffer/behaviour/behaviour_watch.h"

namespace rampart::sniffer {
namespace {

struct Silent final : BehaviourSink {
  void on_behaviour(const model::Detection&) override {}
};

base::IpAddress address(std::uint32_t i) {
  return base::IpAddress::v4(10, static_cast<std::uint8_t>(i >> 16U),
                             static_cast<std::uint8_t>(i >> 8U), static_cast<std::uint8_t>(i));
}

struct Lab {
  Silent sink;
  BehaviourWatch watch{{.spec = {}, .key = {1, 2}, .kernel = nullptr}, sink};
  BehaviourObserver observer{{1, 2}, watch};
  AppLayer app{{}};
  Flow flow;
  Packet packet;

  explicit Lab(std::uint8_t proto) {
    packet.proto = proto;
    packet.transport = true;
    packet.ip_version = 4;
    flow.key.proto = proto;
    flow.server = {address(1), 80};
    flow.packets = {1, 0};
  }
  void from(std::uint32_t i) {
    packet.source = flow.client.address = address(i);
    packet.destination = flow.server.address;
  }
};

// Data of a connection that is known: most packets.
void data(benchmark::State& state) {
  Lab lab(ip_proto::kTcp);
  lab.packet.flags = tcp_flag::kAck;
  lab.packet.payload_size = 1400;
  lab.flow.packets = {10, 10};
  for (auto _ : state)
    lab.observer.tcp(lab.packet, lab.flow, Direction::to_server, {.acceptable = true}, lab.app);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(data);

// Each packet from another sender; the argument is how many there are.
void syn_flood(benchmark::State& state) {
  Lab lab(ip_proto::kTcp);
  lab.packet.flags = tcp_flag::kSyn;
  std::uint32_t i = 0;
  for (auto _ : state) {
    lab.from(2 + i++ % static_cast<std::uint32_t>(state.range(0)));
    lab.observer.tcp(lab.packet, lab.flow, Direction::to_server, {.acceptable = true}, lab.app);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(syn_flood)->Arg(1)->Arg(10'000'000);

void udp_flood(benchmark::State& state) {
  Lab lab(ip_proto::kUdp);
  std::uint32_t i = 0;
  for (auto _ : state) {
    lab.from(2 + i++ % static_cast<std::uint32_t>(state.range(0)));
    lab.observer.datagram(lab.packet, lab.flow, Direction::to_server);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(udp_flood)->Arg(1)->Arg(10'000'000);

// The work of one second with every table full.
void second(benchmark::State& state) {
  Lab lab(ip_proto::kTcp);
  lab.packet.flags = tcp_flag::kSyn;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    lab.flow.server.address = address(1'000'000 + i);
    lab.from(2 + i);
    lab.observer.tcp(lab.packet, lab.flow, Direction::to_server, {.acceptable = true}, lab.app);
  }
  base::WallTime now{std::chrono::seconds(1)};
  for (auto _ : state) lab.observer.second(now += std::chrono::seconds(1));
}
BENCHMARK(second)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace rampart::sniffer
