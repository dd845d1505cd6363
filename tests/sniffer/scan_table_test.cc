#include "sniffer/behaviour/scan_table.h"

#include <gtest/gtest.h>

#include "sniffer/flow/siphash.h"
#include "traffic.h"

namespace rampart::sniffer::behaviour {
namespace {

using namespace test;
using Outcome = ScanTable::Outcome;

std::uint64_t hash(std::uint64_t i) {
  SipHash sip({3, 4});
  sip.add(i);
  return sip.finish();
}

class Scans : public testing::Test {
 protected:
  void contact(std::uint32_t source, std::uint16_t port, Outcome outcome) {
    table_.contact(ScanKind::ports, hash(source), hash(port), {host(source), {kVictim, port}, now_},
                   outcome);
  }
  double failed_of(std::uint32_t source) {
    double out = -1;
    table_.each([&](Scout& s) {
      if (s.source == host(source)) out = s.count();
    });
    return out;
  }
  void tick(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      now_ += std::chrono::seconds(1);
      table_.tick(now_, [](Scout& s) { s.failed = s.count(); });
    }
  }
  ScanTable table_;
  base::WallTime now_ = at(0);
};

TEST_F(Scans, what_was_refused_has_failed_at_once) {
  for (std::uint16_t port = 1; port <= 20; ++port) {
    contact(1, port, Outcome::asked);
    contact(1, port, Outcome::refused);
  }
  EXPECT_NEAR(failed_of(1), 20, 2);
}

TEST_F(Scans, what_is_not_answered_fails_after_a_while) {
  for (std::uint16_t port = 1; port <= 20; ++port) contact(1, port, Outcome::asked);
  tick(2);
  EXPECT_EQ(failed_of(1), 0);
  tick(4);
  EXPECT_NEAR(failed_of(1), 20, 2);
  for (std::uint16_t port = 1; port <= 20; ++port) contact(1, port, Outcome::answered);
  EXPECT_EQ(failed_of(1), 0) << "an answer that came late is one";
}

TEST_F(Scans, what_is_answered_in_time_does_not_count) {
  for (std::uint16_t port = 1; port <= 500; ++port) {
    contact(1, port, Outcome::asked);
    contact(1, port, Outcome::answered);
  }
  tick(10);
  EXPECT_EQ(failed_of(1), 0);
}

TEST_F(Scans, what_waits_when_the_capture_ends_has_failed) {
  for (std::uint16_t port = 1; port <= 20; ++port) contact(1, port, Outcome::asked);
  tick(3);
  for (std::uint16_t port = 21; port <= 40; ++port) contact(1, port, Outcome::asked);
  contact(1, 40, Outcome::answered);
  for (std::uint16_t port = 1; port <= 40; ++port) {  // mostly answered
    contact(2, port, Outcome::asked);
    if (port <= 30) contact(2, port, Outcome::answered);
  }
  int visited = 0;
  table_.close([&](Scout&) { ++visited; });
  EXPECT_EQ(visited, 2);
  EXPECT_NEAR(failed_of(1), 39, 4);
  EXPECT_EQ(failed_of(2), 0);
}

TEST_F(Scans, are_forgotten_after_their_window) {
  contact(1, 1, Outcome::refused);
  tick(299);
  EXPECT_GE(failed_of(1), 0);
  tick(3);
  EXPECT_EQ(failed_of(1), -1);
}

TEST_F(Scans, a_scanner_stays_among_a_million_sources) {
  for (std::uint16_t port = 1; port <= 5; ++port) contact(1, port, Outcome::refused);
  tick(1);
  for (std::uint32_t i = 0; i < 1'000'000; ++i) contact(100 + i, 80, Outcome::asked);
  EXPECT_NEAR(failed_of(1), 5, 0.1);
  EXPECT_GT(table_.displaced(), 900'000U);
}

TEST_F(Scans, answers_alone_take_no_place) {
  contact(1, 1, Outcome::answered);
  EXPECT_EQ(failed_of(1), -1);
}

}  // namespace
}  // namespace rampart::sniffer::behaviour
