#include "probe/staleness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace rampart::probe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

model::ScrapeResult scraped(const std::vector<std::string>& series, bool up = true) {
  model::ScrapeResult result;
  result.up = up;
  for (const auto& name : series) result.samples.push_back({name, 1});
  return result;
}

// "a" is there, "-a" is gone.
std::vector<std::string> after(Staleness& staleness, model::ScrapeResult result) {
  staleness.apply(result);
  std::vector<std::string> out;
  for (const auto& sample : result.samples) {
    EXPECT_EQ(sample.gone, std::isnan(sample.value));
    out.push_back((sample.gone ? "-" : "") + sample.series);
  }
  return out;
}

TEST(Staleness, TellsWhatLeftThePageOnce) {
  Staleness staleness;
  EXPECT_THAT(after(staleness, scraped({"a", "b", "c"})), ElementsAre("a", "b", "c"));
  EXPECT_THAT(after(staleness, scraped({"b", "d"})), ElementsAre("b", "d", "-a", "-c"));
  EXPECT_THAT(after(staleness, scraped({"b", "d"})), ElementsAre("b", "d"));
  EXPECT_THAT(after(staleness, scraped({"a"})), ElementsAre("a", "-b", "-d"));
}

TEST(Staleness, AFailureTakesAll) {
  Staleness staleness;
  EXPECT_THAT(after(staleness, scraped({"a", "b"})), ElementsAre("a", "b"));
  EXPECT_THAT(after(staleness, scraped({"a"}, false)), ElementsAre("-a", "-b"));
  EXPECT_THAT(after(staleness, scraped({}, false)), IsEmpty());
  EXPECT_THAT(after(staleness, scraped({"b"})), ElementsAre("b"));
}

// The result was lost: the next one tells what is gone since the last that was not.
TEST(Staleness, Undo) {
  Staleness staleness;
  after(staleness, scraped({"a", "b"}));
  after(staleness, scraped({"a"}));
  staleness.undo();
  EXPECT_THAT(after(staleness, scraped({"a"})), ElementsAre("a", "-b"));
}

}  // namespace
}  // namespace rampart::probe
