#include "net/resolver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "tests/support/deadline.h"

namespace rampart::net {
namespace {

using namespace std::chrono_literals;

TEST(Resolver, LiteralsNeedNoQuery) {
  for (const auto* text : {"127.0.0.1", "::1", "203.0.113.9"}) {
    const auto found = resolve(text, 0ns);  // no time for a query
    ASSERT_TRUE(found) << found.error().text;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(base::to_string((*found)[0]), text);
  }
}

TEST(Resolver, KnowsLocalhost) {
  const auto found = resolve("localhost", 10s);
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_TRUE(std::all_of(found->begin(), found->end(), [](auto& a) { return a.is_loopback(); }));
  auto sorted = *found;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(std::unique(sorted.begin(), sorted.end()), sorted.end()) << "an address twice";
}

TEST(Resolver, NamesThatCannotBe) {
  using namespace std::string_literals;
  for (const auto& name : {""s, "local\0host"s, "a..b"s, std::string(300, 'a'), "bad name"s}) {
    const auto found = resolve(name, 10s);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, base::Errc::not_found) << found.error().text;
  }
}

// With or without a network: an error that names the host, within the time that was given.
TEST(Resolver, AnUnknownNameIsAnErrorInTime) {
  const base::SystemClock clock;
  const auto began = clock.mono();
  const auto found = resolve("no-such-host.invalid", 2s);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().text.find("no-such-host.invalid"), std::string::npos);
  EXPECT_LT(clock.mono() - began, 3s);
}

TEST(Resolver, GivesUpInTimeAndLeavesNothingBehind) {
  const auto found = resolve("slow.invalid", 0ns);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().text.find("slow.invalid"), std::string::npos);
}

}  // namespace
}  // namespace rampart::net
