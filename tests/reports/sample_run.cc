#include "tests/reports/sample_run.h"

#include <algorithm>
#include <cmath>

namespace rampart::reports {
namespace {

using namespace std::chrono_literals;
using base::from_seconds;
using base::MonoTime;
using base::Nanos;
using base::WallTime;

constexpr double kCapacity = 500;
constexpr int kPeriod = 40;
const MonoTime kMonoStart{1000s};
const WallTime kWallStart{1795224256s};  // 2026-11-21T01:24:16Z

// Repeatable noise, 0 to 1.
class Noise {
 public:
  double next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state_ >> 40) / static_cast<double>(1 << 24);
  }

 private:
  std::uint64_t state_ = 20261121;
};

double offered_at(int second) {
  const int t = second % kPeriod;
  if (t < 4) return 150;
  if (t < 12) return 150 + 70.0 * (t - 3);
  if (t < 14) return 710;
  if (t < 16) return 710 - 230.0 * (t - 13);
  return 240;
}

bool hung_at(int second) {
  const int t = second % kPeriod;
  return t >= 27 && t < 31;
}

std::uint64_t whole(double value) { return static_cast<std::uint64_t>(std::llround(value)); }

// The server and its queue, one step per second.
class Server {
 public:
  model::LoadSecond step(int second, Noise& noise, model::LoadTotal& total) {
    const double offered = std::round(offered_at(second) * (0.97 + 0.06 * noise.next()));
    const double capacity = hung_at(second) ? 0 : kCapacity;
    const double ready = backlog_ + offered;
    double done = std::min(ready, capacity);
    const bool after_hang = second % kPeriod == 31;
    const double lost = after_hang ? std::min(400.0, ready - done) : 0;
    backlog_ = ready - done - lost;
    model::LoadSecond s;
    s.start = kMonoStart + std::chrono::seconds(second);
    s.length = 1s;
    s.counters.offered = whole(offered);
    s.counters.completed = whole(done);
    const double reset = second % kPeriod == 13 ? 9 : 0;
    s.counters.completed -= std::min(s.counters.completed, whole(reset));
    s.counters.failed = whole(lost) + whole(done) - s.counters.completed;
    s.counters.errors[static_cast<std::size_t>(model::LoadError::timeout)] = whole(lost);
    s.counters.errors[static_cast<std::size_t>(model::LoadError::reset)] =
        s.counters.failed - whole(lost);
    const double in_flight = std::min(64.0, backlog_ + 0.004 * offered);
    s.in_flight = whole(in_flight);
    s.counters.started =
        s.counters.completed + s.counters.failed + s.in_flight -
        std::min(last_in_flight_, s.counters.completed + s.counters.failed + s.in_flight);
    last_in_flight_ = s.in_flight;
    s.counters.bytes_in = s.counters.completed * 4210;
    s.counters.bytes_out = s.counters.started * 131;
    record(s, noise, total);
    return s;
  }

 private:
  void record(model::LoadSecond& s, Noise& noise, model::LoadTotal& total) {
    base::Histogram latency;
    base::Histogram service;
    const double queue = backlog_ / kCapacity;
    for (std::uint64_t i = 0; i < s.counters.completed + s.counters.failed; ++i) {
      const double x = noise.next();
      const double own = 0.0021 * (1 + 2 * x * x * x * x * x * x + 0.35 * noise.next());
      const double served = own + std::min(queue, 64 / kCapacity) * (0.7 + 0.5 * noise.next());
      service.record(from_seconds(served));
      latency.record(from_seconds(served + queue * (0.8 + 0.3 * noise.next())));
    }
    s.latency = model::Percentiles::of(latency);
    s.service = model::Percentiles::of(service);
    total.counters += s.counters;
    total.in_flight = s.in_flight;
    total.latency.merge(latency);
    total.service.merge(service);
  }

  double backlog_ = 0;
  std::uint64_t last_in_flight_ = 0;
};

model::ProbeSpec probe(std::string name, std::string module, model::ProbeModule::Kind kind) {
  model::ProbeSpec spec;
  spec.name = std::move(name);
  spec.module.name = std::move(module);
  spec.module.kind = kind;
  return spec;
}

model::ScrapeSpec scrape(std::string name, std::string_view url) {
  model::ScrapeSpec spec;
  spec.name = std::move(name);
  spec.url = *model::parse_url(url);
  return spec;
}

