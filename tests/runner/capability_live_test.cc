// Capabilities during a run, in a network namespace of its own (needs root).
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <thread>
#include <vector>

#include "runner/capability.h"
#include "store/reader.h"
#include "store/writer.h"
#include "tests/runner/run_lab.h"

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;

// On a thread that ends with the body: capabilities and namespaces are a thread's own.
void in_namespace(const std::function<void()>& body) {
  std::thread([&] {
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    request.ifr_name[0] = 'l';
    request.ifr_name[1] = 'o';
    request.ifr_flags = IFF_UP;
    ASSERT_EQ(ioctl(fd, SIOCSIFFLAGS, &request), 0);
    close(fd);
    body();
  }).join();
}

std::set<std::string> threads() {
  std::set<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    out.insert(entry.path().filename());
  return out;
}

// The capabilities in any set of the thread that it could still use, or give to a program.
std::uint64_t held(const std::string& thread) {
  std::ifstream status("/proc/self/task/" + thread + "/status");
  std::uint64_t out = 0;
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("Cap")) continue;
    std::uint64_t bits = 0;
    const auto at = line.find('\t') + 1;
    std::from_chars(line.data() + at, line.data() + line.size(), bits, 16);
    out |= bits;
  }
  return out;
}

constexpr std::uint64_t kFileAccess = std::uint64_t{1} << CAP_DAC_OVERRIDE | std::uint64_t{1}
                                                                                 << CAP_CHOWN;

// Watches loopback and pings it.
model::Plan pinging_plan() {
  model::Plan plan;
  plan.name = "ping";
  plan.duration = 1500ms;
  plan.targets.push_back(
      {.name = "self", .url = {"icmp", "127.0.0.1", 0, "/"}, .tls = {}, .endpoints = {}});
  model::ProbeSpec probe;
  probe.name = "ping";
  probe.module.kind = model::ProbeModule::Kind::icmp;
  probe.interval = 100ms;
  probe.timeout = 90ms;
  plan.probes.push_back(probe);
  plan.sniff.emplace();
  plan.sniff->interface = "lo";
  const auto prepared = prepare(plan, scenarios::Authorisation::loopback_only());
  EXPECT_TRUE(prepared) << prepared.error().text;
  return plan;
}

TEST(CapabilityLive, IsGoneFromEveryThreadOnceTheSocketsAreOpen) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const Folder folder;
  const Signals signals;
  std::thread([] {}).join();  // a sanitizer starts a thread of its own with the first one
  const auto before = threads();
  std::set<std::string> seen;
  std::set<std::string> holders;
  in_namespace([&] {
    auto options = options_for(folder.file(), signals);
    options.on_progress = [&](const Progress&) {
      for (const auto& thread : threads()) {
        if (before.contains(thread)) continue;  // not the run's
        seen.insert(thread);
        if ((held(thread) & ~kFileAccess) != 0) holders.insert(thread);
      }
    };
    // Where ping sockets are closed to all, as a new namespace has them, only the raw one is left.
    const auto outcome = run(pinging_plan(), options, base::SystemClock());
    ASSERT_TRUE(outcome) << outcome.error().text;
  });
  EXPECT_GE(seen.size(), 4U);  // main, collector, capture, probe
  EXPECT_TRUE(holders.empty()) << holders.size() << " of " << seen.size() << " threads hold some";

  model::Evidence evidence;
  const auto result = judge(folder.file(), "last", &evidence);
  ASSERT_TRUE(result) << result.error().text;
  EXPECT_GE(evidence.probes.size(), 10U);
  for (const auto& probe : evidence.probes) EXPECT_TRUE(probe.success) << probe.detail;
  std::uint64_t packets = 0;
  for (const auto& second : evidence.wire) packets += second.packets;
  EXPECT_GE(packets, 2 * evidence.probes.size());
}

constexpr uid_t kNobody = 65534;

// Of a database and of what SQLite keeps beside it while somebody has it open.
std::vector<uid_t> owners(const std::string& database) {
  std::vector<uid_t> out;
  for (const auto* end : {"", "-wal", "-shm"}) {
    struct stat file{};
    EXPECT_EQ(stat((database + end).c_str(), &file), 0) << end;
    out.push_back(file.st_uid);
  }
  return out;
}

TEST(CapabilityLive, ADatabaseOfAnotherUserStaysTheirs) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const Folder folder;
  const auto file = folder.file();
  ASSERT_TRUE(store::Writer::open(file));
  ASSERT_EQ(chown(file.c_str(), kNobody, kNobody), 0);
  const std::vector<uid_t> theirs(3, kNobody);
  const Signals signals;
  bool looked = false;
  in_namespace([&] {
    auto options = options_for(file, signals);
    options.on_progress = [&](const Progress&) {
      looked = true;
      EXPECT_EQ(owners(file), theirs);
    };
    const auto outcome = run(pinging_plan(), options, base::SystemClock());
    ASSERT_TRUE(outcome) << outcome.error().text;
    // Judging and keeping the result open it once more.
    auto reader = store::Reader::open(file);
    ASSERT_TRUE(reader) << reader.error().text;
    ASSERT_TRUE(reader->load("last"));
    EXPECT_EQ(owners(file), theirs);
  });
  EXPECT_TRUE(looked);
}

TEST(CapabilityLive, MayBeDroppedTwice) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  in_namespace([] {
    const auto self = std::to_string(gettid());
    for (const auto keep : {Keep::file_access, Keep::file_access, Keep::nothing}) {
      const auto dropped = drop_capabilities(keep);
      ASSERT_TRUE(dropped) << dropped.error().text;
      EXPECT_EQ(socket(AF_PACKET, SOCK_RAW, 0), -1);
      EXPECT_EQ(errno, EPERM);
      // Without CAP_SETPCAP the bounding set stays as the first call left it.
      EXPECT_EQ(held(self), kFileAccess);
      EXPECT_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    }
  });
}

TEST(CapabilityLive, NothingIsLeftWhereNothingIsKept) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  in_namespace([] {
    ASSERT_TRUE(drop_capabilities(Keep::nothing));
    EXPECT_EQ(held(std::to_string(gettid())), 0U);
    EXPECT_TRUE(drop_capabilities(Keep::nothing)) << "nothing is left to do";
  });
}

}  // namespace
}  // namespace rampart::runner
