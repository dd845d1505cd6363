#include "exporter/modules.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace rampart::exporter {
namespace {

using namespace std::chrono_literals;

struct Source final : ModuleSource {
  base::Result<model::BlackboxConfig> read() override {
    if (!broken.empty()) return base::fail(base::Errc::config, broken);
    model::BlackboxConfig out;
    out.masked = text;
    return out;
  }
  std::string text = "one";
  std::string broken;
};

TEST(Modules, ABrokenReloadLeavesThemInUse) {
  testing::FakeClock clock;
  Source source;
  Modules modules(source, clock);
  EXPECT_EQ(modules.config(), nullptr);
  ASSERT_TRUE(modules.reload());
  const auto first = modules.config();
  const auto then = modules.loaded();
  EXPECT_EQ(then, clock.wall());
  clock.advance(10s);
  source.broken = "f:1:2: no";
  EXPECT_FALSE(modules.reload());
  EXPECT_EQ(modules.config(), first);
  EXPECT_EQ(modules.loaded(), then);
  EXPECT_EQ(modules.complaint(), "f:1:2: no");
  source.broken.clear();
  source.text = "two";
  ASSERT_TRUE(modules.reload());
  EXPECT_EQ(modules.complaint(), "");
  EXPECT_EQ(modules.loaded(), clock.wall());
  EXPECT_EQ(modules.config()->masked, "two");
  EXPECT_EQ(first->masked, "one");  // whoever uses it still can
}

}  // namespace
}  // namespace rampart::exporter
