// What the end of a capture tells: nothing answers any more what was not answered by then.
#include <gtest/gtest.h>

#include "traffic.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using model::BehaviourPhase;
using model::Cause;

struct Scan {
  const char* name;
  int ports;
  double every;  // seconds
  bool tcp;
};
class ScanAtTheEnd : public testing::TestWithParam<Scan> {};
TEST_P(ScanAtTheEnd, is_found) {
  const auto& scan = GetParam();
  Traffic t;
  for (int i = 0; i < scan.ports; ++i) {
    const auto port = static_cast<std::uint16_t>(1 + i);
    if (scan.tcp)
      t.syn(1 + i * scan.every, host(5), 5000, port);
    else
      t.add(1 + i * scan.every,
            ethernet(udp({.source = host(5), .destination = kVictim}, 5000, port, "x")));
  }
  const auto& seen = t.play();
  ASSERT_EQ(seen.size(), 2U) << reports(seen);
  EXPECT_EQ(seen[0].behaviour->phase, BehaviourPhase::begin);
  EXPECT_EQ(seen[1].behaviour->phase, BehaviourPhase::end);
  EXPECT_EQ(seen[1].proto, scan.tcp ? ip_proto::kTcp : ip_proto::kUdp);
  const auto& b = *seen[1].behaviour;
  EXPECT_EQ(b.cause, Cause::attack_port_scan);
  EXPECT_EQ(b.target, (base::Endpoint{kVictim, 0}));
  EXPECT_NEAR(static_cast<double>(b.count), scan.ports, 0.15 * scan.ports);
  ASSERT_EQ(b.top.size(), 1U);
  EXPECT_EQ(b.top[0].address, host(5));
}
constexpr Scan kScans[] = {
    {"OfASecond", 100, 0.01, true},
    {"AtOnce", 100, 0.0001, true},
    {"OfDatagrams", 80, 0.005, false},
    {"OfAFewSeconds", 40, 0.1, true},
};
INSTANTIATE_TEST_SUITE_P(Table, ScanAtTheEnd, testing::ValuesIn(kScans),
                         [](const auto& i) { return i.param.name; });

TEST(BehaviourEnd, a_scan_under_way_counts_what_it_asked_last) {
  Traffic t;
  for (int i = 0; i < 200; ++i)
    t.syn(1 + i * 0.05, host(5), 5000, static_cast<std::uint16_t>(1 + i));
  const auto& seen = t.play();
  ASSERT_GE(seen.size(), 2U);
  EXPECT_EQ(seen.back().behaviour->number, 1U) << reports(seen);
  EXPECT_NEAR(static_cast<double>(seen.back().behaviour->count), 200, 25);
}

TEST(BehaviourEnd, a_scan_of_hosts_is_one_attack) {
  Traffic t;
  for (int i = 0; i < 300; ++i)
    t.syn(1 + i * 0.003, host(5), 5000, static_cast<std::uint16_t>(1 + i % 50),
          host(static_cast<std::uint32_t>(7000 + i / 50)));
  for (int i = 0; i < 60; ++i)
    t.syn(2 + i * 0.003, host(6), 5000, 22, host(static_cast<std::uint32_t>(8000 + i)));
  const auto& seen = t.play();
  EXPECT_EQ(seen.size(), 4U) << "one of each source: " << reports(seen);
}

// The capture ends while the answers of the last moment are on their way.
TEST(BehaviourEnd, a_client_whose_other_calls_are_answered_does_not_scan) {
  Traffic t;
  for (int i = 0; i < 100; ++i) {
    auto talk = t.connect(1 + i * 0.02, host(9), port_of(i), 443,
                          host(static_cast<std::uint32_t>(5000 + i)), 0.2);
    t.client(talk, "hello");
  }
  for (std::uint32_t i = 0; i < 40; ++i)
    t.syn(2.99 + i * 0.0001, host(9), 4000, 443, host(6000 + i));
  for (int i = 0; i < 200; ++i) {  // datagrams
    const auto port = static_cast<std::uint16_t>(20'000 + i);
    t.add(1 + i * 0.01,
          ethernet(udp({.source = host(8), .destination = kVictim}, port, port, "x")));
    if (i < 130)
      t.add(1.1 + i * 0.01,
            ethernet(udp({.source = kVictim, .destination = host(8)}, port, port, "x")));
  }
  const auto& seen = t.play();
  EXPECT_TRUE(seen.empty()) << reports(seen);
}

TEST(BehaviourEnd, a_few_tries_are_no_scan) {
  Traffic t;
  for (int i = 0; i < 12; ++i)
    t.syn(1 + i * 0.01, host(5), 5000, static_cast<std::uint16_t>(1 + i));
  for (int i = 0; i < 40; ++i)
    t.add(1 + i * 0.01, ethernet(udp({.source = host(6), .destination = kVictim}, 5000,
                                     static_cast<std::uint16_t>(1 + i), "x")));
  const auto& seen = t.play();
  EXPECT_TRUE(seen.empty()) << reports(seen);
}

}  // namespace
}  // namespace rampart::sniffer
