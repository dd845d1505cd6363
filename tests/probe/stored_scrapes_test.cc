#include "probe/stored_scrapes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rampart::probe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

class StoredScrapesTest : public testing::Test {
 public:
  StoredScrapes scrapes{5};

  // What is gone at `second`, when these are there.
  std::vector<std::string> gone(int second, const std::vector<std::string>& there) {
    std::vector<model::SeriesSample> samples;
    for (const auto& series : there) samples.push_back({series, 1});
    scrapes.apply(base::MonoTime(second * 1s), samples);
    std::vector<std::string> out;
    for (const auto& sample : samples)
      if (sample.gone) out.push_back(sample.series);
    return out;
  }
};

const std::string kUpA = R"(up{instance="a",job="web"})";
const std::string kUpB = R"(up{instance="b",job="web"})";
const std::string kLoadA = R"(node_load1{instance="a",job="web"})";
const std::string kLoadB = R"(node_load1{instance="b",job="web"})";

TEST_F(StoredScrapesTest, ASeriesIsGoneWithTheNextScrapeOfItsPage) {
  EXPECT_THAT(gone(0, {kUpA, kLoadA}), IsEmpty());
  EXPECT_THAT(gone(1, {kUpB, kLoadB}), IsEmpty()) << "another page's scrape";
  EXPECT_THAT(gone(2, {}), IsEmpty()) << "no scrape";
  EXPECT_THAT(gone(15, {kUpA}), ElementsAre(kLoadA));
  EXPECT_THAT(gone(16, {kUpB, kLoadB}), IsEmpty());
  EXPECT_THAT(gone(30, {kUpA, kLoadA}), IsEmpty());
}

TEST_F(StoredScrapesTest, WhatIsStoredAtOtherTimesIsNotGone) {
  gone(0, {kUpA});
  gone(1, {kLoadA, "job:requests:rate1m"});
  EXPECT_THAT(gone(15, {kUpA}), IsEmpty());
}

// A series with times of its own that once falls into the same point as the scrape.
TEST_F(StoredScrapesTest, WhatWasStoredSinceTheLastScrapeIsThere) {
  gone(0, {kUpA, kLoadA});
  gone(14, {kLoadA});
  EXPECT_THAT(gone(15, {kUpA}), IsEmpty());
  EXPECT_THAT(gone(30, {kUpA, kLoadA}), IsEmpty());
  EXPECT_THAT(gone(45, {kUpA}), ElementsAre(kLoadA));
}

TEST_F(StoredScrapesTest, APageThatIsScrapedNoMoreIsGoneAfterFiveMinutes) {
  gone(0, {kUpA, kLoadA});
  EXPECT_THAT(gone(300, {kUpB}), IsEmpty());
  EXPECT_THAT(gone(301, {kUpB}), ElementsAre(kLoadA, kUpA));
  EXPECT_THAT(gone(302, {kUpB}), IsEmpty());
}

TEST_F(StoredScrapesTest, RemembersNoMoreNamesThanItMay) {
  gone(0, {kUpA, kLoadA, R"(x{instance="a",job="web"})"});
  gone(1, {kUpB, kLoadB, R"(x{instance="b",job="web"})"});  // six in all
  EXPECT_THAT(gone(2, {kUpA}).size(), 2U);
  EXPECT_THAT(gone(3, {kUpB}), IsEmpty());
}

TEST_F(StoredScrapesTest, Undo) {
  gone(0, {kUpA, kLoadA});
  EXPECT_THAT(gone(15, {kUpA, kUpB}), ElementsAre(kLoadA));
  scrapes.undo();
  EXPECT_THAT(gone(15, {kUpA, kUpB}), ElementsAre(kLoadA));
  EXPECT_THAT(gone(30, {kUpA, kUpB}), IsEmpty());
}

}  // namespace
}  // namespace rampart::probe
