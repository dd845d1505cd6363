// A host name that resolves to addresses beyond loopback: an /etc/hosts of its own in a mount
// namespace (needs root). Nothing is connected to.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "tests/runner/run_lab.h"
#include "tests/support/deadline.h"

namespace rampart::runner {
namespace {

using scenarios::Authorisation;

constexpr int kNoPermission = 77;

bool use_hosts(const std::string& file) {
  std::ofstream(file) << "127.0.0.1 localhost\n"
                         "192.0.2.7 shop.example.org\n"
                         "2001:db8::7 shop.example.org\n";
  return unshare(CLONE_NEWNS) == 0 &&
         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount(file.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) == 0;
}

model::Plan plan_for_shop() {
  model::Plan plan;
  plan.duration = std::chrono::seconds(10);
  model::Target target;
  target.name = "shop";
  target.url = {"http", "shop.example.org", 8080, "/"};
  plan.targets.push_back(target);
  return plan;
}

// In the child. 0: all as promised.
int prepare_with_hosts(const std::string& file) {
  if (!use_hosts(file)) return kNoPermission;
  const auto granted = Authorisation::parse(
      "owner: Example Ltd\ncontact: ops@example.org\ntargets: [ shop.example.org ]\n"
      "protocols: [ http1 ]\nmax_rate: 500/s\nmax_connections: 100\n"
      "valid_from: 2020-01-01\nvalid_until: 2099-01-01\n",
      "auth.yml", base::SystemClock().wall());
  if (!granted) return 2;
  auto plan = plan_for_shop();
  if (const auto done = prepare(plan, *granted); !done) {
    std::fprintf(stderr, "%s\n", done.error().text.c_str());
    return 3;
  }
  std::string endpoints;
  for (const auto& endpoint : plan.targets[0].endpoints) endpoints += to_string(endpoint) + " ";
  if (endpoints != "192.0.2.7:8080 [2001:db8::7]:8080 ") {
    std::fprintf(stderr, "%s\n", endpoints.c_str());
    return 4;
  }
  // Those two addresses and no others.
  std::string networks;
  for (const auto& network : plan.permitted.networks) networks += to_string(network) + " ";
  if (networks.find("192.0.2.7/32 ") == std::string::npos ||
      networks.find("2001:db8::7/128 ") == std::string::npos)
    return 5;
  if (plan.permitted.permits(base::IpAddress::v4(192, 0, 2, 8))) return 6;
  auto alone = plan_for_shop();
  const auto refused = prepare(alone, Authorisation::loopback_only());
  return !refused && refused.error().code == base::Errc::permission ? 0 : 7;
}

TEST(PrepareLive, AListedHostPermitsItsAddressesAndNoOthers) {
  const Folder folder;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(prepare_with_hosts(folder.file("hosts")));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoPermission) GTEST_SKIP() << "needs root for a mount namespace";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace rampart::runner
