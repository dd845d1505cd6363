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
  EXPECT_EQ(e["behaviour"]["impact"], "unknown") << "nobody else was there";
  EXPECT_EQ(e["behaviour"]["top_sources"][0]["ip"], "10.0.0.7");
  EXPECT_EQ(alerts.back()["behaviour"]["phase"], "end");
}

TEST(BehaviourEvent, spells_addresses_as_other_lines_do) {
  const auto address = ip("2001:db8::7");
  model::Behaviour behaviour;
  behaviour.cause = model::Cause::attack_icmp_flood;
  behaviour.target = {ip("2001:db8::1"), 0};
  behaviour.top.push_back({address, 9});
  model::Detection detection;
  detection.destination = behaviour.target;
  detection.proto = ip_proto::kIcmp6;
  detection.behaviour = std::make_shared<model::Behaviour>(behaviour);
  const auto e = nlohmann::json::parse(eve_behaviour({}, detection));
  Packet packet;
  packet.ip_version = 6;
  packet.proto = ip_proto::kIcmp6;
  packet.source = address;
  packet.destination = behaviour.target.address;
  const auto other = nlohmann::json::parse(eve_anomaly({}, packet, Invalid::icmp6_too_small));
  for (const auto* name : {"src_ip", "dest_ip", "proto"}) EXPECT_EQ(e[name], other[name]) << name;
  EXPECT_EQ(e["src_ip"], "2001:0db8:0000:0000:0000:0000:0000:0007");
  EXPECT_EQ(e["behaviour"]["target_ip"], e["dest_ip"]);
  EXPECT_EQ(e["behaviour"]["top_sources"][0]["ip"], e["src_ip"]);
}

}  // namespace
}  // namespace rampart::sniffer
