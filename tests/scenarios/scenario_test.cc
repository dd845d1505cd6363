#include "scenarios/scenario.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "parse.h"
#include "scenarios/authorisation.h"

namespace rampart::scenarios {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const std::string kLibrary = RAMPART_SOURCE_DIR "/scenarios/library";

TEST(Scenario, TopLevel) {
  const auto text = "duration: 3s\n" + with_target("probes: [ { name: p } ]\n");
  const auto parsed = parse(text, {}, "dir/evening.yml");
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  EXPECT_EQ(parsed.plan->name, "evening");
  EXPECT_EQ(parsed.plan->path, "dir/evening.yml");
  EXPECT_EQ(parsed.plan->text, text);
  EXPECT_EQ(parsed.plan->workers, 4U);
  EXPECT_EQ(parsed.plan->seed, 7U);
  EXPECT_EQ(parsed.plan->duration, 3s);
  const auto own = parse("name: night\nworkers: 2\nseed: 0\n" + text);
  ASSERT_TRUE(own.plan) << to_text(own.errors);
  EXPECT_EQ(own.plan->name, "night");
  EXPECT_EQ(own.plan->workers, 2U);
  EXPECT_EQ(own.plan->seed, 0U);
}

TEST(Scenario, NothingToDoAndNoEnd) {
  EXPECT_EQ(errors_of("name: x\n"),
            "t.yml:1:1: nothing to do: add load:, probes:, scrape:, prometheus: or sniff:");
  EXPECT_EQ(errors_of(with_target("probes: [ { name: p } ]\n")),
            "t.yml:1:1: nothing says how long: add duration: 1m");
}

TEST(Scenario, FilesThatCannotBeRead) {
  const auto missing = load_scenario(kLibrary + "/none.yml", {}, {});
  EXPECT_FALSE(missing.plan);
  EXPECT_EQ(to_text(missing.errors), kLibrary + "/none.yml: no such file");
  EXPECT_EQ(to_text(load_scenario(kLibrary, {}, {}).errors), kLibrary + ": is a folder");
  const auto large = fs::path(testing::TempDir()) / "rampart_large.yml";
  std::ofstream(large) << std::string((1 << 20) + 1, '#');
  EXPECT_EQ(to_text(load_scenario(large, {}, {}).errors), large.string() + ": larger than 1 MiB");
  fs::remove(large);
}

TEST(Scenario, TheExampleOfTheDocumentationIsGood) {
  const auto text = file_text(RAMPART_SOURCE_DIR "/docs/scenario.md");
  const auto from = text.find("```yaml\n") + 8;
  auto example = text.substr(from, text.find("```\n", from) - from);
  const auto ca = example.find("certs/ca.pem");
  ASSERT_NE(ca, std::string::npos);
  example.replace(ca, 12, "quick.yml   ");
  const auto parsed = parse(example, {}, kLibrary + "/t.yml");
  EXPECT_TRUE(parsed.plan) << to_text(parsed.errors);
}

TEST(Scenario, EveryShippedOneIsGoodAndStaysOnLoopback) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(kLibrary)) {
    const auto& path = entry.path();
    if (path.extension() != ".yml" || path.filename() == "authorization.example.yml") continue;
    ++count;
    const auto parsed = load_scenario(path, {}, {.workers = 2});
    ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
    EXPECT_EQ(parsed.plan->name, path.stem());
    const auto allowed = Authorisation::loopback_only().check(*parsed.plan);
    EXPECT_TRUE(allowed) << allowed.error().text;
  }
  EXPECT_EQ(count, 10);
}

TEST(Scenario, TheDemoGoesPastItsTargetsCapacityAndBack) {
  const std::vector<std::string> url{"targets.web.url=http://127.0.0.1:4000/"};
  const auto parsed = load_scenario(kLibrary + "/demo.yml", url, {});
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  EXPECT_EQ(parsed.plan->duration, 40s);
  EXPECT_EQ(parsed.plan->targets[0].url.port, 4000);
  double peak = 0;
  int calm = 0;  // stages that hold the whole of the hang
  base::Nanos at{0};
  for (const auto& stage : parsed.plan->loads[0].arrival.stages) {
    peak = std::max(peak, stage.to.per_second);
    if (at < 27s && at + stage.over >= 31s) {
      EXPECT_LT(stage.from.per_second, 400);
      ++calm;
    }
    at += stage.over;
  }
  EXPECT_DOUBLE_EQ(peak, 700);
  EXPECT_EQ(calm, 1);
}

}  // namespace
}  // namespace rampart::scenarios
