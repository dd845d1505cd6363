// A disk that fills up in mid-run: 2 MiB of tmpfs in a mount namespace of its own (needs root).
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "store/reader.h"
#include "tests/loadgen/loop_thread.h"
#include "tests/runner/run_lab.h"
#include "tests/support/deadline.h"

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;

constexpr int kNoPermission = 77;

int complain(int code, const char* what) {
  std::fprintf(stderr, "%s\n", what);
  return code;
}

bool mount_small(const std::string& folder) {
  return unshare(CLONE_NEWNS) == 0 &&
         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=2m") == 0;
}

// Takes what is left.
void fill(const std::string& file) {
  std::ofstream filler(file);
  const std::string block(4096, 'f');
  while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
  }
}

// In the child. 0: all as promised.
int run_on_a_full_disk(const std::string& folder) {
  if (!mount_small(folder)) return kNoPermission;
  testing::TargetThread server;
  const Signals signals;
  const base::SystemClock clock;
  auto options = options_for(folder + "/run.db", signals);
  int calls = 0;
  options.on_progress = [&](const Progress&) {
    if (++calls == 2) fill(folder + "/filler");
  };
  const auto outcome = run(small_plan(server.endpoint(), 200, 5s), options, clock);
  if (!outcome) return complain(2, outcome.error().text.c_str());
  if (calls < 2) return complain(3, "no progress");
  if (outcome->end != model::RunEnd::failed) return complain(4, "not failed");
  if (outcome->warnings.empty() || outcome->warnings[0].find("disk full") == std::string::npos)
    return complain(5, "no warning of a full disk");
  auto reader = store::Reader::open(folder + "/run.db");
  if (!reader) return complain(6, reader.error().text.c_str());
  if (!reader->check()) return complain(7, "the file is damaged");
  const auto evidence = reader->load("last");
  if (!evidence) return complain(8, evidence.error().text.c_str());
  if (evidence->load.empty()) return complain(9, "the first second is missing");
  const auto result = judge(folder + "/run.db", "last", nullptr);
  if (!result) return complain(10, result.error().text.c_str());
  const auto& c = result->load.at(0).counters;
  return c.offered == c.started + c.missed ? 0 : complain(11, "no balance");
}

// As above, but there is room again before the end: nothing is lost.
int run_over_a_full_moment(const std::string& folder) {
  if (!mount_small(folder)) return kNoPermission;
  testing::TargetThread server;
  const Signals signals;
  const base::SystemClock clock;
  auto options = options_for(folder + "/run.db", signals);
  int calls = 0;
  options.on_progress = [&](const Progress&) {
    ++calls;
    if (calls == 1) fill(folder + "/filler");
    if (calls == 3) unlink((folder + "/filler").c_str());
  };
  const auto outcome = run(small_plan(server.endpoint(), 200, 6s), options, clock);
  if (!outcome) return complain(2, outcome.error().text.c_str());
  if (calls < 3) return complain(3, "too little progress");
  if (outcome->end != model::RunEnd::completed) return complain(4, "not completed");
  const auto result = judge(folder + "/run.db", "last", nullptr);
  if (!result) return complain(5, result.error().text.c_str());
  if (result->load.at(0).counters.completed != 1200) return complain(6, "records are missing");
  return result->run.end == model::RunEnd::completed ? 0 : complain(7, "recorded as not completed");
}

void expect_in_child(int (*work)(const std::string&)) {
  const Folder folder;
  std::filesystem::create_directory(folder.file("full"));
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(work(folder.file("full")));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoPermission) GTEST_SKIP() << "needs root to mount a tmpfs";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(DiskFullLive, TheRunGoesOnAndSaysThatItWasNotStored) { expect_in_child(run_on_a_full_disk); }

TEST(DiskFullLive, RecordsWaitUntilThereIsRoomAgain) { expect_in_child(run_over_a_full_moment); }

}  // namespace
}  // namespace rampart::runner
