// What telling attacks from behaviour costs per packet.
#include <benchmark/benchmark.h>

#include <vector>

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

struct Request final : Transaction {
  std::optional<BufferView> buffer(BufferId, Direction, unsigned) const override { return {}; }
};

// Fills what a second empties: the lists of senders, the requests that wait, and, one scan window
// being long enough for all iterations, the scouts.
void refill(Lab& lab, std::vector<Flow>& flows, base::WallTime now) {
  constexpr std::uint32_t kFlooded = 128, kSyns = 40;
  lab.packet.time = now;
  for (std::uint32_t i = 0; i < kFlooded * kSyns; ++i) {
    lab.flow.server.address = address(1'000'000 + i % kFlooded);
    lab.from(2 + i);
    lab.observer.tcp(lab.packet, lab.flow, Direction::to_server, {.acceptable = true}, lab.app);
  }
  Request request;
  request.stage = {Stage::complete, Stage::none};
  for (auto& flow : flows) lab.observer.transaction(flow, request, Direction::to_server, now);
}

// The work of one second with every table full, but for attacks.
void second(benchmark::State& state) {
  Lab lab(ip_proto::kTcp);
  lab.packet.flags = tcp_flag::kSyn;
  base::WallTime now{std::chrono::seconds(1'000)};
  lab.packet.time = now;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    lab.flow.server.address = address(1'000'000 + i);
    lab.from(2 + i);
    lab.observer.tcp(lab.packet, lab.flow, Direction::to_server, {.acceptable = true}, lab.app);
  }
  std::vector<Flow> flows(10'000);
  for (std::uint32_t i = 0; i < flows.size(); ++i) {
    flows[i].app = AppProto::http1;
    flows[i].key.proto = ip_proto::kTcp;
    flows[i].client.address = address(i);
    flows[i].server = {address(1'000'000 + i % 200), 80};
  }
  for (auto _ : state) {
    state.PauseTiming();
    refill(lab, flows, now);
    state.ResumeTiming();
    lab.observer.second(now);
    now += std::chrono::seconds(1);
  }
  auto stats = lab.watch.stats();
  stats += lab.observer.stats();
  state.counters["untimed"] = static_cast<double>(stats.untimed);      // above 0: full
  state.counters["displaced"] = static_cast<double>(stats.displaced);  // above 0: full
  state.counters["reports"] = static_cast<double>(stats.reports);      // 0: none
}
BENCHMARK(second)->Unit(benchmark::kMicrosecond)->Iterations(100);

}  // namespace
}  // namespace rampart::sniffer
