#include "sniffer/detect/thresholds.h"

#include <gtest/gtest.h>

#include "packet_builder.h"

namespace rampart::sniffer {
namespace {

using test::at;
using test::ip;
using Type = Threshold::Type;
using Track = Threshold::Track;

std::string run(const Threshold& threshold, const std::vector<double>& times) {
  Thresholds state({1, 2});
  std::string out;
  for (const auto t : times)
    out += state.pass(threshold, 1, ip("10.0.0.1"), ip("10.0.0.2"), at(t)) ? '!' : '.';
  return out;
}

TEST(Thresholds, each_type_counts_in_its_way) {
  const std::vector<double> burst{0, 1, 2, 3, 4, 5, 6};
  EXPECT_EQ(run({Type::limit, Track::by_src, 2, 60}, burst), "!!.....");
  EXPECT_EQ(run({Type::threshold, Track::by_src, 3, 60}, burst), "..!..!.");
  EXPECT_EQ(run({Type::both, Track::by_src, 3, 60}, burst), "..!....");
  EXPECT_EQ(run({Type::detection_filter, Track::by_src, 3, 60}, burst), "...!!!!");
}

TEST(Thresholds, a_window_ends_after_its_seconds) {
  const std::vector<double> times{0, 1, 9.9, 10, 11, 20.5};
  EXPECT_EQ(run({Type::limit, Track::by_src, 1, 10}, times), "!..!.!");
  EXPECT_EQ(run({Type::both, Track::by_src, 2, 10}, times), ".!..!.");
}

TEST(Thresholds, tracks_what_the_rule_says) {
  struct Case {
    Track track;
    const char* expected;
  };
  const Case cases[] = {{Track::by_src, "!.!."},
                        {Track::by_dst, "!!.."},
                        {Track::by_rule, "!..."},
                        {Track::by_both, "!!!."}};
  for (const auto& c : cases) {
    Thresholds state({1, 2});
    std::string out;
    for (const auto& [from, to] : {std::pair("10.0.0.1", "10.0.0.8"),
                                   {"10.0.0.1", "10.0.0.9"},
                                   {"10.0.0.2", "10.0.0.8"},
                                   {"10.0.0.2", "10.0.0.8"}})
      out += state.pass({Type::limit, c.track, 1, 60}, 1, ip(from), ip(to), at(0)) ? '!' : '.';
    EXPECT_EQ(out, c.expected);
  }
}

TEST(Thresholds, rules_do_not_share_counts) {
  Thresholds state({1, 2});
  EXPECT_TRUE(state.pass({Type::limit, Track::by_src, 1, 60}, 1, ip("::1"), ip("::2"), at(0)));
  EXPECT_TRUE(state.pass({Type::limit, Track::by_src, 1, 60}, 2, ip("::1"), ip("::2"), at(0)));
}

TEST(Thresholds, are_bounded) {
  Thresholds state({1, 2}, 64);
  for (std::uint32_t i = 0; i < 1000; ++i)
    state.pass({Type::limit, Track::by_src, 1, 60}, i, ip("::1"), ip("::2"), at(i * 0.001));
  EXPECT_GE(state.displaced(), 1000U - 64U);
}

}  // namespace
}  // namespace rampart::sniffer
