// A run that is killed with SIGKILL: what is left must be sound, and miss at most the last second.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "store/reader.h"
#include "tests/loadgen/loop_thread.h"
#include "tests/runner/run_lab.h"
#include "tests/support/deadline.h"

namespace rampart::runner {
namespace {

using testing::wait_until;
using namespace std::chrono_literals;

// Seconds of load that the file holds so far.
std::size_t stored_seconds(const std::string& file) {
  auto reader = store::Reader::open(file);
  if (!reader) return 0;
  const auto evidence = reader->load("last");
  return evidence ? evidence->load.size() : 0;
}

TEST(Killed, ARunLosesAtMostItsLastSecondAndStillBalances) {
  const Folder folder;
  const Signals signals;
  // Forked before this process has a thread. The child waits for the server's port.
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    base::Endpoint at = testing::loopback(0);
    if (read(pipe_ends[0], &at.port, sizeof at.port) != sizeof at.port) _exit(3);
    auto plan = small_plan(at, 100, 40s);
    plan.loads[0].connections = 2;  // 100/s at 30 ms: some arrivals wait, so that some are missed
    static_cast<void>(run(plan, options_for(folder.file(), signals), base::SystemClock()));
    _exit(4);
  }
  testing::TargetThread server({.latency = 30ms});
  const auto port = server.endpoint().port;
  ASSERT_EQ(write(pipe_ends[1], &port, sizeof port), static_cast<ssize_t>(sizeof port));
  EXPECT_TRUE(wait_until([&] { return stored_seconds(folder.file()) >= 2; }));
  // Another moment, so that the kill falls inside a second.
  const base::SystemClock clock;
  const auto seen = clock.mono();
  EXPECT_TRUE(wait_until([&] { return clock.mono() - seen > 700ms; }));
  const auto killed = clock.mono();
  kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  close(pipe_ends[0]);
  close(pipe_ends[1]);

  auto reader = store::Reader::open(folder.file());
  ASSERT_TRUE(reader) << reader.error().text;
  const auto sound = reader->check();
  EXPECT_TRUE(sound) << sound.error().text;
  const auto evidence = reader->load("last");
  ASSERT_TRUE(evidence) << evidence.error().text;
  EXPECT_EQ(evidence->run.end, model::RunEnd::unfinished);
  const auto& last = evidence->load.back();
  EXPECT_LE(killed - (last.start + last.length), 1500ms);  // one second, and a slow machine
  EXPECT_GT(evidence->probes.size(), 5U);
  EXPECT_LE(killed - evidence->probes.back().start, 1500ms);

  const auto result = judge(folder.file(), "last", nullptr);
  ASSERT_TRUE(result) << result.error().text;
  expect_balance(result->load.at(0));
  EXPECT_GT(result->load[0].counters.missed, 0U);
  EXPECT_GE(result->load[0].counters.offered, 200U);
}

}  // namespace
}  // namespace rampart::runner
