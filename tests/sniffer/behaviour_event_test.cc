#include "sniffer/eve/behaviour_event.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "traffic.h"

namespace rampart::sniffer {
namespace {

using namespace test;

TEST(BehaviourEvent, is_an_alert_with_its_figures) {
  Traffic t;
  t.replay().options.eve_file = t.replay().dir().path("eve.json");
  for (int i = 0; i < 3000; ++i)
    t.syn(1 + i * 0.002, host(7), static_cast<std::uint16_t>(1024 + i), 443);
  const auto seen = t.play();
  std::ifstream in(t.replay().options.eve_file);
  std::vector<nlohmann::json> alerts;
  for (std::string line; std::getline(in, line);) {
    auto event = nlohmann::json::parse(line);
    if (event["event_type"] == "alert") alerts.push_back(std::move(event));
  }
  ASSERT_EQ(alerts.size(), seen.size());
  const auto& e = alerts.front();
  EXPECT_EQ(e["timestamp"], "2023-11-14T22:13:23.000000+0000");
  EXPECT_EQ(e["src_ip"], "10.0.0.7");
  EXPECT_EQ(e["dest_ip"], "192.0.2.1");
  EXPECT_EQ(e["dest_port"], 443);
  EXPECT_EQ(e["proto"], "TCP");
  EXPECT_EQ(e["alert"]["gid"], 1000);
  EXPECT_EQ(e["alert"]["signature_id"], 1);
  EXPECT_EQ(e["alert"]["signature"], "SYN flood");
  EXPECT_EQ(e["alert"]["action"], "allowed");
  EXPECT_EQ(e["behaviour"]["attack"], "attack.syn_flood");
  EXPECT_EQ(e["behaviour"]["phase"], "begin");
  EXPECT_EQ(e["behaviour"]["sources"], 1);
  EXPECT_EQ(e["behaviour"]["top_sources"][0]["ip"], "10.0.0.7");
  EXPECT_EQ(alerts.back()["behaviour"]["phase"], "end");
}

}  // namespace
}  // namespace rampart::sniffer
