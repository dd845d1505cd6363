#include "sniffer/flow/flow_table.h"

#include <gtest/gtest.h>

#include "packet_builder.h"
#include "sniffer/flow/own_table.h"

namespace rampart::sniffer {
namespace {

using namespace test;

Packet udp_packet(double seconds, const char* source, std::uint16_t from, const char* destination,
                  std::uint16_t to) {
  Packet p;
  p.time = at(seconds);
  p.ip_version = 4;
  p.proto = ip_proto::kUdp;
  p.transport = true;
  p.source = ip(source);
  p.destination = ip(destination);
  p.source_port = from;
  p.destination_port = to;
  return p;
}

struct Ends : FlowListener {
  std::vector<std::pair<std::uint16_t, FlowEnd>> seen;  // client port
  void on_flow_end(Flow& flow, FlowEnd end) override { seen.emplace_back(flow.client.port, end); }
};

TEST(FlowTable, both_directions_are_one_flow) {
  Ends ends;
  FlowTable table({.key = {1, 2}}, ends);
  const auto first = table.find_or_open(udp_packet(0, "10.0.0.9", 1000, "10.0.0.1", 53));
  EXPECT_TRUE(first.opened);
  EXPECT_EQ(first.direction, Direction::to_server);
  const auto id = first.flow->id;
  EXPECT_GT(id, 0U);
  EXPECT_LT(id, std::uint64_t{1} << 53U);
  const auto back = table.find_or_open(udp_packet(0, "10.0.0.1", 53, "10.0.0.9", 1000));
  EXPECT_FALSE(back.opened);
  EXPECT_EQ(back.direction, Direction::to_client);
  EXPECT_EQ(back.flow->id, id);
  EXPECT_TRUE(table.find_or_open(udp_packet(0, "10.0.0.9", 1001, "10.0.0.1", 53)).opened);
  auto vlan = udp_packet(0, "10.0.0.9", 1000, "10.0.0.1", 53);
  vlan.vlan_count = 1;
  vlan.vlans[0] = 5;
  EXPECT_TRUE(table.find_or_open(vlan).opened) << "another network";
  EXPECT_EQ(table.size(), 3U);
}

TEST(FlowTable, an_answer_of_dns_comes_from_the_server) {
  std::vector<std::uint8_t> message(12, 0);
  const auto direction_of = [&](std::uint16_t from, std::uint16_t to) {
    Ends ends;
    FlowTable table({.key = {1, 2}}, ends);
    auto p = udp_packet(0, "10.0.0.1", from, "10.0.0.9", to);
    p.payload = message;
    p.payload_size = static_cast<std::uint32_t>(message.size());
    const auto found = table.find_or_open(p);
    const bool turned = found.direction == Direction::to_client;
    EXPECT_EQ(found.flow->server.port, turned ? from : to);
    EXPECT_EQ(found.flow->client.port, turned ? to : from);
    return found.direction;
  };
  EXPECT_EQ(direction_of(53, 2000), Direction::to_server) << "a question";
  message[2] = 0x84;
  EXPECT_EQ(direction_of(53, 2000), Direction::to_client);
  EXPECT_EQ(direction_of(2000, 53), Direction::to_server);
  EXPECT_EQ(direction_of(53, 53), Direction::to_server) << "servers among themselves";
  EXPECT_EQ(direction_of(54, 2000), Direction::to_server);
  EXPECT_EQ(direction_of(53, 1023), Direction::to_server) << "nobody asks from there";
  EXPECT_EQ(direction_of(53, 80), Direction::to_server);
  for (const std::size_t count : {4U, 6U, 8U, 10U}) {
    message[count + 1] = 1;
    EXPECT_EQ(direction_of(53, 2000), Direction::to_server) << "there is no room for it";
    message.resize(count == 4 ? 12 + 5 : 12 + 11);
    EXPECT_EQ(direction_of(53, 2000), Direction::to_client);
    message.resize(12);
    message[count + 1] = 0;
  }
  message.resize(11);
  EXPECT_EQ(direction_of(53, 2000), Direction::to_server);
}

TEST(FlowTable, a_syn_ack_comes_from_the_server) {
  Ends ends;
  FlowTable table({.key = {1, 2}}, ends);
  auto p = udp_packet(0, "10.0.0.1", 80, "10.0.0.9", 1000);
  p.proto = ip_proto::kTcp;
  p.flags = tcp_flag::kSyn | tcp_flag::kAck;
  const auto found = table.find_or_open(p);
  EXPECT_EQ(found.direction, Direction::to_client);
  EXPECT_EQ(found.flow->server.port, 80);
}

TEST(FlowTable, closed_flows_leave_at_once_in_a_hurry) {
  Ends ends;
  FlowTable table({.key = {1, 2}}, ends);
  for (std::uint16_t port = 1; port <= 2; ++port) {
    auto p = udp_packet(0, "10.0.0.9", port, "10.0.0.1", 80);
    p.proto = ip_proto::kTcp;
    auto& flow = *table.find_or_open(p).flow;
    p.flags = tcp_flag::kSyn;
    flow.tcp.update(p, true, false);
    p.flags = tcp_flag::kRst | tcp_flag::kAck;
    p.ack = 1;
    if (port == 2) flow.tcp.update(p, false, false);
    table.touch(flow, at(0));
  }
  table.expire(at(2));
  EXPECT_TRUE(ends.seen.empty());
  table.expire(at(1), true);
  EXPECT_TRUE(ends.seen.empty());
  table.expire(at(2), true);
  ASSERT_EQ(ends.seen.size(), 1U);
  EXPECT_EQ(ends.seen[0].first, 2);
}

TEST(FlowTable, silent_flows_leave_by_packet_time) {
  Ends ends;
  FlowTable table({.key = {1, 2}}, ends);
  for (std::uint16_t port = 1; port <= 2; ++port) {
    auto& flow = *table.find_or_open(udp_packet(0, "10.0.0.9", port, "10.0.0.1", 53)).flow;
    flow.packets = {1, port == 2 ? 1U : 0U};  // the second was answered
    table.touch(flow, at(0));
  }
  table.expire(at(30));
  EXPECT_TRUE(ends.seen.empty());
  table.expire(at(31));
  ASSERT_EQ(ends.seen.size(), 1U);
  EXPECT_EQ(ends.seen[0], std::pair(std::uint16_t{1}, FlowEnd::timeout));
  table.expire(at(301));
  EXPECT_EQ(ends.seen.size(), 2U);
  EXPECT_EQ(table.size(), 0U);
}

TEST(FlowTable, is_bounded_and_counts_what_it_pushed_out) {
  Ends ends;
  FlowTable table({.memory = 0, .key = {1, 2}}, ends);
  const auto room = table.capacity();
  ASSERT_EQ(room, 16U);
  for (std::uint16_t port = 1; port <= room + 5; ++port)
    table.find_or_open(udp_packet(port, "10.0.0.9", port, "10.0.0.1", 53));
  EXPECT_EQ(table.size(), room);
  EXPECT_EQ(table.evicted(), 5U);
  ASSERT_EQ(ends.seen.size(), 5U);
  EXPECT_EQ(ends.seen[0], std::pair(std::uint16_t{1}, FlowEnd::evicted)) << "the oldest first";
  EXPECT_FALSE(table.find_or_open(udp_packet(99, "10.0.0.9", 6, "10.0.0.1", 53)).opened);
}

TEST(FlowTable, survives_churn) {
  Ends ends;
  FlowTable table({.memory = 64U << 10U, .key = {1, 2}}, ends);
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const auto p = udp_packet(i * 0.01, "10.0.0.9", static_cast<std::uint16_t>(i * 7919 % 60000),
                              "10.0.0.1", 53);
    table.touch(*table.find_or_open(p).flow, p.time);
    if (i % 64 == 0) table.expire(p.time);
  }
  EXPECT_LE(table.size(), table.capacity());
  table.clear();
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(ends.seen.size(), table.opened());
}

TEST(FlowTable, finds_flows_by_their_ports) {
  Ends ends;
  FlowTable table({.key = {1, 2}}, ends);
  table.find_or_open(udp_packet(0, "10.0.0.9", 1000, "10.0.0.1", 53));
  table.find_or_open(udp_packet(0, "10.0.0.8", 1000, "10.0.0.1", 53));
  table.find_or_open(udp_packet(0, "10.0.0.8", 1001, "10.0.0.1", 53));
  std::vector<std::string> clients;
  const auto visit = [&](Flow& flow) {
    if (flow.client.port == 1000) clients.push_back(base::to_string(flow.client.address));
  };
  table.for_ports(53, 1000, ip_proto::kUdp, 100, visit);
  EXPECT_EQ(clients, (std::vector<std::string>{"10.0.0.8", "10.0.0.9"})) << "the newest first";
  clients.clear();
  table.for_ports(53, 1000, ip_proto::kTcp, 100, visit);
  EXPECT_TRUE(clients.empty());
}

model::OwnTuple tuple(std::uint16_t port, model::Owner owner = model::Owner::load) {
  model::OwnTuple out;
  out.local_port = port;
  out.remote = {ip("10.0.0.1"), 53};
  out.proto = model::IpProto::udp;
  out.owner = owner;
  return out;
}

TEST(OwnTable, knows_both_directions_and_nothing_else) {
  OwnTable table({1, 2});
  table.add(tuple(1000, model::Owner::probe));
  EXPECT_EQ(table.owner_of(udp_packet(0, "10.0.0.9", 1000, "10.0.0.1", 53)), model::Owner::probe);
  EXPECT_EQ(table.owner_of(udp_packet(0, "10.0.0.1", 53, "10.0.0.9", 1000)), model::Owner::probe);
  EXPECT_EQ(table.owner_of(udp_packet(0, "10.0.0.9", 1001, "10.0.0.1", 53)), model::Owner::other);
  EXPECT_EQ(table.owner_of(udp_packet(0, "10.0.0.9", 1000, "10.0.0.2", 53)), model::Owner::other);
  auto tcp = udp_packet(0, "10.0.0.9", 1000, "10.0.0.1", 53);
  tcp.proto = ip_proto::kTcp;
  EXPECT_EQ(table.owner_of(tcp), model::Owner::other);
}

TEST(OwnTable, knows_echoes_by_their_id) {
  OwnTable table({1, 2});
  auto echo = tuple(77);
  echo.proto = model::IpProto::icmp;
  echo.remote.port = 0;
  table.add(echo);
  Packet p;
  ASSERT_EQ(decode(LinkType::raw_ip,
                   icmp({.source = ip("10.0.0.1"), .destination = ip("10.0.0.9")}, 0, 77, 1),
                   Checksums::verify, p),
            Invalid::none);
  EXPECT_EQ(table.owner_of(p), model::Owner::load);
  p.icmp_id = 78;
  EXPECT_EQ(table.owner_of(p), model::Owner::other);
}

TEST(OwnTable, the_oldest_leaves_and_the_newest_word_counts) {
  OwnTable table({1, 2}, 4);
  for (std::uint16_t port = 1; port <= 6; ++port) table.add(tuple(port));
  table.add(tuple(6, model::Owner::canary));
  EXPECT_EQ(table.size(), 4U);
  for (std::uint16_t port = 1; port <= 6; ++port) {
    const auto expected = port <= 2   ? model::Owner::other
                          : port == 6 ? model::Owner::canary
                                      : model::Owner::load;
    EXPECT_EQ(table.owner_of(udp_packet(0, "10.0.0.9", port, "10.0.0.1", 53)), expected) << port;
  }
}

}  // namespace
}  // namespace rampart::sniffer
