#include "reports/html.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>

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

// The names of all elements, in order, that are opened and not of the void kind must be closed.
std::string first_unbalanced(const std::string& page) {
  static const std::set<std::string> kVoid{"meta", "!doctype"};
  std::vector<std::string> open;
  static const std::regex kTag(R"(<(/?)([!a-z][a-z0-9]*)((?:[^<>"]|"[^"]*")*)>)");
  for (std::sregex_iterator it(page.begin(), page.end(), kTag), end; it != end; ++it) {
    const auto& m = *it;
    const auto name = m[2].str();
    if (kVoid.contains(name) || m[3].str().ends_with("/")) continue;
    if (m[1].length() == 0) {
      open.push_back(name);
    } else {
      if (open.empty() || open.back() != name)
        return name + " after " + (open.empty() ? "nothing" : open.back());
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back();
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
  static const std::regex kId(R"re( id="([^"]*)")re");
  for (std::sregex_iterator it(page.begin(), page.end(), kId), end; it != end; ++it)
    EXPECT_TRUE(ids.insert((*it)[1]).second) << (*it)[1];
  static const std::regex kChart(R"re(<svg [^>]*role="img" aria-labelledby="([^ ]*) ([^"]*)">)re");
  int charts = 0;
  for (std::sregex_iterator it(page.begin(), page.end(), kChart), end; it != end; ++it, ++charts) {
    EXPECT_TRUE(ids.contains((*it)[1]));
    EXPECT_TRUE(ids.contains((*it)[2]));
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
  for (const std::string text : {"\xff\xfe", "\xC0\xAF", "\xED\xA0\x80", "a\xE2\x82",
                                 std::string("nul\0x", 5).c_str(), "\x1b[31m",
                                 "\xE2\x80\xAE"
                                 "txt.exe"}) {
    const auto page = page_of(hostile_run(text));
    EXPECT_TRUE(is_utf8(page));
    EXPECT_EQ(page.find('\x1b'), std::string::npos);
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

TEST(Html, SameInputSamePage) { EXPECT_EQ(page_of(sample_run()), page_of(sample_run())); }

}  // namespace
}  // namespace rampart::reports
