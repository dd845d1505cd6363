#include "probe/exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace rampart::probe {
namespace {

using testing::HasSubstr;

const KeepList kAll({"*"});

ExpositionPage parse(std::string_view page) { return parse_exposition(page, kAll); }

TEST(Exposition, TheFormatsOwnExample) {
  const auto page = parse(R"(# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045
http_request_duration_seconds_bucket{le="+Inf"} 144320
rpc_duration_seconds{quantile="0.5"} 4773
)");
  ASSERT_FALSE(page.error) << page.error->text;
  ASSERT_EQ(page.samples.size(), 7U);
  EXPECT_EQ(page.samples[0].series, R"(http_requests_total{method="post",code="200"})");
  EXPECT_EQ(page.samples[0].value, 1027);
  EXPECT_EQ(
      page.samples[2].series,
      R"(msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""})");
  EXPECT_DOUBLE_EQ(page.samples[2].value, 1.458255915e9);
  EXPECT_EQ(page.samples[3].series, "metric_without_timestamp_and_labels");
  EXPECT_EQ(page.samples[4].value, std::numeric_limits<double>::infinity());
}

TEST(Exposition, GoodLines) {
  struct Case {
    std::string line;
    std::string series;
    double value;
  };
  const double inf = std::numeric_limits<double>::infinity();
  const Case cases[] = {
      {"a 1", "a", 1},
      {"a\t1", "a", 1},
      {"  a   1  ", "a", 1},
      {":a_b:c9 0", ":a_b:c9", 0},
      {"a -1.5e-3", "a", -1.5e-3},
      {"a +2", "a", 2},
      {"a .5", "a", 0.5},
      {"a 5.", "a", 5},
      {"a -Inf", "a", -inf},
      {"a inf", "a", inf},
      {"a +infinity", "a", inf},
      {"a 1 123", "a", 1},
      {"a 1 -123 ", "a", 1},
      {"a{} 1", "a", 1},
      {"a{ } 1", "a", 1},
      {"a{b=\"c\"}1", "a{b=\"c\"}", 1},
      {"a{b=\"c\",} 1", "a{b=\"c\"}", 1},
      {"a { b = \"c\" , d = \"\" , } 1", "a{b=\"c\",d=\"\"}", 1},
      {"a{b=\"}{,= #\"} 1", "a{b=\"}{,= #\"}", 1},
      {"a{b=\"\\x\"} 1", "a{b=\"\\x\"}", 1},  // an unknown escape stays, as in Prometheus
      {"a{b=\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"} 1",
       "a{b=\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"}", 1},
  };
  for (const auto& c : cases) {
    const auto page = parse(c.line);
    ASSERT_FALSE(page.error) << c.line << ": " << page.error->text;
    ASSERT_EQ(page.samples.size(), 1U) << c.line;
    EXPECT_EQ(page.samples[0].series, c.series);
    EXPECT_EQ(page.samples[0].value, c.value) << c.line;
  }
  for (const auto* nan : {"a NaN", "a nan", "a +NaN", "a -nan"})
    EXPECT_TRUE(std::isnan(parse(nan).samples.at(0).value)) << nan;
}

TEST(Exposition, MalformedLines) {
  struct Case {
    std::string line;
    const char* where;
  };
  const Case cases[] = {
      {"a", "column 2: expected a value"},
      {"a ", "column 3: expected a value"},
      {"9a 1", "column 1: a metric name"},
      {"{b=\"c\"} 1", "column 1: a metric name"},
      {"a-b 1", "column 2: the value is not a number"},
      {"a x", "column 3: the value is not a number"},
      {"a 1x", "column 3: the value"},
      {"a 0x1p3", "column 3: the value"},
      {"a 1_000", "column 3: the value"},
      {"a 1e999", "column 3: the value"},
      {"a nan(0)", "column 3: the value"},
      {"a +-1", "column 3: the value"},
      {"a ++1", "column 3: the value"},
      {"a +", "column 3: the value"},
      {"a 1\r", "column 3: the value"},
      {"a 1 x", "column 5: the timestamp"},
      {"a 1 1.5", "column 5: the timestamp"},
      {"a 1 +-5", "column 5: the timestamp"},
      {"a 1 99999999999999999999", "column 5: the timestamp"},
      {"a 1 2 3", "column 7: expected the end"},
      {"a{b} 1", "column 4: expected ="},
      {"a{b=c} 1", "column 5: a label value"},
      {"a{b=\"c} 1", "has no closing quote"},
      {"a{b=\"c\\", "has no closing quote"},
      {"a{b=\"c\"", "column 8: expected , or }"},
      {"a{b=\"c\" d=\"e\"} 1", "expected , or }"},
      {"a{,} 1", "column 3: a label name"},
      {"a{b=\"c\",,} 1", "a label name"},
      {"a{9=\"c\"} 1", "a label name"},
      {"a{b:c=\"d\"} 1", "expected ="},
      {"a{b=\"c\"}", "expected a value"},
      {"a{b=\"\xFF\"} 1", "column 6: the label value is not UTF-8"},
      {"a{b=\"\xC3\"} 1", "not UTF-8"},
      {"a{b=\"\xC0\xAF\"} 1", "not UTF-8"},
      {"a{b=\"\xED\xA0\x80\"} 1", "not UTF-8"},
      {"a{b=\"\xF4\x90\x80\x80\"} 1", "not UTF-8"},
      {std::string("a\0 1", 4), "column 2: the value"},
      {"<html>", "column 1: a metric name"},
  };
  for (const auto& c : cases) {
    const auto page = parse("first 1\n" + c.line + "\nlast 2\n");
    ASSERT_TRUE(page.error) << c.line;
    EXPECT_THAT(page.error->text, HasSubstr(std::string("line 2, "))) << c.line;
    EXPECT_THAT(page.error->text, HasSubstr(c.where)) << c.line;
    EXPECT_EQ(page.error->code, base::Errc::parse);
    ASSERT_EQ(page.samples.size(), 1U) << c.line;  // what came before is kept
    EXPECT_EQ(page.samples[0].series, "first");
  }
}

