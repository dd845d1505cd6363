#include "probe/module/repeated_probe.h"

#include <gtest/gtest.h>

#include <deque>
#include <utility>
#include <vector>

#include "module_lab.h"

namespace rampart::probe {
namespace {

using namespace std::chrono_literals;

// Ends at once, as the script says; "waits" until its time is over.
enum class Way { succeeds, fails, waits, is_not_permitted };

struct Script {
  std::deque<Way> ways;
  std::vector<base::Nanos> timeouts;
  std::vector<base::MonoTime> starts;
  int alive = 0;
};

class Scripted final : public ModuleProbe, private net::Timer::Listener {
 public:
  Scripted(const ModuleContext& context, Script& script, base::Nanos timeout)
      : context_(context), script_(script), timeout_(timeout), timer_(context.loop, *this) {
    ++script_.alive;
  }
  ~Scripted() override { --script_.alive; }
  void start(ModuleProbe::Listener& listener) override {
    listener_ = &listener;
    script_.timeouts.push_back(timeout_);
    script_.starts.push_back(context_.clock.mono());
    const auto way = script_.ways.front();
    script_.ways.pop_front();
    if (way == Way::waits)
      timer_.arm(context_.clock.mono() + timeout_);
    else
      end(way == Way::succeeds, way == Way::is_not_permitted);
  }

 private:
  void on_timer(net::Timer&) override { end(false); }
  void end(bool success, bool refused = false) {
    ModuleOutcome out;
    out.success = success;
    if (!success)
      out.reason =
          refused ? model::ProbeReason::not_permitted : model::ProbeReason::connect_refused;
    out.log = {"a step"};
    listener_->on_outcome(std::move(out));
  }
  const ModuleContext& context_;
  Script& script_;
  base::Nanos timeout_;
  net::Timer timer_;
  ModuleProbe::Listener* listener_ = nullptr;
};

struct RepeatedProbeTest : ::testing::Test, ModuleProbe::Listener {
  std::unique_ptr<ModuleProbe> make(Attempts attempts, base::Nanos timeout) {
    return std::make_unique<RepeatedProbe>(
        lab.context, attempts, timeout,
        [this](base::Nanos part) { return std::make_unique<Scripted>(lab.context, script, part); });
  }
  ModuleOutcome run(Attempts attempts, std::deque<Way> ways, base::Nanos timeout = 60ms) {
    script = {std::move(ways), {}, {}, 0};
    probe = make(attempts, timeout);
    outcome.reset();
    probe->start(*this);
    waiting = true;
    if (!outcome) lab.loop.run();
    waiting = false;
    probe.reset();
    EXPECT_EQ(script.alive, 0);
    EXPECT_TRUE(script.ways.empty());
    return *std::move(outcome);
  }
  void on_outcome(ModuleOutcome&& out) override {
    outcome = std::move(out);
    if (destroy) probe.reset();
    if (waiting) lab.loop.stop();
  }

  ModuleLab lab;
  Script script;
  std::unique_ptr<ModuleProbe> probe;
  std::optional<ModuleOutcome> outcome;
  bool waiting = false;
  bool destroy = false;
};

TEST_F(RepeatedProbeTest, EndsWithTheFirstSuccess) {
  const auto out = run({3, 1}, {Way::fails, Way::succeeds});
  EXPECT_TRUE(out.success);
  EXPECT_EQ(out.reason, model::ProbeReason::none);
  EXPECT_EQ(value_of(out, "probe_attempts"), 2);
  EXPECT_EQ(value_of(out, "probe_attempts_failed"), 1);
  EXPECT_EQ(out.log, (std::vector<std::string>{"attempt 1 of 3: failed after 0 ns: connect_refused",
                                               "a step"}));
}

TEST_F(RepeatedProbeTest, FailsOnceTooFewCanSucceed) {
  const auto out = run({3, 2}, {Way::fails, Way::succeeds, Way::fails});
  EXPECT_FALSE(out.success);
  EXPECT_EQ(out.reason, model::ProbeReason::connect_refused);
  EXPECT_EQ(out.detail, "2 of 3 attempts failed");
  EXPECT_EQ(value_of(out, "probe_attempts"), 3);
  EXPECT_EQ(value_of(run({3, 3}, {Way::fails}), "probe_attempts"), 1);
  EXPECT_EQ(value_of(run({5, 2}, {Way::succeeds, Way::succeeds}), "probe_attempts"), 2);
}

TEST_F(RepeatedProbeTest, TriesNothingAgainThatIsNotPermitted) {
  const auto out = run({3, 1}, {Way::is_not_permitted});
  EXPECT_FALSE(out.success);
  EXPECT_EQ(out.reason, model::ProbeReason::not_permitted);
  EXPECT_EQ(value_of(out, "probe_attempts"), 1);
}

// After a failure the next attempt waits for its part of the time; after a success it does not.
TEST_F(RepeatedProbeTest, DividesTheTime) {
  const auto out = run({3, 1}, {Way::fails, Way::waits, Way::fails}, 90ms);
  EXPECT_FALSE(out.success);
  ASSERT_EQ(script.starts.size(), 3U);
  EXPECT_GE(script.starts[1] - script.starts[0], 30ms - 1ms);
  EXPECT_GE(script.starts[2] - script.starts[0], 60ms - 1ms);
  EXPECT_GE(out.duration, 60ms - 1ms);
  for (const auto timeout : script.timeouts) EXPECT_LE(timeout, 30ms);

  run({3, 3}, {Way::succeeds, Way::succeeds, Way::succeeds}, 90s);
  EXPECT_GT(script.timeouts[2], 80s);
}

// Inside its listener, or while it waits for the next attempt.
TEST_F(RepeatedProbeTest, MayBeDestroyedAtAnyTime) {
  destroy = true;
  EXPECT_TRUE(run({2, 1}, {Way::succeeds}).success);
  EXPECT_FALSE(run({2, 1}, {Way::fails, Way::fails}).success);
  script = {{Way::fails}, {}, {}, 0};
  auto waits = make({2, 1}, 10s);
  waits->start(*this);
  waits.reset();
  EXPECT_EQ(script.alive, 0);
}

}  // namespace
}  // namespace rampart::probe
