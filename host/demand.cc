#include "host/demand.h"

#include <algorithm>

namespace rampart::host {
namespace {

constexpr std::uint64_t kMostTuples = 1ULL << 20U;

// Addresses of the networks that a load may connect from; 1: the kernel's choice.
std::uint64_t sources_of(const model::LoadSpec& load) {
  std::uint64_t count = 0;
  for (const auto& network : load.sources) {
    const unsigned host_bits = (network.network.v6 ? 128U : 32U) - network.prefix;
    const auto size = host_bits >= 20 ? kMostTuples : 1ULL << host_bits;
    // The first and the last address of an IPv4 network are not taken.
    count += !network.network.v6 && host_bits > 1 ? size - 2 : size;
  }
  return std::clamp<std::uint64_t>(count, 1, kMostTuples);
}

double peak_rate(const model::Plan& plan, std::uint32_t index) {
  const auto& load = plan.loads[index];
  if (plan.find && plan.find->load == index) return plan.find->most.per_second;
  double peak = 0;
  for (const auto& stage : load.arrival.stages)
    peak = std::max({peak, stage.from.per_second, stage.to.per_second});
  const double length = base::seconds(load.arrival.duration);
  if (!load.arrival.replay.empty() && length > 0)
    peak = static_cast<double>(load.arrival.replay.size()) / length;
  return peak;
}

// Requests on each connection; 0: no bound.
std::uint64_t reuse_of(const model::LoadSpec& load) {
  using Mode = model::SocketUse::Mode;
  if (model::is_http(load.protocol)) return load.requests_per_connection;
  const bool echo = load.socket.mode == Mode::echo || load.socket.mode == Mode::send;
  return echo ? load.requests_per_connection : 1;
}

void add_load(Demand& d, const model::Plan& plan, std::uint32_t index) {
  const auto& load = plan.loads[index];
  const auto& target = plan.targets[load.target];
  d.tls = d.tls || target.url.tls();
  if (load.protocol == model::Protocol::icmp) {
    d.icmp = true;
    return;
  }
  d.connections += load.connections;
  if (load.protocol == model::Protocol::udp) return;
  auto found = std::find_if(d.dialled.begin(), d.dialled.end(),
                            [&](const Dialled& each) { return each.target == target.name; });
  if (found == d.dialled.end()) {
    d.dialled.push_back({.target = target.name});
    found = std::prev(d.dialled.end());
  }
  found->connections += load.connections;
  found->tuples = std::clamp(sources_of(load) * std::max<std::uint64_t>(target.endpoints.size(), 1),
                             found->tuples, std::max(found->tuples, kMostTuples));
  found->loopback = target.url.host == "localhost";
  if (const auto literal = base::IpAddress::parse(target.url.host))
    found->loopback = literal->is_loopback();
  const auto reuse = reuse_of(load);
  if (reuse == 0 || load.socket.mode == model::SocketUse::Mode::hold) return;
  found->leaves_time_wait = found->leaves_time_wait || !load.socket.close_with_reset;
  auto rate = peak_rate(plan, index) / static_cast<double>(reuse);
  const bool closed = load.arrival.model == model::Arrival::Model::closed;
  const double bound = load.connection_rate.per_second;
  if (bound > 0) rate = closed ? bound : std::min(rate, bound);
  found->opened_per_second += rate;
  found->unbounded = found->unbounded || (closed && bound <= 0);
}

}  // namespace

Demand demand_of(const model::Plan& plan) {
  Demand d;
  d.by_plan = true;
  d.connections = 0;
  d.workers = plan.workers;
  for (std::uint32_t i = 0; i < plan.loads.size(); ++i) add_load(d, plan, i);
  d.connections += plan.probes.size() + plan.scrapes.size();
  for (const auto& probe : plan.probes)
    d.icmp = d.icmp || probe.module.kind == model::ProbeModule::Kind::icmp;
  d.local_server = std::any_of(d.dialled.begin(), d.dialled.end(),
                               [](const Dialled& each) { return each.loopback; });
  if (plan.sniff) d.interface = plan.sniff->interface;
  return d;
}

}  // namespace rampart::host
