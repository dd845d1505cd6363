// A file system that is really full: 1 MiB of tmpfs in a mount namespace of its own (needs root).
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "store/reader.h"
#include "store/writer.h"
#include "tests/store/scratch.h"

namespace rampart::store {
namespace {

constexpr int kNoPermission = 77;

int complain(const char* what, const base::Status& status) {
  std::fprintf(stderr, "%s: %s\n", what, status ? "no error" : status.error().text.c_str());
  return 1;
}

// In the child. 0: all as promised.
int fill_and_retry(const std::string& folder) {
  if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") != 0)
    return kNoPermission;
  const auto path = folder + "/run.db";
  auto writer = Writer::open(path);
  if (!writer || !writer->begin(run_named("a"), two_loads())) return 2;
  if (!writer->add(model::ClockAnchor{mono_at(0), wall_at(0)}) || !writer->commit()) return 3;
  std::ofstream(folder + "/filler") << std::string(400'000, 'f');
  model::ProbeResult probe;
  probe.detail = std::string(4000, 'd');
  std::size_t committed = 0;
  base::Status status;
  for (; committed < 1000; ++committed) {
    if (!writer->add(probe)) return 4;
    status = writer->commit();
    if (!status) break;
  }
  if (status || status.error().code != base::Errc::io ||
      status.error().text.find("disk full") == std::string::npos)
    return complain("expected a full disk", status);
  auto reader = Reader::open(path);
  if (!reader || !reader->check() || reader->load("a")->probes.size() != committed) return 5;
  if (unlink((folder + "/filler").c_str()) != 0) return 6;
  status = writer->commit();
  if (!status) return complain("retry", status);
  return reader->load("a")->probes.size() == committed + 1 ? 0 : 7;
}

TEST(DiskFullLive, IsSaidAndSurvived) {
  Scratch scratch;
  std::filesystem::create_directory(scratch.file("full"));
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(fill_and_retry(scratch.file("full")));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoPermission) GTEST_SKIP() << "needs root to mount a tmpfs";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace rampart::store
