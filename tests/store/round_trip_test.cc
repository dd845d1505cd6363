#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "store/reader.h"
#include "store/writer.h"
#include "tests/store/scratch.h"

namespace rampart::store {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Bytes that break escaping, UTF-8 and C strings.
const std::string kHostile("'); DROP TABLE run;--\"\\ \x00 \xFF\xFE <script> \xF0\x9F\x92\xA5\n",
                           43);

class RoundTrip : public testing::Test {
 protected:
  RoundTrip() : writer_(*Writer::open(scratch_.file())) {
    auto run = run_named("20261121-012416-3f9a");
    run.notes = {"capture was off: no permission", kHostile};
    EXPECT_TRUE(writer_.begin(run, two_loads()));
    EXPECT_TRUE(writer_.add(model::ClockAnchor{mono_at(0), wall_at(0)}));
  }
  model::Evidence load() {
    EXPECT_TRUE(writer_.commit());
    auto reader = Reader::open(scratch_.file());
    EXPECT_TRUE(reader) << reader.error().text;
    auto evidence = reader->load("last");
    EXPECT_TRUE(evidence) << evidence.error().text;
    return *std::move(evidence);
  }

  Scratch scratch_;
  Writer writer_;
};

TEST_F(RoundTrip, RunAndAnchors) {
  ASSERT_TRUE(writer_.add(model::ClockAnchor{mono_at(10), wall_at(10.5)}));
  const auto e = load();
  EXPECT_EQ(e.run.id, "20261121-012416-3f9a");
  EXPECT_EQ(e.run.version, "0.1.0");
  EXPECT_EQ(e.run.host, "h");
  EXPECT_EQ(e.run.command, "rampart run x.yml");
  EXPECT_EQ(e.run.end, model::RunEnd::unfinished);
  EXPECT_THAT(e.run.notes, testing::ElementsAre("capture was off: no permission", kHostile));
  EXPECT_EQ(e.plan.targets.at(0).name, "web");
  ASSERT_EQ(e.anchors.size(), 2U);
  EXPECT_EQ(e.anchors[1].mono, mono_at(10));
  EXPECT_EQ(e.anchors[1].wall, wall_at(10.5));
  EXPECT_EQ(e.end, mono_at(10));
}

TEST_F(RoundTrip, Trials) {
  model::Trial trial;
  trial.position = 1;
  trial.rate = base::Rps{1587.5};
  trial.from = mono_at(3);
  trial.to = mono_at(7);
  trial.offered = 6350;
  trial.completed = 6001;
  trial.failed = 49;
  trial.missed = 11;
  trial.p50 = milliseconds(4);
  trial.p99 = milliseconds(312);
  trial.max = milliseconds(400);
  trial.outcome = model::TrialOutcome::client_limited;
  trial.limited_by = kHostile;
  ASSERT_TRUE(writer_.add(trial));
  model::Trial first;
  first.rate = base::Rps{100};
  first.outcome = model::TrialOutcome::missed;
  ASSERT_TRUE(writer_.add(first));
  const auto e = load();
  ASSERT_EQ(e.trials.size(), 2U);
  EXPECT_EQ(e.trials[0].rate.per_second, 100);  // by position
  EXPECT_EQ(e.trials[0].outcome, model::TrialOutcome::missed);
  const auto& back = e.trials[1];
  EXPECT_EQ(back.position, 1U);
  EXPECT_EQ(back.rate.per_second, 1587.5);
  EXPECT_EQ(back.from, mono_at(3));
  EXPECT_EQ(back.to, mono_at(7));
  EXPECT_EQ(back.offered, 6350U);
  EXPECT_EQ(back.completed, 6001U);
  EXPECT_EQ(back.failed, 49U);
  EXPECT_EQ(back.missed, 11U);
  EXPECT_EQ(back.p50, milliseconds(4));
  EXPECT_EQ(back.p99, milliseconds(312));
  EXPECT_EQ(back.max, milliseconds(400));
  EXPECT_EQ(back.outcome, model::TrialOutcome::client_limited);
  EXPECT_EQ(back.limited_by, kHostile);
}

TEST_F(RoundTrip, Probe) {
  model::ProbeResult p;
  p.start = mono_at(1.25);
  p.duration = milliseconds(2000);
  p.reason = model::ProbeReason::timeout_first_byte;
  p.detail = kHostile;
  p.phases = {seconds(1), seconds(2), seconds(3), seconds(4), seconds(5)};
  p.status = 503;
  ASSERT_TRUE(writer_.add(p));
  p.success = true;
  p.start = mono_at(0.25);
  ASSERT_TRUE(writer_.add(p));
  const auto e = load();
  ASSERT_EQ(e.probes.size(), 2U);
  EXPECT_TRUE(e.probes[0].success);  // by time
  const auto& back = e.probes[1];
  EXPECT_FALSE(back.success);
  EXPECT_EQ(back.start, mono_at(1.25));
  EXPECT_EQ(back.duration, milliseconds(2000));
  EXPECT_EQ(back.reason, model::ProbeReason::timeout_first_byte);
  EXPECT_EQ(back.detail, kHostile);
  EXPECT_EQ(back.phases.resolve, seconds(1));
  EXPECT_EQ(back.phases.connect, seconds(2));
  EXPECT_EQ(back.phases.tls, seconds(3));
  EXPECT_EQ(back.phases.processing, seconds(4));
  EXPECT_EQ(back.phases.transfer, seconds(5));
  EXPECT_EQ(back.status, 503);
  EXPECT_EQ(e.end, mono_at(3.25));
}

TEST_F(RoundTrip, Scrape) {
  model::ScrapeResult s;
  s.start = mono_at(5);
  s.duration = milliseconds(7);
  s.up = true;
  s.samples = {{"nginx_up", 1}, {kHostile, std::nan("")}, {"big", 1.7e308}, {"inf", INFINITY}};
  ASSERT_TRUE(writer_.add(s));
  s.start = mono_at(10);
  s.up = false;
  s.reason = model::ProbeReason::connect_refused;
  s.detail = "refused";
  s.samples = {{"nginx_up", std::nan(""), true}};
  ASSERT_TRUE(writer_.add(s));
  const auto e = load();
  ASSERT_EQ(e.scrapes.size(), 2U);
  EXPECT_FALSE(e.scrapes[0].samples.at(1).gone) << "not a number is a value";
  EXPECT_TRUE(e.scrapes[1].samples.at(0).gone);
  EXPECT_TRUE(e.scrapes[0].up);
  ASSERT_EQ(e.scrapes[0].samples.size(), 4U);
  EXPECT_EQ(e.scrapes[0].samples[0].series, "nginx_up");
  EXPECT_EQ(e.scrapes[0].samples[0].value, 1);
  EXPECT_EQ(e.scrapes[0].samples[1].series, kHostile);
  EXPECT_TRUE(std::isnan(e.scrapes[0].samples[1].value));
  EXPECT_EQ(e.scrapes[0].samples[2].value, 1.7e308);
  EXPECT_TRUE(std::isinf(e.scrapes[0].samples[3].value));
  EXPECT_EQ(e.scrapes[1].reason, model::ProbeReason::connect_refused);
  EXPECT_EQ(e.scrapes[1].detail, "refused");
}

TEST_F(RoundTrip, Wire) {
  model::WireInterval w;
  w.start = wall_at(3);
  w.length = seconds(1);
  std::uint64_t n = 100;
  for (auto* field :
       {&w.packets, &w.bytes, &w.own_packets, &w.own_bytes, &w.syn, &w.own_syn, &w.syn_ack,
        &w.handshakes, &w.other_handshakes, &w.rst, &w.retransmits, &w.icmp_echo, &w.flows_opened,
        &w.flows_closed, &w.dropped_kernel, &w.dropped_interface})
    *field = ++n;
  w.handshake_rtt_p50 = microseconds(42);
  ASSERT_TRUE(writer_.add(w));
  const auto e = load();
  ASSERT_EQ(e.wire.size(), 1U);
  auto b = e.wire[0];
  EXPECT_EQ(b.start, wall_at(3));
  EXPECT_EQ(b.length, seconds(1));
  n = 100;
  for (auto* field :
       {&b.packets, &b.bytes, &b.own_packets, &b.own_bytes, &b.syn, &b.own_syn, &b.syn_ack,
        &b.handshakes, &b.other_handshakes, &b.rst, &b.retransmits, &b.icmp_echo, &b.flows_opened,
        &b.flows_closed, &b.dropped_kernel, &b.dropped_interface})
    EXPECT_EQ(*field, ++n);
  EXPECT_EQ(b.handshake_rtt_p50, microseconds(42));
  EXPECT_TRUE(e.wire_captured);
}

TEST_F(RoundTrip, DetectionAndCanary) {
  model::Detection d;
  d.at = wall_at(4.5);
  d.gid = 3;
  d.sid = 4'000'000'000U;
  d.rev = 2;
  d.severity = 1;
  d.msg = kHostile;
  d.category = "Attempted \xC3\x28";
  d.source = {*base::IpAddress::parse("2001:db8::1"), 50000};
  d.destination = {base::IpAddress::v4(127, 0, 0, 1), 443};
  d.proto = 6;
  d.flow_id = 0xFEDCBA9876543210ULL;
  for (const auto owner :
       {model::Owner::other, model::Owner::load, model::Owner::probe, model::Owner::canary}) {
    d.owner = owner;
    ASSERT_TRUE(writer_.add(d));
  }
  ASSERT_TRUE(writer_.add(model::CanarySent{9000001, mono_at(4), true}));
  ASSERT_TRUE(writer_.add(model::CanarySent{9000002, mono_at(9), false}));
  model::Behaviour attack;
  attack.cause = model::Cause::attack_port_scan;
  attack.target = d.destination;
  attack.top = {{base::IpAddress::v4(192, 0, 2, 1), 11}};
  d.behaviour = std::make_shared<const model::Behaviour>(attack);
  ASSERT_TRUE(writer_.add(d));
  const auto e = load();
  ASSERT_EQ(e.detections.size(), 5U);
  EXPECT_FALSE(e.detections[0].behaviour);
  ASSERT_TRUE(e.detections[4].behaviour);
  EXPECT_EQ(*e.detections[4].behaviour, attack);
  const auto& b = e.detections[0];
  EXPECT_EQ(b.at, d.at);
  EXPECT_EQ(b.gid, 3U);
  EXPECT_EQ(b.sid, 4'000'000'000U);
  EXPECT_EQ(b.rev, 2U);
  EXPECT_EQ(b.severity, 1U);
  EXPECT_EQ(b.msg, kHostile);
  EXPECT_EQ(b.category, d.category);
  EXPECT_EQ(b.source, d.source);
  EXPECT_EQ(b.destination, d.destination);
  EXPECT_EQ(b.proto, 6);
  EXPECT_EQ(b.flow_id, d.flow_id);
  EXPECT_EQ(e.detections[0].owner, model::Owner::other);
  EXPECT_EQ(e.detections[3].owner, model::Owner::canary);
  ASSERT_EQ(e.canaries.size(), 2U);
  EXPECT_EQ(e.canaries[0].sid, 9000001U);
  EXPECT_EQ(e.canaries[0].at, mono_at(4));
  EXPECT_TRUE(e.canaries[0].delivered);
  EXPECT_FALSE(e.canaries[1].delivered);
}

TEST_F(RoundTrip, WorkersMergePerSecond) {
  // Workers start 40 ms apart; the second second of worker 1 is late by the same.
  ASSERT_TRUE(writer_.add(interval(0, 0, 0.00, 100)));
  ASSERT_TRUE(writer_.add(interval(0, 1, 0.04, 50)));
  ASSERT_TRUE(writer_.add(interval(0, 0, 1.00, 10)));
  ASSERT_TRUE(writer_.add(interval(0, 1, 1.04, 20)));
  ASSERT_TRUE(writer_.add(interval(1, 0, 0.00, 7)));
  const auto e = load();
  ASSERT_EQ(e.load.size(), 3U);
  EXPECT_EQ(e.load[0].load, 0U);
  EXPECT_EQ(e.load[0].start, mono_at(0));
  EXPECT_EQ(e.load[0].length, seconds(1));
  EXPECT_EQ(e.load[0].counters.started, 150U);
  EXPECT_EQ(e.load[0].in_flight, 6U);
  EXPECT_EQ(e.load[0].counters.error(model::LoadError::http_5xx), 2U);
  EXPECT_EQ(e.load[0].latency.count, 97U + 47U);
  EXPECT_EQ(e.load[1].load, 1U);
  EXPECT_EQ(e.load[2].start, mono_at(1));
  EXPECT_EQ(e.load[2].counters.started, 30U);

  base::Histogram exact;
  for (const auto& i : {interval(0, 0, 0, 100), interval(0, 1, 0, 50), interval(0, 0, 1, 10),
                        interval(0, 1, 1, 20)})
    exact.merge(i.latency);
  ASSERT_EQ(e.load_totals.size(), 2U);
  EXPECT_EQ(base::encode_hdr_v2(e.load_totals[0].latency), base::encode_hdr_v2(exact));
  EXPECT_EQ(e.load_totals[0].counters.started, 180U);
}

TEST_F(RoundTrip, ClientSeconds) {
  model::ClientInterval c;
  c.worker = 1;
  c.start = mono_at(2);
  c.length = seconds(1);
  c.busy = milliseconds(400);
  c.cpu = milliseconds(300);
  c.starved = 9;
  c.steal = milliseconds(7);
  for (int i = 1; i <= 100; ++i) {
    c.loop_lag.record(microseconds(i));
    c.schedule_lag.record(milliseconds(i));
  }
  ASSERT_TRUE(writer_.add(c));
  const auto e = load();
  ASSERT_EQ(e.client.size(), 1U);
  EXPECT_EQ(e.client[0].worker, 1U);
  EXPECT_EQ(e.client[0].busy, milliseconds(400));
  EXPECT_EQ(e.client[0].cpu, milliseconds(300));
  EXPECT_EQ(e.client[0].starved, 9U);
  EXPECT_EQ(e.client[0].steal, milliseconds(7));
  EXPECT_EQ(e.client[0].loop_lag_p99, c.loop_lag.at(99));
  EXPECT_EQ(e.client[0].schedule_lag_p99, c.schedule_lag.at(99));
  EXPECT_EQ(e.client_total.schedule_lag.count(), 100U);
}

TEST_F(RoundTrip, HandshakesAndLimits) {
  auto first = interval(0, 0, 0, 100);
  first.tls = {"TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", "X25519", "", "RSA", 2048};
  auto second = interval(0, 1, 1, 100);
  second.tls = {"TLSv1.3", "TLS_AES_256_GCM_SHA384", kHostile, "h2", "EC", 256};
  second.counters.handshakes = 5;
  second.counters.resumed = 4;
  second.counters.send_blocked = 3;
  for (const auto* r : {&second, &first}) ASSERT_TRUE(writer_.add(*r));
  const auto e = load();
  const auto& t = e.load_totals[0];
  EXPECT_EQ(t.counters.handshakes, 5U);
  EXPECT_EQ(t.counters.resumed, 4U);
  EXPECT_EQ(t.counters.send_blocked, 3U);
  ASSERT_TRUE(t.tls);  // the newest
  EXPECT_EQ(t.tls->version, "TLSv1.3");
  EXPECT_EQ(t.tls->cipher, "TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(t.tls->group, kHostile);
  EXPECT_EQ(t.tls->alpn, "h2");
  EXPECT_EQ(t.tls->key_type, "EC");
  EXPECT_EQ(t.tls->key_bits, 256U);
  EXPECT_FALSE(e.load_totals[1].tls);
}

TEST_F(RoundTrip, AccountingHoldsWithoutAStop) {
  ASSERT_TRUE(writer_.add(interval(0, 0, 0, 100)));
  const auto e = load();
  const auto& t = e.load_totals[0];
  EXPECT_EQ(t.counters.offered, t.counters.started + t.counters.missed);
  EXPECT_EQ(t.counters.started, t.counters.completed + t.counters.failed + t.in_flight);
  EXPECT_EQ(t.in_flight, 3U);
  EXPECT_EQ(e.end, mono_at(1));
}

TEST_F(RoundTrip, Finish) {
  ASSERT_TRUE(writer_.add(interval(0, 0, 0, 100)));
  auto run = run_named("20261121-012416-3f9a");
  run.end = model::RunEnd::interrupted;
  run.end_signal = 2;
  run.end_reason = "Ctrl-C";
  run.notes = {"late note"};
  Writer::Finish finish;
  finish.stop = mono_at(1.5);
  finish.loads = {{3, seconds(1)}, {0, seconds(0)}};
  finish.drops = {1, 2, 3};
  finish.wire_captured = true;
  auto& t = finish.wire_totals;
  std::uint64_t n = 0;
  for (auto* field :
       {&t.packets, &t.bytes, &t.dropped_kernel, &t.dropped_interface, &t.invalid, &t.flows,
        &t.flows_evicted, &t.stream_gaps, &t.alerts_suppressed, &t.rules_loaded, &t.rules_failed})
    *field = ++n;
  ASSERT_TRUE(writer_.finish(run, finish));
  ASSERT_TRUE(writer_.finish(run, finish));  // repeatable
  const auto e = load();
  EXPECT_EQ(e.run.end, model::RunEnd::interrupted);
  EXPECT_EQ(e.run.end_signal, 2);
  EXPECT_EQ(e.run.end_reason, "Ctrl-C");
  EXPECT_THAT(e.run.notes, testing::ElementsAre("late note"));
  EXPECT_EQ(e.end, mono_at(1.5));
  EXPECT_EQ(e.load_totals[0].in_flight, 3U);
  EXPECT_EQ(e.load_totals[0].oldest_in_flight, seconds(1));
  EXPECT_EQ(e.drops.load, 1U);
  EXPECT_EQ(e.drops.probe, 2U);
  EXPECT_EQ(e.drops.wire, 3U);
  EXPECT_TRUE(e.wire_captured);
  EXPECT_EQ(e.wire_totals.packets, 1U);
  EXPECT_EQ(e.wire_totals.rules_failed, 11U);
}

TEST_F(RoundTrip, ResultIsReplaced) {
  auto reader = Reader::open(scratch_.file());
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->result("last").error().code, base::Errc::not_found);
  model::Verdict v;
  v.target = kHostile;
  v.confidence = std::nan("");
  ASSERT_TRUE(writer_.save_result("20261121-012416-3f9a", "{\"a\":1}", {v, v}));
  ASSERT_TRUE(writer_.save_result("20261121-012416-3f9a", "{\"a\":2}", {v}));
  EXPECT_EQ(*reader->result("2026"), "{\"a\":2}");
  EXPECT_EQ(writer_.save_result("nope", "{}", {}).error().code, base::Errc::not_found);
}

}  // namespace
}  // namespace rampart::store
