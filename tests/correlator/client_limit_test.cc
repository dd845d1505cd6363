#include "correlator/client_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "correlator/conclude.h"
#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

using model::LoadError;
using model::Validity;
using testing::HasSubstr;

void fail(model::Evidence& e, LoadError why, std::uint64_t count) {
  auto& c = e.load_totals[0].counters;
  const auto taken = std::min(count, c.completed);
  c.completed -= taken;
  c.failed += taken;
  c.errors[static_cast<std::size_t>(why)] += taken;
}

TEST(ClientLimit, WhatThisHostLacksIsNamed) {
  struct Case {
    LoadError why;
    std::uint64_t count;  // of 18,000
    const char* limited_by;
    Validity validity;
    const char* reason;
  };
  const Case cases[] = {
      {LoadError::no_ports, 900, "ports", Validity::client_limited, "ip_local_port_range"},
      {LoadError::no_descriptors, 900, "fds", Validity::client_limited, "ulimit -n"},
      {LoadError::local, 900, "local", Validity::client_limited, "memory"},
      {LoadError::no_ports, 12, "ports", Validity::valid, "12 requests"},
      {LoadError::no_descriptors, 1, "fds", Validity::valid, "rampart doctor"},
      {LoadError::connect_refused, 900, "", Validity::valid, "kept up"},
      {LoadError::timeout, 900, "", Validity::valid, "kept up"},
      {LoadError::http_5xx, 9000, "", Validity::valid, "kept up"},
  };
  for (const auto& c : cases) {
    Scene scene(1);
    auto e = scene.load(300).evidence();
    fail(e, c.why, c.count);
    const auto r = conclude(e);
    EXPECT_EQ(r.client.limited_by, c.limited_by) << r.validity_reason;
    EXPECT_EQ(r.validity, c.validity) << r.validity_reason;
    EXPECT_EQ(r.exit_code == 5, c.validity == Validity::client_limited);
    EXPECT_THAT(r.validity_reason, HasSubstr(c.reason));
  }
}

// A few connections that work can carry many requests while most cannot be opened.
TEST(ClientLimit, ConnectionsThatCannotBeOpenedCountWithoutRequests) {
  struct Case {
    std::uint64_t connects, failures, local, refused;
    Validity validity;
  };
  const Case cases[] = {
      {40, 1600, 150, 0, Validity::client_limited},
      {40, 1600, 5, 150, Validity::valid},  // the server refuses
      {4000, 160, 150, 0, Validity::valid},
      {40, 1600, 0, 0, Validity::valid},
  };
  for (const auto& c : cases) {
    Scene scene(2);
    auto e = scene.users(16).evidence();
    e.load_totals[0].counters.connects = c.connects;
    e.load_totals[0].counters.connect_failures = c.failures;
    e.load_totals[0].counters.started = e.load_totals[0].counters.completed = 200000;
    fail(e, LoadError::no_descriptors, c.local);
    fail(e, LoadError::connect_refused, c.refused);
    EXPECT_EQ(conclude(e).validity, c.validity) << conclude(e).validity_reason;
  }
}

TEST(ClientLimit, AShortRunWithoutFilesIsStillTheClients) {
  Scene scene(3, 10);
  auto e = scene.load(5).evidence();
  ASSERT_LT(e.load_totals[0].counters.started, 100U);
  fail(e, LoadError::no_descriptors, 30);
  EXPECT_EQ(conclude(e).validity, Validity::client_limited);
}

TEST(ClientLimit, WhatThePeerDoesIsNamedOnly) {
  struct Case {
    std::uint64_t model::LoadCounters::* counter;
    std::uint64_t count;  // of 18,000
    const char* limited_by;
  };
  using C = model::LoadCounters;
  for (const auto& c :
       {Case{&C::pushed_back, 2000, "server pushback"}, Case{&C::pushed_back, 20, ""},
        Case{&C::send_blocked, 9000, "send buffer"}, Case{&C::send_blocked, 100, ""}}) {
    Scene scene(4);
    auto e = scene.load(300).evidence();
    e.load_totals[0].counters.*c.counter = c.count;
    const auto r = conclude(e);
    EXPECT_EQ(r.client.limited_by, c.limited_by) << r.validity_reason;
    EXPECT_EQ(r.validity, Validity::valid);
    EXPECT_EQ(r.exit_code, 0);
  }
}

// Flows offer later steps when they send them: those are no arrivals that left in place of others.
TEST(ClientLimit, LaterStepsDoNotHideArrivalsThatNeverLeft) {
  Scene scene(5);
  auto e = scene.load(300).evidence();
  for (auto& c : e.client) c.busy = std::chrono::milliseconds(1000);
  for (auto& s : e.load) {
    const auto left = s.counters.started / 2;
    s.counters.offered += left;
    s.counters.started = 2 * left;  // two steps of half of the arrivals
  }
  EXPECT_EQ(conclude(e).client.limited_by, "cpu") << conclude(e).validity_reason;
}

// The server ends first, at 1,000/s or 4,000/s, and leaves the client idle: a tenth of its time.
TEST(ClientLimit, ARateBeyondTheLoadThreadsIsTheClients) {
  struct Case {
    double rate, capacity;
    Validity validity;
  };
  for (const auto& c : {Case{100000, 4000, Validity::client_limited},
                        Case{60000, 4000, Validity::valid},  // needs 1.5 threads by today's price
                        Case{100000, 400, Validity::valid}}) {  // too few to know their price
    Scene scene(6, 20);
    auto e = scene.capacity(c.capacity).load(c.rate).evidence();
    const auto r = conclude(e);
    EXPECT_EQ(r.validity, c.validity) << c.rate << ": " << r.validity_reason;
    if (c.validity == Validity::valid) continue;
    EXPECT_EQ(r.client.limited_by, "cpu");
    EXPECT_THAT(r.validity_reason, HasSubstr("25.0 us of a load thread"));
    EXPECT_THAT(r.validity_reason, HasSubstr("need 3 of them"));
  }
}

}  // namespace
}  // namespace rampart::correlator
