#include "base/inflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <string>

namespace rampart::base {
namespace {

using Bytes = std::vector<std::uint8_t>;

// `window` as deflateInit2() has it: 31 gzip, 15 zlib, -15 plain deflate.
Bytes compressed(std::string text, int window) {
  z_stream z{};
  deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  Bytes out(deflateBound(&z, text.size()) + 64);
  z.next_in = reinterpret_cast<Bytef*>(text.data());
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

TEST(Inflater, reads_each_format_in_pieces_of_any_size) {
  using Format = Inflater::Format;
  const std::string text(50'000, 'a');
  struct Case {
    Format format;
    int window;
  };
  for (const auto& c : {Case{Format::gzip, 31}, Case{Format::deflate, 15},
                        Case{Format::deflate, -15}, Case{Format::plain_deflate, -15}})
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
      const auto bytes = compressed(text, c.window);
      Inflater inflater(c.format);
      Bytes out;
      const std::span<const std::uint8_t> all(bytes);
      for (std::size_t at = 0; at < all.size(); at += step)
        EXPECT_TRUE(
            inflater.feed(all.subspan(at, std::min(step, all.size() - at)), 1U << 20U, out));
      EXPECT_EQ(text_of(out), text) << c.window << " by " << step;
      EXPECT_TRUE(inflater.ended());
    }
}

TEST(Inflater, reads_members_of_gzip_one_after_the_other) {
  auto bytes = compressed("one ", 31);
  const auto second = compressed("two", 31);
  bytes.insert(bytes.end(), second.begin(), second.end());
  Inflater inflater(Inflater::Format::gzip);
  Bytes out;
  EXPECT_TRUE(inflater.feed(bytes, 100, out));
  EXPECT_EQ(text_of(out), "one two");
}

TEST(Inflater, knows_whether_the_data_is_whole) {
  using Format = Inflater::Format;
  const auto bytes = compressed(std::string(5000, 'x') + "end", 31);
  const std::span<const std::uint8_t> all(bytes);
  Inflater inflater(Format::gzip);
  Bytes out;
  EXPECT_FALSE(inflater.ended());
  EXPECT_TRUE(inflater.feed(all.first(all.size() - 1), 1U << 20U, out));
  EXPECT_FALSE(inflater.ended());
  EXPECT_TRUE(inflater.feed(all.last(1), 1U << 20U, out));
  EXPECT_TRUE(inflater.ended());
  EXPECT_TRUE(inflater.feed(all.first(3), 1U << 20U, out));  // another member begins
  EXPECT_FALSE(inflater.ended());
}

TEST(Inflater, plain_deflate_has_no_header) {
  Inflater inflater(Inflater::Format::plain_deflate);
  Bytes out;
  EXPECT_FALSE(inflater.feed(compressed("with zlib's header", 15), 1U << 20U, out));
}

TEST(Inflater, is_bounded_and_says_what_is_damaged) {
  Inflater inflater(Inflater::Format::gzip);
  Bytes out;
  EXPECT_TRUE(inflater.feed(compressed(std::string(1'000'000, 'a'), 31), 1000, out));
  EXPECT_EQ(out.size(), 1000U);

  Inflater damaged(Inflater::Format::gzip);
  auto bytes = compressed("some text of some length", 31);
  bytes[12] = static_cast<std::uint8_t>(bytes[12] ^ 0xFFU);
  bytes[13] = static_cast<std::uint8_t>(bytes[13] ^ 0xFFU);
  out.clear();
  EXPECT_FALSE(damaged.feed(bytes, 1000, out));
  EXPECT_FALSE(damaged.feed(compressed("text", 31), 1000, out)) << "for good";
}

}  // namespace
}  // namespace rampart::base
