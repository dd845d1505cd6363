#include "probe/exposition.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "model/series.h"

namespace rampart::probe {
namespace {

using testing::HasSubstr;

const KeepList kAll({"*"});

struct Asked {
  ExpositionFormat format = ExpositionFormat::text;
  const KeepList& keep = kAll;
  model::PageLimits limits = {};
  SeriesName::Labels labels = {};
  bool honor = false;
};

// Fed in pieces of `piece` bytes.
ExpositionPage parse(std::string_view page, const Asked& asked = {}, std::size_t piece = 1 << 20) {
  ExpositionReader reader(asked.format, {.keep = asked.keep,
                                         .limits = asked.limits,
                                         .labels = asked.labels,
                                         .honor_labels = asked.honor});
  while (!page.empty() && reader.feed(page.substr(0, piece)))
    page.remove_prefix(std::min(piece, page.size()));
  return reader.finish();
}

ExpositionPage open_metrics(std::string_view page) {
  return parse(page, {.format = ExpositionFormat::openmetrics});
}

double value_of(const ExpositionPage& page, std::string_view series) {
  for (const auto& sample : page.samples)
    if (sample.series == series) return sample.value;
  ADD_FAILURE() << "no " << series;
  return std::nan("");
}

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
  EXPECT_EQ(value_of(page, R"(http_requests_total{code="200",method="post"})"), 1027);
  EXPECT_DOUBLE_EQ(
      value_of(
          page,
          R"(msdos_file_access_time_seconds{error="Cannot find file:\n\"FILE.TXT\"",path="C:\\DIR\\FILE.TXT"})"),
      1.458255915e9);
  EXPECT_EQ(value_of(page, "metric_without_timestamp_and_labels"), 12.47);
  EXPECT_EQ(value_of(page, R"(something_weird{problem="division by zero"})"),
            std::numeric_limits<double>::infinity());
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
      // What is too small is nothing, as in Go.
      {"a 1e-400", "a", 0},
      {"a 0.000001e-99999999999999999999", "a", 0},
      {"a 1 123", "a", 1},
      {"a 1 -123 ", "a", 1},
      {"a{} 1", "a", 1},
      {"a{ } 1", "a", 1},
      {"a{b=\"c\"}1", "a{b=\"c\"}", 1},
      {"a{b=\"c\",} 1", "a{b=\"c\"}", 1},
      {"a { b = \"c\" , d = \"\" , } 1", "a{b=\"c\"}", 1},  // an empty label is none
      {"a{b=\"}{,= #\"} 1", "a{b=\"}{,= #\"}", 1},
      {"a{b=\"\\x\"} 1", "a{b=\"\\\\x\"}", 1},            // a backslash and an x, as in Prometheus
      {"a{z=\"1\",b=\"2\"} 1", "a{b=\"2\",z=\"1\"}", 1},  // by name, however the page has them
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
  for (const auto* nan : {"a NaN", "a nan", "a nAn"})
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
      {"a +NaN", "column 3: the value"},
      {"a -nan", "column 3: the value"},
      {"a infinit", "column 3: the value"},
      {"a 1e400", "column 3: the value"},
      {"a 1e99999999999999999999", "column 3: the value"},
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
    ASSERT_EQ(page.samples.size(), 1U) << c.line;  // nothing after it was looked at
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
  const KeepList kept({"kept"});
  const auto good = parse("other{a=\"b\"} 1\nkept 2\n", {.keep = kept});
  EXPECT_FALSE(good.error);
  ASSERT_EQ(good.samples.size(), 1U);
  EXPECT_EQ(good.samples[0].series, "kept");
  EXPECT_TRUE(parse("other x\nkept 2\n", {.keep = kept}).error);
}

