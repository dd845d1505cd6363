#include "exporter/start_page.h"

#include <gtest/gtest.h>

namespace rampart::exporter {
namespace {

using namespace std::chrono_literals;

TEST(StartPage, ShowsModulesAndProbes) {
  model::BlackboxConfig config;
  config.modules["web"].prober = model::BlackboxModule::Prober::http;
  const PastProbe good{.id = 4, .duration = 12ms, .module = "web", .target = "t1", .success = true};
  const PastProbe bad{
      .id = 3, .module = "web", .target = "t2", .reason = model::ProbeReason::connect_refused};
  const auto page = render_start_page(
      {.config = config, .loaded = {}, .complaint = {}, .probes = {&good, &bad}, .running = 7});
  for (const auto* part :
       {"<option value=\"web\">web (http)</option>", "href=\"logs?id=4\"", "href=\"logs?id=3\"",
        "connect_refused", "12.0 ms", "7 probes run now", "action=\"probe\"", "href=\"metrics\""})
    EXPECT_NE(page.find(part), std::string::npos) << part << "\n" << page;
  EXPECT_EQ(page.find("reload failed"), std::string::npos);
  EXPECT_LT(page.find("t1"), page.find("t2"));
}

TEST(StartPage, IsNobodysMarkup) {
  const std::string evil = "\"'><script>alert(1)</script>&";
  model::BlackboxConfig config;
  config.modules[evil];
  const PastProbe probe{.module = evil, .target = evil};
  const auto page =
      render_start_page({.config = config, .loaded = {}, .complaint = evil, .probes = {&probe}});
  EXPECT_EQ(page.find("<script"), std::string::npos) << page;
  EXPECT_EQ(page.find("\"'>"), std::string::npos);
  EXPECT_NE(page.find("The last reload failed"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
}

TEST(StartPage, SaysThatThereIsNothing) {
  const model::BlackboxConfig config;
  const auto page =
      render_start_page({.config = config, .loaded = {}, .complaint = {}, .probes = {}});
  EXPECT_NE(page.find("has no modules"), std::string::npos);
  EXPECT_NE(page.find("None yet"), std::string::npos);
}

}  // namespace
}  // namespace rampart::exporter
