#include "probe/module/body_reader.h"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>

namespace rampart::probe {
namespace {

using Fault = BodyReader::Fault;

std::string deflated(std::string text, int window) {
  z_stream z{};
  deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(text.data());
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string packed(const std::string& compression, const std::string& text) {
  constexpr int kGzip = 31, kPlain = -15;
  if (compression == "gzip") return deflated(text, kGzip);
  if (compression == "deflate") return deflated(text, kPlain);
  if (compression != "br") return text;
  std::size_t size = BrotliEncoderMaxCompressedSize(text.size());
  std::string out(size, '\0');
  BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, text.size(),
                        reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                        reinterpret_cast<std::uint8_t*>(out.data()));
  out.resize(size);
  return out;
}

void feed(BodyReader& reader, std::string_view bytes, std::size_t step) {
  while (!bytes.empty() && reader.take(bytes.substr(0, step)))
    bytes.remove_prefix(std::min(step, bytes.size()));
}

constexpr std::size_t kAll = 1 << 30;
const std::vector<std::string> kCompressions{"gzip", "deflate", "br", "identity", ""};

TEST(BodyReader, ReadsEachCompressionInPiecesOfAnySize) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::to_string(i);
  for (const auto& compression : kCompressions)
    for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, kAll}) {
      const auto bytes = packed(compression, text);
      BodyReader reader({.compression = compression, .keep = true});
      feed(reader, bytes, step);
      EXPECT_EQ(reader.fault(), Fault::none) << compression << step;
      EXPECT_EQ(reader.kept(), text) << compression;
      EXPECT_EQ(reader.length(), text.size());
      EXPECT_EQ(reader.received(), bytes.size());
    }
}

TEST(BodyReader, TheLimitCountsAfterDecompression) {
  const std::string text(1000, 'a');
  for (const auto& compression : kCompressions)
    for (const std::size_t step : {std::size_t{1}, kAll}) {
      BodyReader exact({.compression = compression, .limit = 1000});
      feed(exact, packed(compression, text), step);
      EXPECT_EQ(exact.fault(), Fault::none) << compression;
      BodyReader less({.compression = compression, .limit = 999});
      feed(less, packed(compression, text), step);
      EXPECT_EQ(less.fault(), Fault::over_limit) << compression;
      EXPECT_EQ(less.length(), 999U);
    }
}

TEST(BodyReader, TellsCutFromDamaged) {
  for (const auto& compression : {"gzip", "deflate", "br"}) {
    const auto whole = packed(compression, std::string(5000, 'x') + "end");
    BodyReader cut({.compression = compression});
    feed(cut, std::string_view(whole).substr(0, whole.size() - 3), kAll);
    EXPECT_EQ(cut.fault(), Fault::cut) << compression;
    BodyReader nothing({.compression = compression});
    EXPECT_EQ(nothing.fault(), Fault::cut) << compression;
    BodyReader damaged({.compression = compression});
    feed(damaged, "\xFF\xFF\xFF\xFF", kAll);
    EXPECT_EQ(damaged.fault(), Fault::damaged) << compression;
    EXPECT_FALSE(damaged.take("more"));
  }
}

TEST(BodyReader, KnowsWhatDoesNotBeginAsGzip) {
  BodyReader plain({.compression = "gzip"});
  feed(plain, "plain text", kAll);
  EXPECT_TRUE(plain.unlike_gzip());
  BodyReader cut({.compression = "gzip"});
  const auto whole = packed("gzip", std::string(5000, 'x'));
  feed(cut, std::string_view(whole).substr(0, whole.size() - 3), kAll);
  EXPECT_FALSE(cut.unlike_gzip());
}

// Memory is bounded: a small body that expands without end is counted, not kept.
TEST(BodyReader, KeepsNoMoreThanItSays) {
  const std::string text(3 * BodyReader::kKept, 'a');
  for (const auto& compression : kCompressions) {
    BodyReader reader({.compression = compression, .keep = true});
    feed(reader, packed(compression, text), kAll);
    EXPECT_EQ(reader.kept().size(), BodyReader::kKept) << compression;
    EXPECT_EQ(reader.length(), text.size());
    BodyReader unkept({.compression = compression});
    feed(unkept, packed(compression, text), kAll);
    EXPECT_TRUE(unkept.kept().empty());
  }
}

// Some hundred bytes may become as much as one likes; all that is counted is time of the loop.
TEST(BodyReader, BoundsWhatOnePieceGrowsTo) {
  const auto bomb = packed("br", std::string(8 * BodyReader::kMostPerTake, 'a'));
  ASSERT_LT(bomb.size(), 1000U);
  BodyReader reader({.compression = "br"});
  EXPECT_FALSE(reader.take(bomb));
  EXPECT_EQ(reader.fault(), Fault::swollen);
  EXPECT_LE(reader.length(), BodyReader::kMostPerTake);
  EXPECT_FALSE(reader.take("more"));
  // As much in several pieces is none.
  BodyReader whole({.compression = "br"});
  feed(whole, packed("br", std::string(2 * BodyReader::kMostPerTake, 'a')), 1);
  EXPECT_EQ(whole.fault(), Fault::none);
  EXPECT_EQ(whole.length(), 2 * BodyReader::kMostPerTake);
}

// Many small pieces that grow a little cost as much.
TEST(BodyReader, BoundsWhatABodyGrowsTo) {
  constexpr std::uint64_t kMost = 1'000'000;
  for (const std::string compression : {"gzip", "deflate", "br"}) {
    const auto bytes = packed(compression, std::string(kMost + 1, 'a'));
    BodyReader grows({.compression = compression, .most_grown = kMost});
    feed(grows, bytes, 1);
    EXPECT_EQ(grows.fault(), Fault::swollen) << compression;
    EXPECT_LE(grows.length(), kMost);
    BodyReader limited({.compression = compression, .limit = kMost + 1, .most_grown = kMost});
    feed(limited, bytes, 1);
    EXPECT_EQ(limited.fault(), Fault::none) << "the module says so";
  }
  BodyReader plain({.compression = "", .most_grown = kMost});
  feed(plain, std::string(kMost + 1, 'a'), kAll);
  EXPECT_EQ(plain.fault(), Fault::none) << "that costs its sender as much";
}

}  // namespace
}  // namespace rampart::probe