TEST(Exposition, Bounds) {
  const auto long_line = "# " + std::string(kMaxExpositionLine - 2, 'x');
  EXPECT_FALSE(parse(long_line).error);
  EXPECT_THAT(parse("a 1\n" + long_line + "x\n").error->text,
              HasSubstr("line 2: longer than 64 KiB"));
  const model::PageLimits limits{.series = 3, .labels = 2, .label_name = 4, .label_value = 5};
  const auto within = [&](const std::string& page) { return parse(page, {.limits = limits}); };
  EXPECT_FALSE(within("a 1\nb 1\nc 1\n").error);
  const auto full = within("a 1\nb 1\nc 1\nd 1\n");
  ASSERT_TRUE(full.error);
  EXPECT_THAT(full.error->text, HasSubstr("line 4: more than 3 series to record"));
  EXPECT_EQ(full.samples.size(), 3U);
  EXPECT_FALSE(within("a{b=\"1\",c=\"2\",d=\"\"} 1\n").error);
  EXPECT_EQ(within("a{b=\"1\",c=\"2\",d=\"3\",e=\"4\"} 1\n").error->text,
            "line 1, column 20: a series has more than 2 labels");
  const SeriesName::Labels given{{"job", "x"}};
  EXPECT_EQ(parse("a{b=\"1\",c=\"2\"} 1\n", {.limits = limits, .labels = given}).error->text,
            "line 1: a series has 3 labels, more than 2 (limits.labels)");
  // Those without a value are none, but there is an end to them as well.
  std::string empty;
  for (int i = 0; i < 100; ++i) empty += fmt::format("l{}=\"\",", i);
  EXPECT_THAT(within("a{" + empty + "} 1\n").error->text, HasSubstr("without a value"));
  EXPECT_FALSE(within("a{bcde=\"12345\"} 1\n").error);
  EXPECT_EQ(within("a{bcdef=\"1\"} 1\n").error->text,
            "line 1: a label's name is longer than 4 bytes (limits.label_name)");
  EXPECT_EQ(within("a{b=\"123456\"} 1\n").error->text,
            "line 1: a label's value is longer than 5 bytes (limits.label_value)");
  // What is not recorded may have what it likes.
  const KeepList other({"b"});
  EXPECT_FALSE(parse("a{c=\"123456\"} 1\n", {.keep = other, .limits = limits}).error);
}

TEST(Exposition, ASeriesCountsOnce) {
  const auto page = parse("a{b=\"1\",c=\"2\"} 1\na 5\na{c=\"2\",b=\"1\"} 2\n");
  ASSERT_FALSE(page.error);
  EXPECT_EQ(page.repeated, 1U);
  ASSERT_EQ(page.samples.size(), 2U);
  EXPECT_EQ(value_of(page, R"(a{b="1",c="2"})"), 1);
  for (const auto* twice : {"a{b=\"1\",b=\"2\"} 1\n", "a{b=\"\",b=\"x\"} 1\n",
                            "a{b=\"x\",c=\"\",b=\"\"} 1\n", "a{b=\"\",b=\"\"} 1\n"}) {
    const auto refused = parse(twice);
    ASSERT_TRUE(refused.error) << twice;
    EXPECT_EQ(refused.error->text, "line 1: label b stands there twice");
  }
}