model::Plan plan(Nanos length) {
  model::Plan p;
  p.name = "demo";
  p.path = "scenarios/library/demo.yml";
  p.seed = 7;
  p.duration = length;
  p.targets.resize(1);
  p.targets[0].name = "web";
  p.targets[0].url = *model::parse_url("http://127.0.0.1:8080/");
  p.targets[0].endpoints = {{base::IpAddress::v4(127, 0, 0, 1), 8080}};
  model::LoadSpec browse;
  browse.name = "browse";
  browse.connections = 64;
  browse.arrival.distribution = model::Arrival::Distribution::poisson;
  browse.arrival.duration = length;
  browse.timeout = 2s;
  p.loads = {browse};
  p.probes = {probe("web-http", "http_2xx", model::ProbeModule::Kind::http),
              probe("web-tcp", "tcp_connect", model::ProbeModule::Kind::tcp),
              probe("web-icmp", "icmp", model::ProbeModule::Kind::icmp)};
  p.scrapes = {scrape("nginx", "http://127.0.0.1:9113/metrics"),
               scrape("node", "http://127.0.0.1:9100/metrics")};
  p.sniff = model::SniffSpec{.interface = "lo",
                             .filter = "tcp port 8080",
                             .rule_files = {"rules/canary.rules"},
                             .eve_file = {}};
  p.canaries = model::CanarySpec{.every = 5s, .sids = {9000001, 9000002}};
  p.objectives.availability = base::Ratio{0.98};
  p.objectives.latency = {{99, 250ms}};
  return p;
}

void add_probes(model::Evidence& e, int second, double backlog_delay, Noise& noise) {
  for (std::uint32_t i = 0; i < 3; ++i) {
    model::ProbeResult r;
    r.probe = i;
    r.start = kMonoStart + std::chrono::seconds(second) + Nanos(40ms) * (i + 1);
    r.success = true;
    r.duration = from_seconds(i == 2 ? 0.00006 : 0.0002 + 0.0002 * noise.next());
    if (i == 0) {
      r.duration = from_seconds(0.0028 + 0.001 * noise.next() + backlog_delay);
      r.phases = {.connect = 180us, .processing = r.duration - 400us, .transfer = 120us};
      r.status = 200;
      const bool hung = hung_at(second);
      if (hung || r.duration > 900ms) {
        r.success = false;
        r.status = 0;
        r.duration = 2s;
        r.reason = model::ProbeReason::timeout_first_byte;
        r.detail = hung ? "connected, no answer within 2 s" : "no answer within 2 s";
      }
    }
    e.probes.push_back(r);
  }
}

void add_scrapes(model::Evidence& e, int second, double in_flight, Noise& noise) {
  if (second % 5 != 2) return;
  for (std::uint32_t i = 0; i < 2; ++i) {
    model::ScrapeResult r;
    r.scrape = i;
    r.start = kMonoStart + std::chrono::seconds(second);
    r.duration = 4ms;
    r.up = i == 1 || !hung_at(second);
    if (!r.up) {
      r.reason = model::ProbeReason::timeout_first_byte;
    } else if (i == 0) {
      r.samples = {{"nginx_up", 1}, {"nginx_connections_active", 4 + in_flight}};
    } else {
      r.samples = {{"node_load1", 0.4 + in_flight / 40 + 0.1 * noise.next()}};
    }
    e.scrapes.push_back(r);
  }
}

void add_wire(model::Evidence& e, int second, const model::LoadSecond& load, Noise& noise) {
  if (second % kPeriod == 34 || second % kPeriod == 35) return;
  model::WireInterval w;
  w.start = kWallStart + std::chrono::seconds(second);
  w.length = 1s;
  const std::uint64_t other = whole(20 + 15 * noise.next());
  w.own_packets = (load.counters.started + load.counters.completed) * 2 + 14;
  w.packets = w.own_packets + other;
  w.own_bytes = load.counters.bytes_in + load.counters.bytes_out + w.own_packets * 54;
  w.bytes = w.own_bytes + other * 120;
  w.handshakes = 2;
  w.handshake_rtt_p50 = from_seconds(0.00004 + 0.00003 * noise.next());
  w.syn = w.own_syn = w.syn_ack = 2;
  w.flows_opened = w.flows_closed = 2;
  e.wire.push_back(w);
  e.wire_totals.packets += w.packets;
  e.wire_totals.bytes += w.bytes;
  e.wire_totals.flows += w.flows_opened;
}

