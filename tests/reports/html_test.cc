#include "reports/html.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <vector>

#include "tests/reports/golden.h"
#include "tests/reports/sample_run.h"

namespace rampart::reports {
namespace {

using namespace std::chrono_literals;

std::string page_of(const SampleRun& run) { return render_html(run.result, run.evidence); }

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const auto start = text.find(from);
  if (start == std::string::npos) return "";
  return text.substr(start, text.find(to, start) - start);
}

// Every text between `open` and the next `close`.
std::vector<std::string> all_between(const std::string& text, const std::string& open,
                                     const std::string& close) {
  std::vector<std::string> found;
  for (auto at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
    at += open.size();
    found.push_back(text.substr(at, text.find(close, at) - at));
  }
  return found;
}

// The first element that is closed out of order or not at all; empty where the page is balanced.
// Attribute values hold no ">" as they are escaped.
std::string first_unbalanced(const std::string& page) {
  std::vector<std::string> open;
  for (const auto& tag : all_between(page, "<", ">")) {
    const bool closes = tag.starts_with("/");
    const auto name = tag.substr(closes ? 1 : 0, tag.find_first_of(" \n/", 1) - (closes ? 1 : 0));
    if (name == "meta" || name == "!doctype" || tag.ends_with("/")) continue;
    if (!closes) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return name + " after " + (open.empty() ? "nothing" : open.back());
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back();
}

TEST(Html, WhatTheTimelineLeavesOutIsSaid) {
  auto run = sample_run();
  const std::string said = "All are in the store, table series_sample.";
  EXPECT_EQ(page_of(run).find(said), std::string::npos);
  run.evidence.all_series = false;
  EXPECT_NE(page_of(run).find(said), std::string::npos);
}

TEST(Html, SaysWhatRunItWas) {
  auto run = sample_run();
  EXPECT_NE(page_of(run).find("</span> load test report</p>"), std::string::npos);
  run.result.load.clear();
  EXPECT_NE(page_of(run).find("</span> report of a run without load</p>"), std::string::npos);
}

TEST(Html, TopOfTheSample) {
  const auto page = page_of(sample_run());
  if (const char* path = std::getenv("RAMPART_SAMPLE_REPORT"); path != nullptr)
    std::ofstream(path) << page;
  expect_golden("html_top.html", between(page, "<header", "<section class=\"timeline\">"));
}

TEST(Html, VerdictsOfTheSample) {
  expect_golden("html_verdicts.html", between(page_of(sample_run()), "<article", "<h2>Load</h2>"));
}

TEST(Html, IsSelfContained) {
  const auto page = page_of(sample_run());
  EXPECT_NE(page.find("content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\""),
            std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  for (const auto* reference : {"src=", "href=", "@import", "url(http", "//cdn"})
    EXPECT_EQ(page.find(reference), std::string::npos) << reference;
  EXPECT_EQ(page.find("{{"), std::string::npos);
  EXPECT_EQ(first_unbalanced(page), "");
}

TEST(Html, ChartsAreNamedAndIdsAreUnique) {
  const auto page = page_of(sample_run());
  std::set<std::string> ids;
  for (const auto& id : all_between(page, " id=\"", "\"")) EXPECT_TRUE(ids.insert(id).second) << id;
  int charts = 0;
  for (const auto& names : all_between(page, "role=\"img\" aria-labelledby=\"", "\"")) {
    const auto space = names.find(' ');
    EXPECT_TRUE(ids.contains(names.substr(0, space))) << names;
    EXPECT_TRUE(ids.contains(names.substr(space + 1))) << names;
    ++charts;
  }
  EXPECT_EQ(charts, 4);
}

TEST(Html, HostileStringsStayText) {
  for (const std::string text :
       {"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",
        "</title></style></svg><svg onload=alert(1)>", "{{{style}}}<b>", "]]><!--", "--></pre>"}) {
    const auto page = page_of(hostile_run(text));
    for (const auto* markup : {"<script", "<img", "\"><img", "<svg onload", "' onmouseover='",
                               "<!--", "]]>", "--></pre>", "<b>"})
      EXPECT_EQ(page.find(markup), std::string::npos) << markup << " from " << text;
    EXPECT_EQ(first_unbalanced(page), "") << text;
  }
}

TEST(Html, InvalidUtf8AndControlsAreReplaced) {
  const std::vector<std::string> bad{"\xff\xfe",
                                     "\xC0\xAF",
                                     "\xED\xA0\x80",
                                     "a\xE2\x82",
                                     "\x1b[31m",
                                     "\xE2\x80\xAE"
                                     "txt.exe",
                                     std::string("nul\0x", 5)};
  for (const auto& text : bad) {
    const auto page = page_of(hostile_run(text));
    EXPECT_TRUE(is_utf8(page));
    EXPECT_EQ(page.find('\x1b'), std::string::npos);
    EXPECT_EQ(page.find('\0'), std::string::npos);
    EXPECT_EQ(page.find("\xE2\x80\xAE"), std::string::npos);
  }
}

TEST(Html, EmptyRunSaysThatNothingWasRecorded) {
  const auto page = render_html({}, {});
  EXPECT_NE(page.find("Nothing was recorded."), std::string::npos);
  EXPECT_NE(page.find("no verdict: the run recorded nothing"), std::string::npos);
  EXPECT_EQ(page.find("<h2>Load</h2>"), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
  EXPECT_EQ(first_unbalanced(page), "");
}

TEST(Html, UnfinishedRunSaysSoAtTheTop) {
  auto run = sample_run(20s);
  run.result.run.end = run.evidence.run.end = model::RunEnd::unfinished;
  const auto page = page_of(run);
  const auto cut = page.find("Unfinished run.");
  ASSERT_NE(cut, std::string::npos);
  EXPECT_LT(cut, page.find("<h1>"));
  EXPECT_NE(page.find("the last record is at 20.0 s"), std::string::npos);
  EXPECT_EQ(page_of(sample_run(20s)).find("Unfinished run."), std::string::npos);
}

TEST(Html, TwoHoursStayBelowTwoMegabytes) {
  const auto page = page_of(sample_run(2h));
  EXPECT_LT(page.size(), 2'000'000U);
  EXPECT_NE(page.find("2:00:00"), std::string::npos);
}

TEST(Html, StealAndWhatLimitedTheLoadAreRowsOfTheQualityTable) {
  auto run = sample_run();
  EXPECT_NE(page_of(run).find("0.4 % of the CPU time"), std::string::npos);
  EXPECT_EQ(page_of(run).find("limited by"), std::string::npos);
  run.result.client.limited_by = "fds";
  run.result.client.steal_percent = 12;
  const auto page = page_of(run);
  EXPECT_NE(page.find("12.0 % of the CPU time"), std::string::npos);
  const auto row = page.find("limited by");
  ASSERT_NE(row, std::string::npos);
  EXPECT_NE(page.find("fds", row), std::string::npos);
}

TEST(Html, SameInputSamePage) { EXPECT_EQ(page_of(sample_run()), page_of(sample_run())); }

}  // namespace
}  // namespace rampart::reports
