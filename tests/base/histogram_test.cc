#include "base/histogram.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace rampart::base {
namespace {

using namespace std::chrono_literals;

TEST(Histogram, EveryCellIsNarrowerThanATenthOfAPercent) {
  for (std::uint64_t v = 1; v < Histogram::kHighest; v = v * 5 / 4 + 1) {
    const auto cell = Histogram::cell_of(v);
    ASSERT_LT(cell, Histogram::kCells);
    ASSERT_LE(Histogram::lowest_in(cell), v);
    ASSERT_GE(Histogram::highest_in(cell), v);
    const auto width = Histogram::highest_in(cell) - Histogram::lowest_in(cell);
    ASSERT_LE(static_cast<double>(width), static_cast<double>(v) * 0.001) << v;
  }
}

TEST(Histogram, CellsAreContiguous) {
  for (std::size_t cell = 1; cell < Histogram::kCells; ++cell)
    ASSERT_EQ(Histogram::highest_in(cell - 1) + 1, Histogram::lowest_in(cell));
}

TEST(Histogram, PercentilesMatchSortedValuesWithinTheBound) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> draw(12, 2);
  Histogram h;
  std::vector<double> values;
  for (int i = 0; i < 100'000; ++i) {
    const auto v = std::min(draw(random), 3.0e12);
    values.push_back(std::floor(v));
    h.record(Nanos(static_cast<std::int64_t>(v)));
  }
  std::sort(values.begin(), values.end());
  for (const double p : {1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(p * 1000 - 1e-6)) - 1;
    const double exact = values[rank];
    EXPECT_NEAR(static_cast<double>(h.at(p).count()), exact, exact * 0.001 + 1) << p;
  }
}

TEST(Histogram, MergeEqualsRecordingTogether) {
  Histogram a, b, both;
  for (int i = 1; i < 1000; ++i) {
    a.record(Nanos(i * 37));
    b.record(Nanos(i * 991'777));
    both.record(Nanos(i * 37));
    both.record(Nanos(i * 991'777));
  }
  a.merge(b);
  EXPECT_EQ(a.count(), both.count());
  EXPECT_TRUE(std::equal(a.cells().begin(), a.cells().end(), both.cells().begin()));
  EXPECT_EQ(a.max(), both.max());
  EXPECT_EQ(a.min(), both.min());
}

TEST(Histogram, ClearLeavesNothing) {
  Histogram h;
  h.record(5ms);
  h.clear();
  EXPECT_TRUE(h.empty());
  EXPECT_EQ(h.at(99), 0ns);
  h.record(3us);
  EXPECT_EQ(h.max(), 3us);
  EXPECT_EQ(h.count(), 1U);
}

TEST(Histogram, ValuesOutsideTheRangeAreCountedAsSaturated) {
  Histogram h;
  h.record(2h);
  h.record(-1s);
  EXPECT_EQ(h.count(), 2U);
  EXPECT_EQ(h.saturated(), 1U);
  EXPECT_EQ(h.min(), 0ns);
}

TEST(HdrCodec, RoundTripKeepsEveryCount) {
  Histogram h;
  for (int i = 0; i < 5000; ++i)
    h.record(Nanos(1LL * i * i * 997), 1 + static_cast<unsigned>(i % 3) * 200);
  const auto back = decode_hdr_v2_compressed(encode_hdr_v2_compressed(h));
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(back->count(), h.count());
  EXPECT_TRUE(std::equal(h.cells().begin(), h.cells().end(), back->cells().begin()));
}

TEST(HdrCodec, EmptyRoundTrip) {
  const auto back = decode_hdr_v2_compressed(encode_hdr_v2_compressed(Histogram{}));
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_TRUE(back->empty());
}

// The header that other HdrHistogram tools expect, byte for byte: cookie, payload length, offset 0,
// 3 digits, lowest 1, highest 3.6e12, ratio 1.0; then one zero run and one count.
TEST(HdrCodec, PayloadIsTheDocumentedOne) {
  Histogram h;
  h.record(Nanos(3), 2);
  const std::string expected(
      "\x1c\x84\x93\x13\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x03"
      "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x03\x46\x30\xb8\xa0\x00"
      "\x3f\xf0\x00\x00\x00\x00\x00\x00\x05\x04",
      42);
  EXPECT_EQ(encode_hdr_v2(h), expected);
}

TEST(HdrCodec, DamagedPayloadsAreErrors) {
  Histogram h;
  h.record(5ms);
  const auto good = encode_hdr_v2_compressed(h);
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(decode_hdr_v2_compressed(good.substr(0, length))) << length;
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x55);
    static_cast<void>(decode_hdr_v2_compressed(bad).has_value());  // any answer but a crash
  }
}

}  // namespace
}  // namespace rampart::base
