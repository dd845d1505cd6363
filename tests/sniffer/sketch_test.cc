// The counters of bounded memory: distinct.h, heavy_hitters.h, service_filter.h.
#include <gtest/gtest.h>

#include <cmath>

#include "sniffer/behaviour/distinct.h"
#include "sniffer/behaviour/heavy_hitters.h"
#include "sniffer/behaviour/service_filter.h"
#include "sniffer/flow/siphash.h"

namespace rampart::sniffer::behaviour {
namespace {

std::uint64_t hash(std::uint64_t i) {
  SipHash sip({1, 2});
  sip.add(i);
  return sip.finish();
}

TEST(DistinctCounter, is_within_a_few_percent_up_to_ten_million) {
  DistinctCounter counter;
  std::uint64_t next = 0;
  for (const std::uint64_t count : {1U, 10U, 100U, 1000U, 20'000U, 1'000'000U, 10'000'000U}) {
    for (; next < count; ++next) counter.add(hash(next));
    const auto wanted = static_cast<double>(count);
    EXPECT_NEAR(counter.count(), wanted, std::max(0.5, 0.12 * wanted));
  }
  for (std::uint64_t i = 0; i < 1000; ++i) counter.add(hash(i));  // again
  EXPECT_NEAR(counter.count(), 1e7, 1.2e6);
  counter.clear();
  EXPECT_EQ(counter.count(), 0);
}

TEST(BitmapSet, is_nearly_exact_for_few_and_a_set) {
  using Set = BitmapSet<512>;
  Set a, b, without;
  for (std::uint64_t i = 0; i < 40; ++i) a.add(hash(i));
  EXPECT_NEAR(a.count(), 40, 4);
  for (std::uint64_t i = 20; i < 60; ++i) b.add(hash(i));
  for (std::uint64_t i = 0; i < 50; ++i) without.add(hash(i));
  EXPECT_NEAR(Set::count_of(a, b, without), 10, 4);
  EXPECT_EQ(Set::count_of(a, a, a), 0) << "what was taken away is gone, collisions or not";
  for (std::uint64_t i = 0; i < 100'000; ++i) a.add(hash(i));
  EXPECT_TRUE(std::isfinite(a.count()));
  EXPECT_GT(a.count(), 2000);
}

TEST(HeavyHitters, finds_the_frequent_among_very_many) {
  HeavyHitters<std::uint64_t, 64> hitters;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    hitters.add(i + 1000, hash(i + 1000));
    if (i % 20 == 0) hitters.add(7, hash(7));
    if (i % 30 == 0) hitters.add(8, hash(8));
  }
  std::array<HeavyHitters<std::uint64_t, 64>::Hitter, 4> top;
  ASSERT_EQ(hitters.top(top), 4U);
  EXPECT_EQ(top[0].thing, 7U);
  EXPECT_EQ(top[1].thing, 8U);
  // Certain counts are never too high.
  EXPECT_LE(top[0].count, 50'000U);
  EXPECT_GT(top[0].count, 25'000U);
  EXPECT_LT(static_cast<double>(top[2].count), 0.01 * static_cast<double>(hitters.total()));
}

TEST(HeavyHitters, is_exact_while_there_is_room) {
  HeavyHitters<int, 8> hitters;
  for (int i = 1; i <= 8; ++i)
    for (int k = 0; k < i; ++k) hitters.add(i, hash(static_cast<std::uint64_t>(i)));
  hitters.credit(8, hash(8));
  hitters.credit(99, hash(99));
  EXPECT_EQ(hitters.credits(), 1U) << "only what is in the list is credited";
  std::array<HeavyHitters<int, 8>::Hitter, 8> top;
  ASSERT_EQ(hitters.top(top), 8U);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(top[i].thing, 8 - static_cast<int>(i));
    EXPECT_EQ(top[i].count, 8 - i);
  }
  EXPECT_EQ(top[0].good, 1U);
  EXPECT_EQ(hitters.total(), 36U);
}

TEST(HeavyHitters, what_is_forgiven_is_in_no_count) {
  HeavyHitters<int, 2> hitters;
  for (int k = 0; k < 5; ++k) hitters.add(1, hash(1));
  hitters.add(2, hash(2));
  for (int k = 0; k < 3; ++k) hitters.forgive(2, hash(2));
  hitters.forgive(1, hash(1));
  hitters.forgive(99, hash(99));
  EXPECT_EQ(hitters.total(), 4U) << "no more is forgiven than was done";
  EXPECT_EQ(hitters.most(), 4U);
  EXPECT_EQ(hitters.forgiven(), 1U);
  EXPECT_EQ(hitters.of(2, hash(2)).count, 0U);
  EXPECT_EQ(hitters.of(2, hash(2)).good, 3U);
  EXPECT_EQ(hitters.of(99, hash(99)).count, 0U);
  hitters.add(2, hash(2));
  EXPECT_EQ(hitters.of(2, hash(2)).count, 1U);
  EXPECT_EQ(hitters.forgiven(), 0U);
  hitters.add(3, hash(3));  // takes the place of the second
  EXPECT_EQ(hitters.of(3, hash(3)).count, 1U);
  EXPECT_EQ(hitters.of(3, hash(3)).good, 0U);
}

TEST(HeavyHitters, things_of_one_hash_are_not_mixed_up) {
  HeavyHitters<int, 4> hitters;
  hitters.add(1, 5);
  hitters.add(2, 5);
  hitters.add(2, 5);
  std::array<HeavyHitters<int, 4>::Hitter, 2> top;
  ASSERT_EQ(hitters.top(top), 2U);
  EXPECT_EQ(top[0].thing, 2);
  EXPECT_EQ(top[0].count, 2U);
}

TEST(ServiceFilter, knows_ten_thousand_and_forgets) {
  ServiceFilter filter;
  for (std::uint64_t i = 0; i < 10'000; ++i) filter.add(hash(i));
  int wrong = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(filter.has(hash(i)));
    if (filter.has(hash(i + 1'000'000))) ++wrong;
  }
  EXPECT_LT(wrong, 100);
  for (int second = 0; second < 600; ++second) filter.tick();
  EXPECT_TRUE(filter.has(hash(5)));
  for (int second = 0; second < 600; ++second) filter.tick();
  EXPECT_FALSE(filter.has(hash(5)));
}

}  // namespace
}  // namespace rampart::sniffer::behaviour