void add_canaries(model::Evidence& e, int second) {
  if (second % 5 != 1) return;
  for (std::uint32_t sid : {9000001U, 9000002U}) {
    const auto at = std::chrono::seconds(second) + Nanos(300ms) * (sid % 10);
    e.canaries.push_back({.sid = sid, .at = kMonoStart + at, .delivered = true});
    if (second % kPeriod == 11 && sid == 9000002) continue;
    model::Detection d;
    d.at = kWallStart + at + Nanos(3ms);
    d.sid = sid;
    d.msg = sid == 9000001 ? "rampart canary: path traversal" : "rampart canary: shellshock header";
    d.source = {base::IpAddress::v4(127, 0, 0, 1), 41862};
    d.destination = {base::IpAddress::v4(127, 0, 0, 1), 8080};
    d.proto = 6;
    d.owner = model::Owner::canary;
    e.detections.push_back(d);
  }
}

model::Evidence evidence(int seconds_long) {
  model::Evidence e;
  e.run = {.id = "20261121-012416-3f9a",
           .version = "0.1.0",
           .host = "web-1",
           .command = "rampart run scenarios/library/demo.yml --html report.html",
           .end = model::RunEnd::completed,
           .end_reason = {},
           .notes = {}};
  e.plan = plan(std::chrono::seconds(seconds_long));
  e.end = kMonoStart + std::chrono::seconds(seconds_long);
  e.load_totals.resize(1);
  e.wire_captured = true;
  e.wire_totals.rules_loaded = 2;
  Noise noise;
  Server server;
  for (int s = 0; s < seconds_long; ++s) {
    if (s % 10 == 0) {
      const auto t = std::chrono::seconds(s);
      e.anchors.push_back({kMonoStart + t, kWallStart + t + Nanos(2us) * s});
    }
    const auto load = server.step(s, noise, e.load_totals[0]);
    e.load.push_back(load);
    model::ClientSecond c{.start = load.start, .length = 1s};
    c.busy = from_seconds(0.04 + static_cast<double>(load.counters.started) / 6000);
    c.cpu = c.busy * 9 / 10;
    c.loop_lag_p99 = 180us;
    c.schedule_lag_p99 = 210us;
    e.client.push_back(c);
    add_probes(e, s, base::seconds(load.service.p50) * 4, noise);
    add_scrapes(e, s, static_cast<double>(load.in_flight), noise);
    add_wire(e, s, load, noise);
    add_canaries(e, s);
  }
  e.anchors.push_back({e.end, kWallStart + std::chrono::seconds(seconds_long)});
  auto& total = e.load_totals[0];
  // The fluid model rounds; the books must balance.
  const auto started = total.counters.completed + total.counters.failed + total.in_flight;
  e.load.back().counters.started += started - total.counters.started;
  total.counters.started = started;
  e.load.back().counters.offered +=
      started > total.counters.offered ? started - total.counters.offered : 0;
  total.counters.offered = std::max(total.counters.offered, started);
  total.counters.missed = total.counters.offered - started;
  total.oldest_in_flight = total.in_flight > 0 ? Nanos(5ms) : Nanos(0);
  e.drops.wire = 2;
  return e;
}

std::vector<model::Verdict> verdicts() {
  model::Verdict overload;
  overload.target = "web";
  overload.state = model::State::degraded;
  overload.cause = model::Cause::overload_self;
  overload.actor = model::Actor::own;
  overload.confidence = 0.93;
  overload.window = {9s, 17s};
  overload.summary =
      "The load asked for 710/s and web served 500/s: requests waited up to 1.9 s in the queue.";
  overload.evidence = {
      {"load browse offered rate", {9s, 16s}, 641, "/s", "at most 500/s, the most web completed"},
      {"load browse latency p99", {9s, 17s}, 1890, "ms", "< 8.4 ms (baseline)"},
      {"load browse service p99", {9s, 17s}, 153, "ms", "< 8.1 ms (baseline)"},
      {"wire other packets", {9s, 17s}, 27, "/s", "20 to 35/s (baseline)"}};
  overload.ruled_out = {
      {model::Cause::attack_http_flood, "packets that are not ours stayed at 27/s"},
      {model::Cause::fault_hang, "web completed 500/s throughout"},
      {model::Cause::fault_packet_loss, "no retransmission was seen"}};
  model::Verdict hang;
  hang.target = "web";
  hang.state = model::State::down;
  hang.cause = model::Cause::fault_hang;
  hang.actor = model::Actor::internal;
  hang.confidence = 0.97;
  hang.window = {27s, 31s};
  hang.summary = "web accepted connections and answered nothing for 4 s, at half its usual load.";
  hang.evidence = {{"probe web-http success", {27s, 31s}, 0, "%", "100 % (baseline)"},
                   {"probe web-tcp success", {27s, 31s}, 100, "%", "0 % if the process were gone"},
                   {"load browse completed", {27s, 31s}, 0, "/s", "240/s"}};
  hang.ruled_out = {
      {model::Cause::overload_self, "240/s offered, 500/s was served before"},
      {model::Cause::fault_process_down, "the port accepted connections: 4 of 4 TCP probes"},
      {model::Cause::attack_syn_flood, "2 SYN/s, all completed"}};
  return {overload, hang};
}

