#include "target/queue_model.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace rampart::target {
namespace {

using namespace std::chrono_literals;

constexpr base::MonoTime kZero{base::Nanos(5'000'000'000)};

struct Arrival {
  base::Nanos at;
  std::optional<base::Nanos> done;  // nothing: refused
};

struct Case {
  const char* name;
  QueueModel::Options options;
  std::vector<Arrival> arrivals;
};

QueueModel::Options servers(base::Nanos service, std::uint32_t count, std::size_t limit = 100'000,
                            std::vector<HangWindow> hangs = {}) {
  return {service, count, limit, std::move(hangs)};
}

std::vector<Case> cases() {
  return {
      {"no service time: at once", servers(0ms, 1), {{0ms, 0ms}, {0ms, 0ms}, {7ms, 7ms}}},
      {"one server serves one after the other",
       servers(10ms, 1),
       {{0ms, 10ms}, {0ms, 20ms}, {5ms, 30ms}, {100ms, 110ms}}},
      {"two servers serve two at a time",
       servers(10ms, 2),
       {{0ms, 10ms}, {0ms, 10ms}, {0ms, 20ms}, {5ms, 20ms}, {6ms, 30ms}}},
      {"no server is one", servers(10ms, 0), {{0ms, 10ms}, {0ms, 20ms}}},
      {"one in service, two wait, the fourth is refused, and room comes with time",
       servers(10ms, 1, 2),
       {{0ms, 10ms}, {1ms, 20ms}, {2ms, 30ms}, {3ms, {}}, {10ms, 40ms}, {11ms, {}}}},
      {"without a queue a free server still serves",
       servers(10ms, 1, 0),
       {{0ms, 10ms}, {5ms, {}}, {10ms, 20ms}}},
      {"a hang delays what comes in it and what is under way",
       servers(10ms, 1, 100, {{20ms, 100ms}}),
       {{0ms, 10ms}, {15ms, 125ms}, {50ms, 135ms}, {130ms, 145ms}, {200ms, 210ms}}},
      {"what ends as the hang begins has ended",
       servers(10ms, 1, 100, {{20ms, 100ms}}),
       {{0ms, 10ms}, {10ms, 20ms}, {20ms, 130ms}}},
      {"without a service time a hang is a wait",
       servers(0ms, 1, 100, {{20ms, 100ms}}),
       {{0ms, 0ms}, {19ms, 19ms}, {20ms, 120ms}, {119ms, 120ms}, {120ms, 120ms}}},
      {"two hangs",
       servers(30ms, 1, 100, {{10ms, 10ms}, {25ms, 10ms}}),
       {{0ms, 50ms}, {60ms, 90ms}}},
      {"the first request starts the clock of the hangs",
       servers(0ms, 1, 100, {{0ms, 50ms}}),
       {{1000ms, 1050ms}, {1060ms, 1060ms}}},
      {"those who wait out a hang fill the queue",
       servers(10ms, 1, 2, {{5ms, 100ms}}),
       {{0ms, 110ms}, {6ms, 120ms}, {7ms, 130ms}, {8ms, {}}}},
  };
}

TEST(QueueModel, AnswersWhenAServerHasDoneTheWork) {
  for (const auto& [name, options, arrivals] : cases()) {
    QueueModel model(options);
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      const auto admission = model.arrive(kZero + arrivals[i].at);
      ASSERT_EQ(admission.admitted, arrivals[i].done.has_value()) << name << ", arrival " << i;
      if (arrivals[i].done) {
        EXPECT_EQ(admission.done - kZero, *arrivals[i].done) << name << ", arrival " << i;
      }
    }
  }
}

TEST(QueueModel, CountsThoseWhoWaitNotThoseBeingServed) {
  QueueModel model(servers(10ms, 2));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(model.arrive(kZero).admitted);
  EXPECT_EQ(model.waiting(kZero), 3U);
  EXPECT_EQ(model.waiting(kZero + 9ms), 3U);
  EXPECT_EQ(model.waiting(kZero + 10ms), 1U);
  EXPECT_EQ(model.waiting(kZero + 20ms), 0U);
}

TEST(QueueModel, ServesAtItsCapacityUnderOverload) {
  QueueModel model(servers(4ms, 4));  // 1000 a second
  base::Nanos last{0};
  for (int i = 0; i < 4000; ++i)  // come within one second
    last = model.arrive(kZero + i * 250us).done - kZero;
  EXPECT_EQ(last, 4s + 750us);  // the fourth server began with the fourth request
}

}  // namespace
}  // namespace rampart::target
