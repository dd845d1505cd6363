#include "runner/prepare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/clock.h"
#include "tests/support/deadline.h"

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;
using scenarios::Authorisation;

model::Plan plan_for(const std::string& url) {
  model::Plan plan;
  plan.name = "test";
  plan.duration = 10s;
  model::Target target;
  target.name = "web";
  target.url = *model::parse_url(url);
  plan.targets.push_back(target);
  return plan;
}

std::string grant(const std::string& targets) {
  return "owner: Example Ltd\n"
         "contact: ops@example.org\n"
         "targets: [ " +
         targets +
         " ]\n"
         "protocols: [ http1 ]\n"
         "max_rate: 500/s\n"
         "max_connections: 100\n"
         "valid_from: 2020-01-01\n"
         "valid_until: 2099-01-01\n";
}

Authorisation granted(const std::string& targets) {
  auto parsed = Authorisation::parse(grant(targets), "auth.yml", base::SystemClock().wall());
  EXPECT_TRUE(parsed) << parsed.error().text;
  return *parsed;
}

TEST(Prepare, KeepsTheWantedFamily) {
  for (const bool v6 : {false, true}) {
    auto plan = plan_for(v6 ? "http://[::1]:8080/" : "http://127.0.0.1:8080/");
    plan.targets[0].family = v6 ? model::Family::ipv6 : model::Family::ipv4;
    ASSERT_TRUE(prepare(plan, Authorisation::loopback_only()));
    EXPECT_EQ(plan.targets[0].endpoints.size(), 1U);
    plan.targets[0].family = v6 ? model::Family::ipv4 : model::Family::ipv6;
    const auto none = prepare(plan, Authorisation::loopback_only());
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().text.find(v6 ? "has no IPv4 address" : "has no IPv6 address"),
              std::string::npos)
        << none.error().text;
  }
}

TEST(Prepare, PutsIpv4BeforeIpv6ForLocalhost) {
  auto plan = plan_for("http://localhost:8080/");
  const auto done = prepare(plan, Authorisation::loopback_only());
  ASSERT_TRUE(done) << done.error().text;
  const auto& endpoints = plan.targets[0].endpoints;
  ASSERT_FALSE(endpoints.empty());
  EXPECT_TRUE(std::is_partitioned(endpoints.begin(), endpoints.end(),
                                  [](const auto& e) { return !e.address.v6; }));
  for (const auto& endpoint : endpoints) {
    EXPECT_EQ(endpoint.port, 8080);
    EXPECT_TRUE(endpoint.address.is_loopback());
    EXPECT_TRUE(plan.permitted.permits(endpoint.address));
  }
}

TEST(Prepare, RefusesAnAddressThatIsNotAuthorised) {
  for (const auto* url : {"http://192.0.2.1/", "http://[2001:db8::1]:8080/", "http://0.0.0.0/"}) {
    auto plan = plan_for(url);
    const auto done = prepare(plan, Authorisation::loopback_only());
    ASSERT_FALSE(done) << url;
    EXPECT_EQ(done.error().code, base::Errc::permission);
    EXPECT_NE(done.error().text.find(plan.targets[0].url.host), std::string::npos);
    EXPECT_TRUE(plan.targets[0].endpoints.empty());
  }
}

TEST(Prepare, RefusesAScrapedPageLikeATarget) {
  auto plan = plan_for("http://127.0.0.1/");
  model::ScrapeSpec scrape;
  scrape.name = "node";
  scrape.url = *model::parse_url("http://192.0.2.1:9100/metrics");
  plan.scrapes.push_back(scrape);
  const auto done = prepare(plan, Authorisation::loopback_only());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::Errc::permission);
}

TEST(Prepare, AllowsWhatTheFileLists) {
  auto plan = plan_for("http://192.0.2.1/");
  const auto done = prepare(plan, granted("192.0.2.0/28"));
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_EQ(to_string(plan.targets[0].endpoints.at(0)), "192.0.2.1:80");
  EXPECT_EQ(plan.permitted.owner, "Example Ltd");
  EXPECT_TRUE(plan.permitted.permits(base::IpAddress::v4(192, 0, 2, 1)));
  EXPECT_FALSE(plan.permitted.permits(base::IpAddress::v4(192, 0, 2, 99)));
}

TEST(Prepare, ANameThatDoesNotResolveIsNoPermission) {
  auto plan = plan_for("http://no-such-host.invalid/");
  const auto done = prepare(plan, granted("no-such-host.invalid"));
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().code, base::Errc::permission);
  EXPECT_NE(done.error().text.find("no-such-host.invalid"), std::string::npos);
}

}  // namespace
}  // namespace rampart::runner