// They are put in order as they come, in parts.
TEST(Exposition, ManySeriesInAnyOrder) {
  for (const std::size_t count : {1U, 1023U, 1024U, 1025U, 2048U, 10'000U}) {
    std::string text;
    for (std::size_t i = 0; i < count + count / 2; ++i)
      text += fmt::format("a{{b=\"{:05}\"}} {}\n", i * 7919 % count, i);
    const auto page = parse(text);
    ASSERT_FALSE(page.error);
    EXPECT_EQ(page.repeated, count / 2);
    ASSERT_EQ(page.samples.size(), count);
    for (std::size_t i = 0; i < count; ++i)
      ASSERT_EQ(page.samples[i].series, fmt::format("a{{b=\"{:05}\"}}", i));
    for (const auto& sample : page.samples) ASSERT_LT(sample.value, static_cast<double>(count));
  }
}

// As Prometheus's honor_labels.
TEST(Exposition, LabelsOfTheScenario) {
  const SeriesName::Labels given{{"job", "web"}, {"zone", "1"}};
  const std::string page = "a{job=\"own\",x=\"y\"} 1\nb{job=\"\"} 2\nc 3\n";
  const auto ours = parse(page, {.labels = given});
  EXPECT_EQ(value_of(ours, R"(a{exported_job="own",job="web",x="y",zone="1"})"), 1);
  EXPECT_EQ(value_of(ours, R"(b{job="web",zone="1"})"), 2);
  EXPECT_EQ(value_of(ours, R"(c{job="web",zone="1"})"), 3);
  const auto theirs = parse(page, {.labels = given, .honor = true});
  EXPECT_EQ(value_of(theirs, R"(a{job="own",x="y",zone="1"})"), 1);
  EXPECT_EQ(value_of(theirs, R"(b{zone="1"})"), 2);  // an empty one is honoured: it has no job
  EXPECT_EQ(value_of(theirs, R"(c{job="web",zone="1"})"), 3);
  const auto moved = parse("a{job=\"1\",exported_job=\"2\"} 1\n", {.labels = given});
  EXPECT_EQ(value_of(moved, R"(a{exported_exported_job="1",exported_job="2",job="web",zone="1"})"),
            1);
}

TEST(Exposition, ReadsPiecesAsTheWhole) {
  const std::string page = "# HELP a b\na{b=\"c\"} 1\n\nlonger_name 2.5\nlast 3";
  for (std::size_t piece = 1; piece <= page.size(); ++piece) {
    const auto parsed = parse(page, {}, piece);
    ASSERT_FALSE(parsed.error) << piece;
    ASSERT_EQ(parsed.samples.size(), 3U) << piece;
    EXPECT_EQ(value_of(parsed, "longer_name"), 2.5);
    EXPECT_EQ(value_of(parsed, "last"), 3);
  }
  EXPECT_THAT(parse(std::string(kMaxExpositionLine + 1, '#'), {}, 1000).error->text,
              HasSubstr("line 1: longer than 64 KiB"));
}

TEST(OpenMetrics, AWholePage) {
  const auto page = open_metrics(R"(# TYPE foo counter
# HELP foo Some help.
foo_total{a="b"} 17.0 1520879607.789 # {id="counter-test"} 5
foo_created{a="b"} 1520430000
# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
acme_http_router_request_seconds_sum{path="/api/v1",method="GET"} 9036.32
# TYPE hist histogram
hist_bucket{le="0.1"} 8 # {} 0.054 1520879607.7
hist_bucket{le="+Inf"} 1e3
colon:name 0 -5.25
# TYPE u unknown
u{x="\"\\\n"} +Inf
# EOF
)");
  ASSERT_FALSE(page.error) << page.error->text;
  EXPECT_EQ(page.samples.size(), 7U);
  EXPECT_EQ(value_of(page, R"(foo_total{a="b"})"), 17);
  EXPECT_EQ(value_of(page, R"(acme_http_router_request_seconds_sum{method="GET",path="/api/v1"})"),
            9036.32);
  EXPECT_EQ(value_of(page, "colon:name"), 0);
  EXPECT_FALSE(open_metrics("# EOF").error);
}

TEST(OpenMetrics, MalformedPages) {
  struct Case {
    std::string page;
    const char* where;
  };
  const Case cases[] = {
      {"", "ends at line 0 without # EOF: it was cut"},
      {"a 1\n", "ends at line 1 without # EOF"},
      {"a 1\n# EOF\na 2\n", "line 3: something follows # EOF"},
      {"# EOF\n\n", "line 2: something follows # EOF"},
      {"# EOF \n", "column 6: expected the end"},
      {"#EOF\n", "column 2: expected HELP, TYPE, UNIT or EOF"},
      {"# a comment\n# EOF\n", "column 3: expected HELP"},
      {"#\n# EOF\n", "column 2: expected HELP"},
      {"\na 1\n# EOF\n", "line 1, column 1: a metric name"},
      {" a 1\n# EOF\n", "column 1: a metric name"},
      {"a  1\n# EOF\n", "column 3: expected a value"},
      {"a\t1\n# EOF\n", "column 2: expected one blank"},
      {"a 1 \n# EOF\n", "column 5: the timestamp"},
      {"a 1 x\n# EOF\n", "column 5: the timestamp is not a number of seconds"},
      {"a 1 nan\n# EOF\n", "column 5: the timestamp"},
      {"a{b=\"c\"}1\n# EOF\n", "column 9: expected one blank"},
      {"a {b=\"c\"} 1\n# EOF\n", "column 3: the value"},
      {"a{b=\"c\",} 1\n# EOF\n", "a label name"},
      {"a{b=\"c\", d=\"e\"} 1\n# EOF\n", "a label name"},
      {"a{b =\"c\"} 1\n# EOF\n", "expected ="},
      {"a{b=\"\xFF\"} 1\n# EOF\n", "not UTF-8"},
      {"# HELP a \xFF\n# EOF\n", "the help is not UTF-8"},
      {"# TYPE a nothing\n# EOF\n", "no type of OpenMetrics"},
      {"# TYPE a\n# EOF\n", "expected one blank"},
      {"# UNIT a_b seconds\n# EOF\n", "does not end with its unit"},
      {"# UNIT seconds seconds\n# EOF\n", "does not end with its unit"},
      {"a 1 # x\n# EOF\n", "expected { after the #"},
      {"a 1 # {b=\"c\"}\n# EOF\n", "expected one blank"},
      {"a 1 # {b=\"c\"} x\n# EOF\n", "the value is not a number"},
      {"a 1 # {} 1 x\n# EOF\n", "the timestamp"},
      {"a 1 # {} 1 2 3\n# EOF\n", "expected the end"},
      {"a 1 # {} 1 # {} 2\n# EOF\n", "one exemplar at most"},
  };
  for (const auto& c : cases) {
    const auto page = open_metrics(c.page);
    ASSERT_TRUE(page.error) << c.page;
    EXPECT_THAT(page.error->text, HasSubstr(c.where)) << c.page;
  }
}

TEST(Exposition, FormatsByTheirType) {
  for (const auto* type :
       {"application/openmetrics-text; version=1.0.0; charset=utf-8",
        "application/openmetrics-text", "Application/OpenMetrics-Text ;version=0.0.1"})
    EXPECT_EQ(exposition_format(type), ExpositionFormat::openmetrics) << type;
  for (const auto* type : {"text/plain; version=0.0.4", "", "application/openmetrics-textual",
                           "text/html", "application/json; application/openmetrics-text"})
    EXPECT_EQ(exposition_format(type), ExpositionFormat::text) << type;
}

TEST(Exposition, HelpMustBeText) {
  EXPECT_EQ(parse("a 1\n# HELP a \xC3(\n").error->text, "line 2, column 3: the help is not UTF-8");
  EXPECT_FALSE(parse("# any \xC3(\n").error);
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
      EXPECT_LE(open_metrics(damaged).samples.size(), 4U);
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
  const KeepList more({}, {"go_goroutines"});
  EXPECT_TRUE(more.keeps("go_goroutines"));
  EXPECT_TRUE(more.keeps("node_load1"));
}

TEST(KeepList, TheDefaultsAreDocumented) {
  std::ifstream file(RAMPART_SOURCE_DIR "/docs/scraping.md");
  std::ostringstream content;
  content << file.rdbuf();
  const auto text = content.str();
  for (const auto name : default_metrics())
    EXPECT_THAT(text, HasSubstr("`" + std::string(name) + "`"));
}

TEST(KeepList, KeepsByDefaultWhatMayBeAServicesWord) {
  const KeepList usual({});
  EXPECT_TRUE(usual.keeps("up"));
  for (const auto metric : model::service_metrics()) EXPECT_TRUE(usual.keeps(metric)) << metric;
}

}  // namespace
}  // namespace rampart::probe
