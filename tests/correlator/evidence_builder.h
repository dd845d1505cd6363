#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "model/evidence.h"

namespace rampart::correlator {

// A run on a small simulated server, as the evidence it would leave: one target "web" with a fixed
// capacity, an open or closed load, probes, scrapes and a capture, all with seeded noise. Faults
// and attacks are set by their window in seconds:
//   Scene scene(seed);
//   scene.load(200).hang(20, 30);
//   auto evidence = scene.evidence();
class Scene {
 public:
  explicit Scene(std::uint64_t seed, double length = 60) : random_(seed), length_(length) {
    e_.run.id = "20260101-000000-test";
    e_.run.end = model::RunEnd::completed;
    e_.plan.name = "scene";
    e_.plan.duration = base::from_seconds(length);
    e_.plan.targets.resize(1);
    e_.plan.targets[0].name = "web";
    e_.plan.targets[0].endpoints = {{base::IpAddress::v4(127, 0, 0, 1), 8080}};
    for (double t = 0; t < length; t += 10) e_.anchors.push_back({mono(t), wall(t)});
    e_.end = mono(length);
    probe("web-http", model::ProbeModule::Kind::http, 1.0, 2.0);
  }

  static base::MonoTime mono(double t) {
    return base::MonoTime(std::chrono::hours(5)) + base::from_seconds(t);
  }
  static base::WallTime wall(double t) {
    return base::WallTime(std::chrono::hours(480'000)) + base::from_seconds(t);
  }

  // Set-up.
  Scene& no_probes() {
    e_.plan.probes.clear();
    return *this;
  }
  Scene& probe(const std::string& name, model::ProbeModule::Kind kind, double interval,
               double timeout) {
    model::ProbeSpec spec;
    spec.name = name;
    spec.module.kind = kind;
    spec.interval = base::from_seconds(interval);
    spec.timeout = base::from_seconds(timeout);
    e_.plan.probes.push_back(spec);
    return *this;
  }
  Scene& probe_every(double interval, double timeout = 2.0) {
    for (auto& p : e_.plan.probes) {
      p.interval = base::from_seconds(interval);
      p.timeout = base::from_seconds(timeout);
    }
    return *this;
  }
  Scene& tcp_probe(double interval = 1.0) {
    return probe("web-tcp", model::ProbeModule::Kind::tcp, interval, 2.0);
  }
  // An open load at a constant rate for the whole run.
  Scene& load(double rate, std::uint32_t connections = 64) {
    return stages({{rate, rate, length_}}, connections);
  }
  struct Step {
    double from, to, over;
  };
  Scene& stages(const std::vector<Step>& steps, std::uint32_t connections = 64) {
    model::LoadSpec spec;
    spec.name = "browse";
    spec.connections = connections;
    for (const auto& s : steps)
      spec.arrival.stages.push_back(
          {base::Rps{s.from}, base::Rps{s.to}, base::from_seconds(s.over)});
    e_.plan.loads = {spec};
    return *this;
  }
  Scene& users(std::uint32_t count) {
    model::LoadSpec spec;
    spec.name = "steady";
    spec.connections = count;
    spec.arrival.model = model::Arrival::Model::closed;
    spec.arrival.users = count;
    e_.plan.loads = {spec};
    return *this;
  }
  Scene& capacity(double per_second) {
    capacity_ = per_second;
    return *this;
  }
  Scene& scrape(double interval = 5) {
    model::ScrapeSpec spec;
    spec.name = "nginx";
    spec.target = 0;
    spec.interval = base::from_seconds(interval);
    e_.plan.scrapes = {spec};
    return *this;
  }
  Scene& capture() {
    e_.wire_captured = true;
    return *this;
  }
  Scene& canaries(double every) {
    canary_every_ = every;
    e_.plan.canaries = model::CanarySpec{base::from_seconds(every), {9000001}, 0};
    return *this;
  }

  // Faults and attacks.
  Scene& down(double from, double to) { return add(Kind::down, from, to, 0); }
  Scene& hang(double from, double to) { return add(Kind::hang, from, to, 0); }
  Scene& slow(double from, double to, double by) { return add(Kind::slow, from, to, by); }
  Scene& errors(double from, double to, double share) { return add(Kind::errors, from, to, share); }
  // What errors() makes of a request of the load, instead of HTTP 5xx.
  Scene& error_is(model::LoadError error) {
    error_ = error;
    return *this;
  }
  Scene& unreachable(double from, double to) { return add(Kind::unreachable, from, to, 0); }
  Scene& exporter_down(double from, double to) { return add(Kind::exporter, from, to, 0); }
  Scene& flood(double from, double to, double rate) { return add(Kind::flood, from, to, rate); }
  Scene& lose_probe_at(double t) { return add(Kind::lost_probe, t, t + 0.999, 0); }
  Scene& reason(double from, double to, model::ProbeReason why) {
    return add(Kind::reason, from, to, static_cast<double>(why));
  }
  Scene& detection(double at, std::uint32_t sid, model::Owner owner) {
    model::Detection d;
    d.at = wall(at);
    d.sid = sid;
    d.msg = "test rule " + std::to_string(sid);
    d.destination = e_.plan.targets[0].endpoints[0];
    d.owner = owner;
    e_.detections.push_back(d);
    return *this;
  }

  model::Evidence& raw() { return e_; }

  model::Evidence evidence() {
    e_.load_totals.resize(e_.plan.loads.size());
    if (!e_.plan.loads.empty()) run_load();
    run_probes();
    run_scrapes();
    if (e_.wire_captured) run_wire();
    run_canaries();
    return e_;
  }

 private:
  enum class Kind { down, hang, slow, errors, unreachable, exporter, flood, lost_probe, reason };
  struct Event {
    Kind kind;
    double from, to, value;
  };
  // The state of the simulated load and server, and the second that is being counted.
  struct Flow {
    double queue = 0;   // due, not started: every connection is busy
    double flying = 0;  // sent, not ended
    double done_part = 0, failed_part = 0;
    double service_sum = 0, latency_sum = 0;  // seconds, over what was completed
    model::LoadSecond second;
  };
  static constexpr double kStep = 0.01;
  static constexpr double kBase = 0.002;  // seconds per request when idle

  Scene& add(Kind kind, double from, double to, double value) {
    events_.push_back({kind, from, to, value});
    return *this;
  }
  const Event* at(Kind kind, double t) const {
    for (const auto& e : events_)
      if (e.kind == kind && t >= e.from && t < e.to) return &e;
    return nullptr;
  }
  // The whole part of what has come together so far; the rest is kept in `part`.
  static double whole(double& part, double more, double most) {
    part += more;
    const double n = std::min(std::floor(part), most);
    part -= n;
    return n;
  }
  double noise() { return std::lognormal_distribution<double>(0, 0.25)(random_); }

  double rate_at(double t) const {
    for (const auto& s : e_.plan.loads[0].arrival.stages) {
      const double over = base::seconds(s.over);
      if (t < over) return s.from.per_second + (s.to.per_second - s.from.per_second) * t / over;
      t -= over;
    }
    return 0;
  }

  void run_load();
  void start_requests(Flow& flow, double t, bool open);
  void end_requests(Flow& flow, double t);
  void close_second(Flow& flow, double t);
  void run_probes();
  void run_scrapes();
  void run_wire();
  void run_canaries();
  model::ProbeResult probe_once(const model::ProbeSpec& spec, double t);

  std::mt19937_64 random_;
  double length_;
  double capacity_ = 1000;
  double canary_every_ = 0;
  model::LoadError error_ = model::LoadError::http_5xx;
  std::vector<Event> events_;
  std::vector<double> waits_;  // per step, in the server, seconds
  model::Evidence e_;
};

// A fluid model of connections and one queue in steps of 10 ms.
inline void Scene::run_load() {
  const bool open = e_.plan.loads[0].arrival.model == model::Arrival::Model::open;
  Flow flow;
  const auto steps = static_cast<std::size_t>(length_ / kStep + 0.5);
  for (std::size_t i = 0; i < steps; ++i) {
    const double t = static_cast<double>(i) * kStep;
    start_requests(flow, t, open);
    end_requests(flow, t);
    if ((i + 1) % 100 == 0 || i + 1 == steps) close_second(flow, t);
  }
  auto& total = e_.load_totals[0];
  const auto late = static_cast<std::uint64_t>(open ? flow.queue : 0);
  for (auto* counters : {&total.counters, &e_.load.back().counters}) counters->missed += late;
  total.in_flight = total.counters.started - total.counters.completed - total.counters.failed;
}

inline void Scene::start_requests(Flow& flow, double t, bool open) {
  const double connections = e_.plan.loads[0].connections;
  double arrivals = std::max(0.0, connections - flow.flying - flow.queue);
  if (open)
    arrivals = rate_at(t) <= 0 ? 0 : std::poisson_distribution<int>(rate_at(t) * kStep)(random_);
  flow.queue += arrivals;
  flow.second.counters.offered += static_cast<std::uint64_t>(arrivals);
  const double start = std::floor(std::min(flow.queue, connections - flow.flying));
  flow.queue -= start;
  flow.flying += start;
  flow.second.counters.started += static_cast<std::uint64_t>(start);
}

inline void Scene::end_requests(Flow& flow, double t) {
  const auto* slow = at(Kind::slow, t);
  double wait = kBase + (flow.flying > capacity_ * kStep ? flow.flying / capacity_ : 0);
  if (slow != nullptr) wait += slow->value;
  waits_.push_back(wait);

  double done = 0;
  double failed = 0;
  auto error = error_;
  if (at(Kind::down, t) != nullptr) {
    done = failed = flow.flying;
    error = model::LoadError::connect_refused;
  } else if (at(Kind::hang, t) == nullptr && at(Kind::unreachable, t) == nullptr) {
    double able = std::min(flow.flying, capacity_ * kStep);
    if (slow != nullptr) able = std::min(able, flow.flying * kStep / (slow->value + kStep));
    done = whole(flow.done_part, able, flow.flying);
    if (const auto* e = at(Kind::errors, t); e != nullptr)
      failed = whole(flow.failed_part, done * e->value, done);
  }
  flow.flying -= done;
  auto& c = flow.second.counters;
  c.completed += static_cast<std::uint64_t>(done - failed);
  c.failed += static_cast<std::uint64_t>(failed);
  c.errors[static_cast<std::size_t>(error)] += static_cast<std::uint64_t>(failed);
  flow.service_sum += wait * (done - failed);
  flow.latency_sum += (wait + flow.queue / capacity_) * (done - failed);
}

inline void Scene::close_second(Flow& flow, double t) {
  auto& second = flow.second;
  const auto& c = second.counters;
  second.start = mono(std::floor(t));
  second.length = mono(t + kStep) - second.start;
  second.in_flight = static_cast<std::uint64_t>(flow.flying);
  const auto fill = [&](double sum, base::Histogram& total) {
    base::Histogram h;
    for (std::uint64_t n = 0; n < c.completed; ++n)
      h.record(base::from_seconds(sum / static_cast<double>(c.completed) * noise()));
    total.merge(h);
    return model::Percentiles::of(h);
  };
  second.service = fill(flow.service_sum, e_.load_totals[0].service);
  second.latency = fill(flow.latency_sum, e_.load_totals[0].latency);
  e_.load_totals[0].counters += c;
  e_.load.push_back(second);
  model::ClientSecond client;
  client.start = second.start;
  client.length = second.length;
  client.busy = std::chrono::milliseconds(120);
  client.cpu = std::chrono::milliseconds(100);
  client.schedule_lag_p99 = std::chrono::microseconds(300);
  client.starved = static_cast<std::uint64_t>(flow.queue);
  e_.client.push_back(client);
  e_.client_total.schedule_lag.record(std::chrono::microseconds(200), c.started);
  flow.second = {};
  flow.service_sum = flow.latency_sum = 0;
}

inline model::ProbeResult Scene::probe_once(const model::ProbeSpec& spec, double t) {
  using model::ProbeReason;
  const bool http = spec.module.kind == model::ProbeModule::Kind::http;
  const double timeout = base::seconds(spec.timeout);
  model::ProbeResult r;
  r.start = mono(t);
  const auto fail = [&](ProbeReason why, double took) {
    r.reason = why;
    r.duration = base::from_seconds(took);
  };
  const auto connect = 0.0002 * noise();
  r.phases.connect = base::from_seconds(connect);
  if (at(Kind::lost_probe, t) != nullptr) {
    fail(ProbeReason::timeout_first_byte, timeout);
    return r;
  }
  if (const auto* why = at(Kind::reason, t); why != nullptr) {
    fail(static_cast<ProbeReason>(static_cast<int>(why->value)), 0.003);
    return r;
  }
  if (at(Kind::down, t) != nullptr) {
    fail(ProbeReason::connect_refused, 0.0004 * noise());
    return r;
  }
  if (const auto* gone = at(Kind::unreachable, t); gone != nullptr) {
    // SYNs are repeated after 1 s and 3 s.
    const double again = t + 1 >= gone->to ? 1 : t + 3 >= gone->to ? 3 : timeout;
    if (again < timeout) {
      r.success = true;
      r.phases.connect = r.duration = base::from_seconds(again);
      return r;
    }
    r.phases.connect = base::Nanos(0);
    fail(ProbeReason::connect_timeout, timeout);
    return r;
  }
  double work = kBase * noise();
  const auto tick = static_cast<std::size_t>(t / kStep);
  if (tick < waits_.size())
    work += waits_[tick] - kBase;
  else if (const auto* slow = at(Kind::slow, t); slow != nullptr)
    work += slow->value;
  if (const auto* hang = at(Kind::hang, t); hang != nullptr) work += hang->to - t;
  if (!http) work = 0;
  if (work > timeout) {
    fail(ProbeReason::timeout_first_byte, timeout);
    return r;
  }
  r.phases.processing = base::from_seconds(work);
  r.duration = base::from_seconds(connect + work);
  r.success = true;
  r.status = 200;
  const auto* e = at(Kind::errors, t);
  if (http && e != nullptr && std::bernoulli_distribution(e->value)(random_)) {
    r.success = false;
    r.reason = ProbeReason::http_status;
    r.status = 503;
  }
  return r;
}

inline void Scene::run_probes() {
  for (std::uint32_t i = 0; i < e_.plan.probes.size(); ++i) {
    const auto& spec = e_.plan.probes[i];
    const double interval = base::seconds(spec.interval);
    const double phase = std::uniform_real_distribution<double>(0, interval)(random_);
    for (double t = phase; t < length_; t += interval) {
      auto r = probe_once(spec, t);
      r.probe = i;
      e_.probes.push_back(r);
    }
  }
  std::stable_sort(e_.probes.begin(), e_.probes.end(),
                   [](const auto& a, const auto& b) { return a.start < b.start; });
}

inline void Scene::run_scrapes() {
  for (std::uint32_t i = 0; i < e_.plan.scrapes.size(); ++i) {
    const double interval = base::seconds(e_.plan.scrapes[i].interval);
    for (double t = 0.3; t < length_; t += interval) {
      model::ScrapeResult r;
      r.scrape = i;
      r.start = mono(t);
      r.duration = std::chrono::milliseconds(4);
      r.up = at(Kind::exporter, t) == nullptr;
      if (!r.up) r.reason = model::ProbeReason::connect_refused;
      const bool runs = at(Kind::down, t) == nullptr && at(Kind::hang, t) == nullptr;
      if (r.up) r.samples = {{"nginx_up", runs ? 1.0 : 0.0}};
      e_.scrapes.push_back(r);
    }
  }
}

inline void Scene::run_wire() {
  for (double t = 0; t < length_; t += 1) {
    model::WireInterval w;
    w.start = wall(t);
    w.length = std::chrono::seconds(1);
    w.own_packets = 400;
    w.packets = 420;
    w.own_syn = 3;
    w.syn = 4;
    w.syn_ack = 4;
    w.handshakes = 4;
    w.other_handshakes = 1;
    if (at(Kind::down, t + 0.5) != nullptr) w.rst = 150;
    if (const auto* f = at(Kind::flood, t + 0.5); f != nullptr) {
      w.syn += static_cast<std::uint64_t>(f->value);
      w.packets += static_cast<std::uint64_t>(f->value);
    }
    e_.wire.push_back(w);
  }
}

inline void Scene::run_canaries() {
  if (canary_every_ <= 0) return;
  for (double t = canary_every_; t < length_; t += canary_every_) {
    e_.canaries.push_back({9000001, mono(t), true});
    detection(t + 0.05, 9000001, model::Owner::canary);
  }
}

}  // namespace rampart::correlator
