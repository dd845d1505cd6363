#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "model/probe.h"

namespace rampart::model {
namespace {

std::set<std::string> documented_reasons() {
  std::stringstream page;
  page << std::ifstream(RAMPART_SOURCE_DIR "/docs/errors.md").rdbuf();
  const auto text = page.str();
  const auto part = text.substr(text.find("## Why a probe or a scrape failed"));
  std::set<std::string> out;
  const std::regex row(R"(\n\| `(\w+)` \|)");
  for (std::sregex_iterator at(part.begin(), part.end(), row), end; at != end; ++at)
    out.insert((*at)[1]);
  return out;
}

TEST(Names, EveryReasonOfAProbeIsDocumented) {
  std::set<std::string> known;
  for (int i = 0; i <= static_cast<int>(ProbeReason::local); ++i) {
    const auto reason = static_cast<ProbeReason>(i);
    known.emplace(to_string(reason));
    EXPECT_EQ(probe_reason_from(to_string(reason)), reason) << to_string(reason);
  }
  EXPECT_EQ(known.count("unknown"), 0U);
  EXPECT_EQ(documented_reasons(), known);
}

}  // namespace
}  // namespace rampart::model
