#include "base/gzip.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/inflate.h"

namespace rampart::base {
namespace {

std::string unpacked(const std::string& packed) {
  Inflater inflater(Inflater::Format::gzip);
  std::vector<std::uint8_t> out;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(packed.data());
  EXPECT_TRUE(inflater.feed({bytes, packed.size()}, std::size_t{64} << 20, out));
  return {out.begin(), out.end()};
}

TEST(Gzip, GivesBackWhatItTook) {
  std::string noise;
  for (unsigned i = 0, x = 1; i < 100'000; ++i)
    noise += static_cast<char>((x = x * 69069 + 1) >> 24);
  std::vector<std::string> texts{std::string(), "a", std::string(1 << 20, 'x'), noise};
  // Around what each size of the window holds, that nothing makes smaller.
  for (std::size_t size = 256; size < noise.size(); size *= 2)
    for (const std::size_t more : {0, 1, 249, 250, 251})
      texts.push_back(noise.substr(0, size - more));
  for (const auto& text : texts) {
    const auto packed = gzip(text);
    EXPECT_TRUE(packed.starts_with("\x1f\x8b"));
    EXPECT_EQ(unpacked(packed), text);
  }
  EXPECT_LT(gzip(std::string(1 << 20, 'x')).size(), 10'000U);
}

TEST(Gzip, IsKnownByItsFirstBytes) {
  EXPECT_TRUE(is_gzip(gzip("")));
  for (const auto* other : {"", "\x1f", "alert", "\xd4\xc3\xb2\xa1"}) EXPECT_FALSE(is_gzip(other));
}

}  // namespace
}  // namespace rampart::base
