#include "sniffer/flow/implied_packet.h"

#include <gtest/gtest.h>

#include "packet_builder.h"

namespace rampart::sniffer {
namespace {

using test::at;
using test::ip;

TEST(ImpliedPacket, GoesTheOtherWayWithEmptyHands) {
  const std::uint8_t byte = 'x';
  Packet packet;
  packet.ip_version = 4;
  packet.proto = ip_proto::kTcp;
  packet.transport = true;
  packet.time = at(3);
  packet.source = ip("10.0.0.1");
  packet.destination = ip("10.0.0.2");
  packet.source_port = 4000;
  packet.destination_port = 80;
  packet.payload = {&byte, 1};
  packet.payload_size = 1;
  const auto out = reversed(packet);
  EXPECT_EQ(out.source, packet.destination);
  EXPECT_EQ(out.source_port, 80);
  EXPECT_EQ(out.destination, packet.source);
  EXPECT_EQ(out.destination_port, 4000);
  EXPECT_EQ(out.time, packet.time);
  EXPECT_TRUE(out.payload.empty());
  EXPECT_EQ(out.payload_size, 0U);
}

TEST(ImpliedPacket, SpeaksForEitherSideOfAFlow) {
  Flow flow;
  flow.key.proto = ip_proto::kUdp;
  flow.client = {ip("fe80::1"), 4000};
  flow.server = {ip("fe80::2"), 53};
  flow.last = at(9);
  const auto request = last_words(flow, Direction::to_server);
  EXPECT_TRUE(request.is_udp());
  EXPECT_EQ(request.ip_version, 6);
  EXPECT_EQ(request.source, flow.client.address);
  EXPECT_EQ(request.destination_port, 53);
  EXPECT_EQ(request.time, at(9));
  const auto answer = last_words(flow, Direction::to_client);
  EXPECT_EQ(answer.source, flow.server.address);
  EXPECT_EQ(answer.destination_port, 4000);
}

}  // namespace
}  // namespace rampart::sniffer