model::RunResult conclude(const model::Evidence& e, int seconds_long) {
  model::RunResult r;
  r.run = e.run;
  r.scenario = "demo";
  r.started = kWallStart;
  r.length = std::chrono::seconds(seconds_long);
  r.exit_code = 3;
  r.validity = model::Validity::valid;
  r.validity_reason = "the load generator kept its schedule: p99 lag 0.21 ms, 16 % busy";
  const auto& total = e.load_totals[0];
  model::LoadSummary load;
  load.name = "browse";
  load.protocol = "http1";
  load.target = "web";
  load.counters = total.counters;
  load.in_flight = total.in_flight;
  load.oldest_in_flight = total.oldest_in_flight;
  load.asked_rate = static_cast<double>(total.counters.offered) / seconds_long;
  load.rate = static_cast<double>(total.counters.completed) / seconds_long;
  load.latency = model::Percentiles::of(total.latency);
  load.service = model::Percentiles::of(total.service);
  load.histogram = base::encode_hdr_v2_base64(total.latency);
  r.load = {load};
  r.client = {.cpu_percent = 9.8,
              .busy_percent = 16.1,
              .loop_lag_p99 = 180us,
              .schedule_lag_p99 = 210us,
              .schedule_lag_max = 1900us,
              .steal_percent = 0.4,
              .limited_by = {}};
  for (std::uint32_t i = 0; i < 3; ++i) {
    model::ProbeSummary p;
    p.name = e.plan.probes[i].name;
    p.module = e.plan.probes[i].module.name;
    p.target = "web";
    base::Histogram durations;
    for (const auto& result : e.probes) {
      if (result.probe != i) continue;
      ++p.sent;
      p.succeeded += result.success ? 1 : 0;
      durations.record(result.duration);
    }
    p.availability = static_cast<double>(p.succeeded) / static_cast<double>(p.sent);
    p.ci95 = i == 0 ? model::Interval{0.739, 0.945} : model::Interval{0.912, 1};
    p.duration = model::Percentiles::of(durations);
    p.phases = {.connect = 180us, .processing = i == 0 ? Nanos(2900us) : Nanos(60us)};
    if (p.sent > p.succeeded) p.reasons = {{"timeout_first_byte", p.sent - p.succeeded}};
    r.probes.push_back(p);
  }
  r.up = {{"nginx", 8, 7, 2, 0, {{"timeout_first_byte", 1}}, "sent no answer within 4 s\x1b[2J<b>"},
          {"node", 8, 8, 1, 3}};
  for (auto& up : r.up) up.scrapes = static_cast<std::uint64_t>(seconds_long / 5);
  r.wire.captured = true;
  r.wire.totals = e.wire_totals;
  r.wire.detections = {{9000001, "rampart canary: path traversal", 8},
                       {9000002, "rampart canary: shellshock header", 7}};
  r.detection.emplace();
  r.detection->sent = 16;
  r.detection->seen = 15;
  r.detection->recall = 0.9375;
  r.detection->ci95 = {0.717, 0.989};
  base::Histogram delay;
  for (int i = 0; i < 15; ++i) delay.record(3ms + i * 100us);
  r.detection->delay = model::Percentiles::of(delay);
  r.verdicts = verdicts();
  r.objectives = {{"availability", "web-http", ">= 98 %", "90.0 %", model::Interval{0.739, 0.945},
                   model::Outcome::missed},
                  {"latency p99", "browse", "< 250 ms", base::format_duration(load.latency.p99),
                   std::nullopt, model::Outcome::missed},
                  {"errors", "browse", "< 3.5 %", "3.4 %", model::Interval{0.030, 0.037},
                   model::Outcome::undecided},
                  {"detection", "canaries", ">= 70 %", "93.8 %", model::Interval{0.717, 0.989},
                   model::Outcome::met}};
  r.drops = e.drops;
  return r;
}

}  // namespace

SampleRun sample_run(std::chrono::seconds length) {
  const int n = static_cast<int>(length.count());
  SampleRun run;
  run.evidence = evidence(n);
  run.result = conclude(run.evidence, n);
  return run;
}

SampleRun sample_run() { return sample_run(std::chrono::seconds(kPeriod)); }

}  // namespace rampart::reports
