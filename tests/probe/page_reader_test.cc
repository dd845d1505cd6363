#include "probe/page_reader.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/gzip.h"

namespace rampart::probe {
namespace {

using testing::HasSubstr;

constexpr std::string_view kText = "text/plain; version=0.0.4";

std::string packed(std::string_view text) { return base::gzip(text); }

class PageReaderTest : public testing::Test {
 public:
  KeepList keep{{}};
  model::PageLimits limits;
  SeriesName::Labels labels;

  PageReader reader(std::string_view encoding = "", std::string_view type = kText) const {
    return {type, encoding, {.keep = keep, .limits = limits, .labels = labels}};
  }
  ExpositionPage read(std::string_view bytes, std::string_view encoding = "",
                      std::string_view type = kText) const {
    auto page = reader(encoding, type);
    while (!bytes.empty()) {
      const auto taken = page.take(bytes.substr(0, 16384));
      if (!taken) break;
      bytes.remove_prefix(*taken);
    }
    return page.finish();
  }
  std::string error_of(std::string_view bytes, std::string_view encoding = "",
                       std::string_view type = kText) const {
    const auto page = read(bytes, encoding, type);
    return page.error ? page.error->text : "";
  }
};

TEST_F(PageReaderTest, PlainAndPackedPages) {
  const std::string page = "nginx_up 1\ngo_threads 3\nnode_load1 0.5\n";
  for (const auto* encoding : {"", "identity", "Identity"})
    EXPECT_EQ(read(page, encoding).samples.size(), 2U) << encoding;
  for (const auto* encoding : {"gzip", "GZIP", "x-gzip"}) {
    const auto parsed = read(packed(page), encoding);
    EXPECT_FALSE(parsed.error) << encoding;
    EXPECT_EQ(parsed.samples.size(), 2U) << encoding;
  }
  EXPECT_EQ(error_of("nginx_up 1\n# EOF\n", "", "application/openmetrics-text"), "");
  EXPECT_EQ(error_of("nginx_up 1\n", "", "application/openmetrics-text; version=1.0.0"),
            "the page ends at line 1 without # EOF: it was cut (the page is "
            "application/openmetrics-text; version=1.0.0)");
}

TEST_F(PageReaderTest, WhatIsWrongWithHowItWasSent) {
  const auto whole = packed("nginx_up 1\n");
  EXPECT_EQ(error_of("nginx_up 1\n", "gzip"), "the page's gzip encoding is damaged");
  EXPECT_EQ(error_of(whole.substr(0, whole.size() - 1), "gzip"),
            "the page's gzip encoding ends too early");
  EXPECT_EQ(error_of("", "gzip"), "the page's gzip encoding ends too early");
  EXPECT_EQ(error_of(whole + "x", "gzip"), "the page's gzip encoding ends too early");
  auto flipped = whole;
  flipped[flipped.size() - 6] ^= 1;  // of the checksum
  EXPECT_EQ(error_of(flipped, "gzip"), "the page's gzip encoding is damaged");
  EXPECT_EQ(error_of(whole, "br\x01"), "the page is encoded as 'br?', which was not asked for");
  EXPECT_EQ(error_of(whole, "gzip, gzip"),
            "the page is encoded as 'gzip, gzip', which was not asked for");
  EXPECT_THAT(error_of("<html>", "", "text/html\x1b[2J"), HasSubstr("(the page is text/html?[2J)"));
}

TEST_F(PageReaderTest, TheBodysLimit) {
  limits.body = 100;
  EXPECT_EQ(error_of(std::string(100, '\n')), "");
  EXPECT_EQ(error_of(std::string(101, '\n')), "the page is larger than 100 B");
  EXPECT_EQ(error_of(packed(std::string(100, '\n')), "gzip"), "");
  EXPECT_EQ(error_of(packed(std::string(101, '\n')), "gzip"),
            "the page is larger than 100 B when unpacked");
  // Members that hold nothing: the page does not grow, what comes does.
  std::string empty;
  while (empty.size() < 200) empty += packed("");
  EXPECT_EQ(error_of(empty, "gzip"), "the page is larger than 100 B when unpacked");
}

// Long enough that a packed page is not at its end when its text is refused.
std::string filler() {
  std::string out;
  for (std::uint32_t i = 0; i < 5000; ++i)
    out += fmt::format("other{{a=\"{:x}\"}} 1\n", i * 2654435761U);
  return out;
}

TEST_F(PageReaderTest, WhatIsWrongOnAPackedPageIsTold) {
  constexpr std::string_view kOpenMetrics = "application/openmetrics-text";
  EXPECT_EQ(error_of(packed("nginx_up oops\n" + filler()), "gzip"),
            "line 1, column 10: the value is not a number");
  EXPECT_EQ(error_of(packed("nginx_up 1\nother{path=\"\xC3(\"} 1\n" + filler()), "gzip"),
            "line 2, column 13: the label value is not UTF-8");
  EXPECT_EQ(error_of(packed("nginx_up 1\n# EOF\n" + filler()), "gzip", kOpenMetrics),
            "line 3: something follows # EOF (the page is application/openmetrics-text)");
  EXPECT_EQ(error_of(packed("nginx_up 1\n" + filler()), "gzip", kOpenMetrics),
            "the page ends at line 5001 without # EOF: it was cut (the page is "
            "application/openmetrics-text)");
  // Why the page has no end is the lesser truth where the packing has none.
  const auto whole = packed("nginx_up 1\n" + filler() + "# EOF\n");
  EXPECT_EQ(error_of(whole, "gzip", kOpenMetrics), "");
  EXPECT_EQ(error_of(std::string_view(whole).substr(0, whole.size() / 2), "gzip", kOpenMetrics),
            "the page's gzip encoding ends too early");
  keep = KeepList({"other"});
  limits.series = 10;
  EXPECT_EQ(error_of(packed(filler()), "gzip"),
            "line 11: more than 10 series to record; keep fewer names");
}

// Bytes that are in use, whoever asked for them. 0 under the sanitizers, which count themselves.
std::size_t in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

struct Fed {
  ExpositionPage page;
  std::size_t most = 0;   // bytes that were in use meanwhile
  std::size_t bytes = 0;  // that were taken
};

// Made piece by piece, so that the page is nowhere whole.
template <class Make>
Fed feed(PageReader reader, std::size_t pieces, Make&& make) {
  Fed out;
  const auto before = in_use();
  for (std::size_t i = 0; i < pieces; ++i) {
    const std::string piece = make(i);
    bool wanted = true;
    for (std::string_view rest = piece; wanted && !rest.empty();) {
      const auto taken = reader.take(rest);
      wanted = taken.has_value();
      rest.remove_prefix(taken.value_or(0));
      out.bytes += taken.value_or(0);
      out.most = std::max(out.most, in_use() - std::min(in_use(), before));
    }
    if (!wanted) break;
  }
  out.page = reader.finish();
  return out;
}

constexpr std::size_t kSmall = 1U << 20;

TEST_F(PageReaderTest, APageOf50MegabytesIsRefusedAtItsLimit) {
  const std::string lines(16384, '\n');
  const auto fed = feed(reader(), 50'000'000 / lines.size(), [&](std::size_t) { return lines; });
  ASSERT_TRUE(fed.page.error);
  EXPECT_EQ(fed.page.error->text, "the page is larger than 16.0 MiB");
  EXPECT_LE(fed.bytes, limits.body);
  EXPECT_LT(fed.most, kSmall);
}

TEST_F(PageReaderTest, APageOf50MegabytesIsReadWhereItMay) {
  limits.body = 64U << 20;
  std::string lines;
  while (lines.size() < 16384) lines += "go_gc_duration_seconds{quantile=\"0.5\"} 1.5e-05\n";
  const auto fed = feed(reader(), 50'000'000 / lines.size(),
                        [&](std::size_t i) { return i == 7 ? lines + "nginx_up 1\n" : lines; });
  EXPECT_FALSE(fed.page.error);
  EXPECT_GT(fed.bytes, 49'000'000U);
  EXPECT_EQ(fed.page.samples.size(), 1U);
  EXPECT_LT(fed.most, kSmall);
}

TEST_F(PageReaderTest, AMillionSeries) {
  limits.body = 1U << 30;
  const auto lines = [](std::size_t i) {
    std::string out;
    for (std::size_t n = 0; n < 1000; ++n)
      out += fmt::format("requests{{path=\"/item/{}\"}} 1\n", 1000 * i + n);
    return out;
  };
  const auto others = feed(reader(), 1000, lines);
  EXPECT_FALSE(others.page.error) << "none of them is to be recorded";
  EXPECT_LT(others.most, kSmall);
  keep = KeepList({"requests"});
  const auto all = feed(reader(), 1000, lines);
  ASSERT_TRUE(all.page.error);
  EXPECT_EQ(all.page.error->text,
            "line 100001: more than 100000 series to record; keep fewer names");
  EXPECT_LT(all.most, 32U << 20);
}

// However small it was packed, and the rest of the bytes is then taken as if it had come later.
TEST_F(PageReaderTest, OneCallReadsABoundedPartOfAPage) {
  const auto text = std::string(15U << 20, '\n') + "nginx_up 1\n";
  const auto bytes = packed(text);
  auto reader = this->reader("gzip");
  std::size_t calls = 0;
  for (std::string_view rest = bytes; !rest.empty(); ++calls) {
    const auto taken = reader.take(rest);
    ASSERT_TRUE(taken);
    rest.remove_prefix(*taken);
  }
  EXPECT_GE(calls, 12U);  // a call goes on for some of 256 bytes more
  EXPECT_LE(calls, 16U);
  const auto page = reader.finish();
  EXPECT_FALSE(page.error) << page.error->text;
  EXPECT_EQ(page.samples.size(), 1U);
  // In small pieces as well, packed or not, for libcurl hands on many at once.
  for (const auto& [encoding, body] : {std::pair("gzip", bytes), std::pair("", text)}) {
    auto slow = this->reader(encoding);
    std::size_t turns = 0;
    for (std::string_view rest = body; !rest.empty();) {
      const auto piece = rest.substr(0, 100);
      const auto taken = slow.take(piece);
      ASSERT_TRUE(taken);
      if (*taken < piece.size()) ++turns;
      rest.remove_prefix(*taken);
    }
    EXPECT_GE(turns, 11U) << encoding;
    EXPECT_LE(turns, 15U) << encoding;
    EXPECT_EQ(slow.finish().samples.size(), 1U) << encoding;
  }
}

TEST_F(PageReaderTest, ABomb) {
  const auto bomb = packed(std::string(100U << 20, '\n'));
  ASSERT_LT(bomb.size(), 1'000'000U);
  std::string_view rest = bomb;
  const auto fed = feed(reader("gzip"), 1000, [&](std::size_t) {
    const auto piece = std::string(rest.substr(0, 1000));
    rest.remove_prefix(piece.size());
    return piece;
  });
  ASSERT_TRUE(fed.page.error);
  EXPECT_EQ(fed.page.error->text, "the page is larger than 16.0 MiB when unpacked");
  EXPECT_LT(fed.most, kSmall);
}

TEST_F(PageReaderTest, BrokenUtf8) {
  EXPECT_EQ(error_of("nginx_up 1\nother{path=\"/\xC3(\"} 1\n"),
            "line 2, column 14: the label value is not UTF-8");
  EXPECT_EQ(error_of("\xFF\xFE nginx_up 1\n"),
            "line 1, column 1: a metric name must begin with a letter, _ or :");
}

}  // namespace
}  // namespace rampart::probe
