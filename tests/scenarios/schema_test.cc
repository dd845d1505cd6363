#include <gtest/gtest.h>
#include <regex.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "parse.h"

namespace rampart::scenarios {
namespace {

constexpr const char* kFile = RAMPART_SOURCE_DIR "/scenarios/library/scenario.schema.json";

// RAMPART_UPDATE=1 writes the file instead of comparing it.
TEST(Schema, TheShippedFileIsTheGeneratedOne) {
  if (std::getenv("RAMPART_UPDATE") != nullptr) std::ofstream(kFile) << json_schema();
  EXPECT_EQ(file_text(kFile), json_schema()) << "run this test with RAMPART_UPDATE=1";
}

TEST(Schema, SaysWhatTheReaderChecks) {
  const auto schema = nlohmann::json::parse(json_schema());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_FALSE(schema["properties"]["sniff"]["properties"].contains("external"));  // not yet
  const auto& load = schema["properties"]["load"]["items"];
  EXPECT_EQ(load["required"], nlohmann::json::array({"name"}));
  EXPECT_EQ(load["properties"]["protocol"]["enum"],
            nlohmann::json::array({"http1", "http2", "tcp", "udp", "icmp"}));
  EXPECT_TRUE(load["properties"]["flow"]["items"]["properties"].contains("get"));
  EXPECT_TRUE(load["properties"]["tcp"]["properties"].contains("mode"));
  const auto& url = schema["properties"]["targets"]["additionalProperties"]["properties"]["url"];
  EXPECT_EQ(url["type"], "string");
  EXPECT_EQ(url["pattern"], "^(http|https|tcp|udp|icmp)://.+$");
  EXPECT_EQ(schema["properties"]["scrape"]["items"]["properties"]["url"]["pattern"],
            "^(http|https)://.+$");
  const auto& tls = schema["properties"]["targets"]["additionalProperties"]["properties"]["tls"];
  EXPECT_EQ(tls["properties"]["min_version"]["enum"],
            nlohmann::json::array({"1.0", 1.0, "1.1", 1.1, "1.2", 1.2, "1.3", 1.3}));
  const auto& module = schema["properties"]["probes"]["items"]["properties"]["module"]["anyOf"];
  EXPECT_EQ(module.size(), 2U);
  EXPECT_EQ(module[1]["required"], nlohmann::json::array({"kind"}));
}

TEST(Schema, PatternsFitTheLanguage) {
  const auto schema = nlohmann::json::parse(json_schema());
  const auto& properties = schema["properties"];
  const auto fits = [](const nlohmann::json& option, const char* text) {
    regex_t regex;
    EXPECT_EQ(regcomp(&regex, option["pattern"].get<std::string>().c_str(), REG_EXTENDED), 0);
    const bool match = regexec(&regex, text, 0, nullptr, 0) == 0;
    regfree(&regex);
    return match;
  };
  EXPECT_TRUE(fits(properties["duration"], "1m30s"));
  EXPECT_TRUE(fits(properties["duration"], "1.5h"));
  EXPECT_FALSE(fits(properties["duration"], "30"));
  const auto& goals = properties["objectives"]["properties"];
  EXPECT_TRUE(fits(goals["availability"], ">= 99.9%"));
  EXPECT_FALSE(fits(goals["availability"], "99.9%"));
  EXPECT_TRUE(fits(goals["latency"]["additionalProperties"], "< 250ms"));
  EXPECT_TRUE(fits(properties["stop_when"]["properties"]["errors"], "> 20% for 5s"));
  EXPECT_FALSE(fits(properties["stop_when"]["properties"]["errors"], "> 20%"));
}

}  // namespace
}  // namespace rampart::scenarios
