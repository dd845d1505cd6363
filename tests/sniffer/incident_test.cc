#include "sniffer/behaviour/incident.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "packet_builder.h"

namespace rampart::sniffer::behaviour {
namespace {

using namespace test;
using model::Cause;
using model::Impact;

// Ten seconds of an attack on a service that was well before it: ten connections and requests a
// second, answered in 5 ms after a round trip of 2 ms.
Incident ten_seconds() {
  Incident i;
  i.cause = Cause::attack_syn_flood;
  i.target = {ip("192.0.2.1"), 80};
  i.seconds = i.above = 10;
  i.witnessed = true;
  i.before[Vital::handshakes] = i.before[Vital::rtts] = 10;
  i.before[Vital::requests] = i.before[Vital::answers] = i.before[Vital::answers_timed] = 10;
  i.before[Vital::rtt_ms] = 20;
  i.before[Vital::answer_ms] = 50;
  for (std::size_t k = 0; k < kVitals; ++k) i.during.values[k] = 10 * i.before.values[k];
  return i;
}

void kernel(Incident& i, std::uint64_t KernelCounters::* member, std::uint64_t count) {
  i.kernel_before.emplace();
  i.kernel_now.emplace();
  (*i.kernel_now).*member = count;
}

struct Case {
  const char* name;
  std::function<void(Incident&)> change;
  Impact wanted;
};
class Impacts : public testing::TestWithParam<Case> {};
TEST_P(Impacts, are_judged_from_the_evidence) {
  auto incident = ten_seconds();
  GetParam().change(incident);
  const auto found = judge_impact(incident);
  EXPECT_EQ(found.impact, GetParam().wanted);
  EXPECT_FALSE(found.evidence.empty());
}

const Case kCases[] = {
    {"AsBefore", [](Incident&) {}, Impact::absorbed},
    {"NobodySeen", [](Incident& i) { i.witnessed = false; }, Impact::unknown},
    {"NobodyCame", [](Incident& i) { i.during = {}; }, Impact::unknown},
    {"NobodySeenButTheKernelDroppedNoSyn",
     [](Incident& i) {
       i.witnessed = false;
       kernel(i, &KernelCounters::listen_drops, 1182);
     },
     Impact::absorbed},
    {"NobodySeenAndTheKernelDroppedSyns",
     [](Incident& i) {
       i.witnessed = false;
       kernel(i, &KernelCounters::queue_full_drops, 500);
     },
     Impact::degrading},
    {"NobodySeenAndTheKernelDroppedSynsInAScan",
     [](Incident& i) {
       i.witnessed = false;
       i.cause = Cause::attack_port_scan;
       kernel(i, &KernelCounters::queue_full_drops, 500);
     },
     Impact::degrading},
    {"NobodySeenAndTheKernelCannotTell",
     [](Incident& i) {
       i.witnessed = false;
       i.cause = Cause::attack_icmp_flood;
       kernel(i, &KernelCounters::icmp_errors, 500);
     },
     Impact::unknown},
    {"NobodySeenButTheKernelDroppedNoDatagram",
     [](Incident& i) {
       i.witnessed = false;
       i.cause = Cause::attack_udp_flood;
       kernel(i, &KernelCounters::udp_no_ports, 500);
     },
     Impact::absorbed},
    {"KernelDropsSynsInAScanOfDatagrams",
     [](Incident& i) {
       i.cause = Cause::attack_port_scan;
       i.datagrams = true;
       kernel(i, &KernelCounters::queue_full_drops, 500);
     },
     Impact::absorbed},
    {"SynsRepeated", [](Incident& i) { i.during[Vital::repeated_syns] = 40; }, Impact::degrading},
    {"OneSynRepeated", [](Incident& i) { i.during[Vital::repeated_syns] = 1; }, Impact::absorbed},
    {"SynsRepeatedAlwaysHere",
     [](Incident& i) {
       i.before[Vital::repeated_syns] = 4;
       i.during[Vital::repeated_syns] = 40;
     },
     Impact::absorbed},
    {"NobodyGetsIn",
     [](Incident& i) {
       i.during[Vital::handshakes] = 0;
       i.during[Vital::repeated_syns] = 100;
     },
     Impact::degrading},
    {"Resets", [](Incident& i) { i.during[Vital::resets] = 60; }, Impact::degrading},
    {"AFewResets", [](Incident& i) { i.during[Vital::resets] = 5; }, Impact::absorbed},
    {"RoundTripLonger", [](Incident& i) { i.during[Vital::rtt_ms] = 100 * 50; }, Impact::degrading},
    {"RoundTripALittleLonger", [](Incident& i) { i.during[Vital::rtt_ms] = 100 * 7; },
     Impact::absorbed},
    {"RoundTripNotKnownBefore",
     [](Incident& i) {
       i.before[Vital::rtts] = 0;
       i.during[Vital::rtt_ms] = 100 * 50;
     },
     Impact::absorbed},
    {"Unanswered", [](Incident& i) { i.during[Vital::answers] = 50; }, Impact::degrading},
    {"TheLastSecondIsUnderWay", [](Incident& i) { i.during[Vital::answers] = 90; },
     Impact::absorbed},
    {"ServerErrors", [](Incident& i) { i.during[Vital::server_errors] = 20; }, Impact::degrading},
    {"SlowAnswers", [](Incident& i) { i.during[Vital::answer_ms] = 100 * 80; }, Impact::degrading},
    {"KernelDropsSyns", [](Incident& i) { kernel(i, &KernelCounters::queue_full_drops, 500); },
     Impact::degrading},
    {"KernelAcceptQueueFull",
     [](Incident& i) { kernel(i, &KernelCounters::listen_overflows, 500); }, Impact::degrading},
    {"KernelSendsCookies", [](Incident& i) { kernel(i, &KernelCounters::syn_cookies, 5000); },
     Impact::absorbed},
    {"KernelHasNoWayBack", [](Incident& i) { kernel(i, &KernelCounters::listen_drops, 5000); },
     Impact::absorbed},
    {"KernelDropsDatagramsInASynFlood",
     [](Incident& i) { kernel(i, &KernelCounters::udp_buffer_errors, 500); }, Impact::absorbed},
    {"KernelDropsDatagrams",
     [](Incident& i) {
       i.cause = Cause::attack_udp_flood;
       kernel(i, &KernelCounters::udp_buffer_errors, 500);
     },
     Impact::degrading},
};
INSTANTIATE_TEST_SUITE_P(Table, Impacts, testing::ValuesIn(kCases),
                         [](const auto& i) { return i.param.name; });

// 0 is expected of what proves harm alone.
TEST(Incident, evidence_says_which_counters_prove_harm) {
  auto incident = ten_seconds();
  kernel(incident, &KernelCounters::listen_drops, 1182);
  incident.kernel_now->syn_cookies = 5000;
  std::map<std::string, std::string> expected;
  for (const auto& m : judge_impact(incident).evidence)
    if (m.series.starts_with("kernel: ")) expected[m.series] = m.expected;
  const std::map<std::string, std::string> wanted = {
      {"kernel: SYN cookies sent", "no harm by itself"},
      {"kernel: SYNs dropped, half-open queue full", "0"},
      {"kernel: accept queue full", "0"},
      {"kernel: SYNs dropped, for any reason", "no harm by itself"}};
  EXPECT_EQ(expected, wanted);
}

TEST(Incident, reports_name_the_sources_that_stand_out) {
  auto incident = ten_seconds();
  incident.sum = 1234;
  auto book = std::make_unique<Book>();
  const auto add = [&](const base::IpAddress& a, std::uint64_t hash) {
    book->sources.add(a, hash);
    book->distinct.add(hash * 0x9E3779B97F4A7C15ULL);
  };
  for (int i = 0; i < 500; ++i) add(ip("10.0.0.1"), 1);
  for (std::uint8_t i = 0; i < 200; ++i) add(base::IpAddress::v4(10, 9, 9, i), 100U + i);
  const auto d = report(incident, book.get(), model::BehaviourPhase::update, at(5));
  ASSERT_TRUE(d.behaviour);
  EXPECT_EQ(d.at, at(5));
  EXPECT_EQ(d.sid, 1U);
  EXPECT_EQ(d.severity, 2U);
  EXPECT_EQ(d.msg, "SYN flood");
  EXPECT_EQ(d.source.address, ip("10.0.0.1"));
  EXPECT_EQ(d.behaviour->phase, model::BehaviourPhase::update);
  EXPECT_EQ(d.behaviour->count, 1234U);
  EXPECT_NEAR(static_cast<double>(d.behaviour->sources), 201, 30);
  ASSERT_EQ(d.behaviour->top.size(), 1U);
  EXPECT_EQ(d.behaviour->top[0].count, 500U);
  incident.during[Vital::repeated_syns] = 100;
  EXPECT_EQ(report(incident, nullptr, model::BehaviourPhase::end, at(5)).severity, 1U);
}

}  // namespace
}  // namespace rampart::sniffer::behaviour
