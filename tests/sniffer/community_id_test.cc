#include "sniffer/eve/community_id.h"

#include <gtest/gtest.h>

#include "packet_builder.h"

namespace rampart::sniffer {
namespace {

using test::ip;

// The reference data of the specification.
struct Case {
  std::uint8_t proto;
  const char* source;
  const char* destination;
  std::uint16_t first;   // port, or ICMP type
  std::uint16_t second;  // port, or ICMP code
  const char* id;
};
constexpr Case kCases[] = {
    {6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {6, "66.35.250.204", "128.232.110.120", 80, 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25,
     "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
    {17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
    {17, "8.8.8.8", "192.168.1.52", 53, 54585, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
    {1, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
    {1, "192.168.0.1", "192.168.0.89", 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
    {1, "10.0.0.1", "10.0.0.2", 11, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM="},
    {58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0,
     "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
    {58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0,
     "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
    {58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 135, 0,
     "1:zavyT/cezQr1fmImYCwYnMXbgck="},
    {58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 0,
     "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
    {58, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4,
     "1:hLZd0XGWojozrvxqE0dWB1iM6R0="},
    {58, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 0, "1:pkvHqCL88/tg1k4cPigmZXUtL00="},
    {46, "10.1.12.1", "10.1.12.2", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
    {46, "10.1.12.2", "10.1.12.1", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
    {132, "192.168.170.8", "192.168.170.56", 0, 0, ""},
};

TEST(CommunityId, is_that_of_the_specification) {
  for (const auto& c : kCases) {
    Packet packet;
    packet.proto = c.proto;
    packet.source = ip(c.source);
    packet.destination = ip(c.destination);
    Flow flow;
    flow.key.proto = c.proto;
    if (c.proto == ip_proto::kIcmp || c.proto == ip_proto::kIcmp6) {
      packet.icmp_type = flow.icmp_type = static_cast<std::uint8_t>(c.first);
      packet.icmp_code = flow.icmp_code = static_cast<std::uint8_t>(c.second);
    } else {
      packet.source_port = c.first;
      packet.destination_port = c.second;
    }
    flow.client = {packet.source, packet.source_port};
    flow.server = {packet.destination, packet.destination_port};
    EXPECT_EQ(community_id(packet), c.id) << c.source << ' ' << c.first;
    EXPECT_EQ(community_id(flow), c.id) << c.source << ' ' << c.first;
  }
}

}  // namespace
}  // namespace rampart::sniffer
