#include "net/icmp_echo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace rampart::net {
namespace {

constexpr Echo kEcho{0x1234, 7, 0x0102030405060708ULL};

std::vector<std::uint8_t> reply_to(const Echo& echo, bool v6) {
  const auto request = write_echo_request(echo, v6);
  std::vector<std::uint8_t> out(request.begin(), request.end());
  out[0] = v6 ? 129 : 0;
  return out;
}

TEST(IcmpEcho, EachNumberHasAnIdAndNoneIsZero) {
  std::vector<bool> taken(65536);
  taken[0] = true;
  for (std::uint64_t number = 0; number < 65535; ++number) {
    const auto id = echo_id("20260101-000000-abcd", number);
    ASSERT_FALSE(taken[id]) << number;
    taken[id] = true;
  }
  EXPECT_NE(echo_id("20260101-000000-abcd", 0), echo_id("20260101-000000-abce", 0));
}

TEST(IcmpEcho, RequestBytes) {
  const auto request = write_echo_request(kEcho, false);
  const std::vector<std::uint8_t> head(request.begin(), request.begin() + 16);
  // Checksum by hand: 0800 + 1234 + 0007 + 0102 + 0304 + 0506 + 0708 = 2a4f, complement d5b0.
  EXPECT_EQ(head, (std::vector<std::uint8_t>{8, 0, 0xD5, 0xB0, 0x12, 0x34, 0, 7, 1, 2, 3, 4, 5, 6,
                                             7, 8}));
  const auto request6 = write_echo_request(kEcho, true);
  EXPECT_EQ(request6[0], 128);
  EXPECT_EQ(request6[2], 0);  // the kernel's to fill in
  EXPECT_EQ(request6[3], 0);
}

TEST(IcmpEcho, ReadsReplies) {
  EXPECT_EQ(read_echo_reply(reply_to(kEcho, false), false, false), kEcho);
  EXPECT_EQ(read_echo_reply(reply_to(kEcho, true), true, false), kEcho);
  for (const std::uint8_t words : std::initializer_list<std::uint8_t>{5, 6, 15}) {  // IP options
    std::vector<std::uint8_t> packet(std::size_t{words} * 4);
    packet[0] = static_cast<std::uint8_t>(0x40U | words);
    const auto reply = reply_to(kEcho, false);
    packet.insert(packet.end(), reply.begin(), reply.end());
    EXPECT_EQ(read_echo_reply(packet, false, true), kEcho);
  }
}

TEST(IcmpEcho, RefusesEverythingElse) {
  const auto good = reply_to(kEcho, false);
  EXPECT_FALSE(read_echo_reply(good, true, false));
  EXPECT_FALSE(read_echo_reply(write_echo_request(kEcho, false), false, false));
  auto coded = good;
  coded[1] = 1;
  EXPECT_FALSE(read_echo_reply(coded, false, false));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(read_echo_reply(std::span(good).first(size), false, false)) << size;
  std::vector<std::uint8_t> packet(20);
  packet[0] = 0x45;
  packet.insert(packet.end(), good.begin(), good.end());
  for (std::size_t size = 0; size < packet.size(); ++size)
    EXPECT_FALSE(read_echo_reply(std::span(packet).first(size), false, true)) << size;
}

// The sum over the whole message, checksum included, is all ones (RFC 1071), also where the length
// is odd.
TEST(IcmpEcho, ChecksumsOfAnyLength) {
  for (std::size_t size = kEchoHeader; size < 40; ++size) {
    std::vector<std::uint8_t> message(size, 0xA7);
    write_echo_header(message, 0xFFFE, 0x8001, false);
    if (size % 2 != 0) message.push_back(0);
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < message.size(); i += 2)
      sum += static_cast<std::uint32_t>(message[i] << 8 | message[i + 1]);
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
    EXPECT_EQ(sum, 0xFFFFU) << size;
  }
}

TEST(IcmpEcho, ReadsMessagesOfAnyLengthByTheirKind) {
  for (const bool v6 : {false, true}) {
    std::vector<std::uint8_t> message(kEchoHeader + 3, 'd');
    write_echo_header(message, 9, 300, v6);
    const auto request = read_echo(message, EchoKind::request, v6, false);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->id, 9);
    EXPECT_EQ(request->sequence, 300);
    EXPECT_EQ(request->data.size(), 3U);
    EXPECT_FALSE(read_echo(message, EchoKind::reply, v6, false));
    EXPECT_FALSE(read_echo(message, EchoKind::request, !v6, false));
    EXPECT_FALSE(
        read_echo(std::span(message).first(kEchoHeader - 1), EchoKind::request, v6, false));
  }
}

}  // namespace
}  // namespace rampart::net