TEST(Exposition, CommentsAndEmptyPages) {
  for (const auto* page : {"", "\n", "\n\n \t\n", "#", "# HELP\n#TYPE x y z\n  # more\n"}) {
    const auto parsed = parse(page);
    EXPECT_FALSE(parsed.error) << page;
    EXPECT_TRUE(parsed.samples.empty());
  }
}

TEST(Exposition, ChecksLinesThatItDoesNotKeep) {
  const KeepList keep({"kept"});
  const auto good = parse_exposition("other{a=\"b\"} 1\nkept 2\n", keep);
  EXPECT_FALSE(good.error);
  ASSERT_EQ(good.samples.size(), 1U);
  EXPECT_EQ(good.samples[0].series, "kept");
  EXPECT_TRUE(parse_exposition("other x\nkept 2\n", keep).error);
}

TEST(Exposition, Bounds) {
  const auto long_line = "# " + std::string(kMaxExpositionLine - 2, 'x');
  EXPECT_FALSE(parse(long_line).error);
  EXPECT_THAT(parse("a 1\n" + long_line + "x\n").error->text,
              HasSubstr("line 2: longer than 64 KiB"));
  std::string many;
  for (std::size_t i = 0; i < kMaxKeptSeries; ++i) many += "a 1\n";
  EXPECT_FALSE(parse(many).error);
  const auto full = parse(many + "a 1\n");
  ASSERT_TRUE(full.error);
  EXPECT_THAT(full.error->text, HasSubstr("line 100001: more than 100000 series"));
  EXPECT_EQ(full.samples.size(), kMaxKeptSeries);
  EXPECT_FALSE(parse(std::string(kMaxExpositionPage, '\n')).error);
  EXPECT_TRUE(parse(std::string(kMaxExpositionPage + 1, '\n')).error);
}

// A page cut at any byte, and with any byte replaced, must not crash; sanitizers watch.
TEST(Exposition, SurvivesDamage) {
  const std::string page = "# c\na{b=\"c\\n\",d=\"\xC3\xA9\"} +Inf 12\nb 1e3\n";
  for (std::size_t cut = 0; cut <= page.size(); ++cut) parse(std::string_view(page).substr(0, cut));
  for (std::size_t at = 0; at < page.size(); ++at)
    for (int byte = 0; byte < 256; ++byte) {
      auto damaged = page;
      damaged[at] = static_cast<char>(byte);
      EXPECT_LE(parse(damaged).samples.size(), 4U);
    }
}

TEST(KeepList, NamesAndPrefixes) {
  const KeepList some({"up", "node_netstat_*"});
  EXPECT_TRUE(some.keeps("up"));
  EXPECT_FALSE(some.keeps("up_more"));
  EXPECT_TRUE(some.keeps("node_netstat_Tcp_OutRsts"));
  EXPECT_FALSE(some.keeps("node_load1"));
  EXPECT_TRUE(kAll.keeps("anything"));
  const KeepList defaults({});
  for (const auto* name : {"nginx_up", "node_load1", "rampart_target_requests_total",
                           "node_netstat_TcpExt_ListenDrops"})
    EXPECT_TRUE(defaults.keeps(name)) << name;
  EXPECT_FALSE(defaults.keeps("go_goroutines"));
}

TEST(KeepList, TheDefaultsAreDocumented) {
  std::ifstream file(RAMPART_SOURCE_DIR "/docs/scraping.md");
  std::ostringstream content;
  content << file.rdbuf();
  const auto text = content.str();
  for (const auto name : default_metrics())
    EXPECT_THAT(text, HasSubstr("`" + std::string(name) + "`"));
}

}  // namespace
}  // namespace rampart::probe
