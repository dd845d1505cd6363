#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/ip_address.h"
#include "sniffer/decode/decode_event.h"

namespace rampart::sniffer {

using Bytes = std::span<const std::uint8_t>;

// What a frame begins with.
enum class LinkType : std::uint8_t {
  ethernet,      // with any number of 802.1Q and 802.1ad tags
  linux_sll,     // "any" device, cooked v1
  linux_sll2,    // cooked v2
  raw_ip,        // version nibble first
  bsd_loopback,  // 4 bytes of address family, either byte order
  ppp,           // RFC 1661, with or without address and control bytes
  cisco_hdlc,    // four bytes, the last two an Ethernet type
  nflog,         // what Linux's netfilter logged: IP among its attributes
};

namespace tcp_flag {
inline constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10,
                              kUrg = 0x20, kEce = 0x40, kCwr = 0x80;
}

namespace ip_proto {
inline constexpr std::uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmp6 = 58, kSctp = 132;
}

// A view of one frame. The spans point into the caller's bytes and live as long as those.
struct Packet {
  // Set by the caller of decode().
  base::WallTime time{};
  std::uint64_t number = 0;       // 1-based in the capture
  std::uint32_t wire_length = 0;  // bytes on the wire; more than the frame where snaplen cut it

  DecodeEvents events;  // all that were raised; set by decode() and the defragmenter

  std::uint32_t frame_missing = 0;  // bytes of the frame that snaplen cut off; set by decode()

  // Link and network layer.
  std::uint8_t ip_version = 0;  // 4, 6, or 0: not IP (ARP and so on), nothing below is set
  std::uint8_t proto = 0;       // of the upper layer, after IPv6 extension headers
  std::uint8_t ttl = 0;         // or hop limit
  std::uint8_t vlan_count = 0;
  std::array<std::uint16_t, 2> vlans{};  // the outermost first
  std::uint16_t ip_id = 0;               // IPv4
  std::uint8_t fragment_bits = 0;        // IPv4: reserved 4, don't fragment 2, more fragments 1
  bool rebuilt = false;                  // put together from fragments
  bool fragment = false;  // part of a datagram: no ports; the payload is what the fragment carries
  bool more_fragments = false;        // not the last one
  std::uint16_t fragment_offset = 0;  // bytes
  std::uint32_t fragment_id = 0;
  bool cut = false;        // snaplen took bytes of payload or headers: counted, never inspected
  bool transport = false;  // ports or ICMP fields below are set
  base::IpAddress source;
  base::IpAddress destination;

  // Transport layer.
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint16_t window = 0;
  std::uint8_t flags = 0;         // tcp_flag
  std::int8_t window_scale = -1;  // TCP option; -1: absent
  std::int32_t mss = -1;          // TCP option; -1: absent
  bool timestamped = false;       // TCP option: the next two are set (RFC 7323)
  std::uint32_t timestamp = 0;    //
  std::uint32_t timestamp_echo = 0;
  std::uint8_t icmp_type = 0;      // ICMP and ICMPv6
  std::uint8_t icmp_code = 0;      //
  bool icmp_echo = false;          // request or reply: the next two are set
  std::uint16_t icmp_id = 0;       //
  std::uint16_t icmp_seq = 0;      //
  std::uint32_t payload_size = 0;  // as on the wire; more than payload.size() where cut
  // Of TCP or UDP; ICMP: after the first 8 bytes; SCTP: the chunks; else of IP.
  Bytes payload;
  Bytes ip_header;         // with IPv4's options, without IPv6's extensions
  Bytes transport_header;  // of TCP, with options, or UDP; of ICMP the first 8 bytes

  // What a tunnel (GRE, IP in IP, VXLAN and others) carries: to be decoded as a packet of its own.
  // Empty: none.
  Bytes inner;
  LinkType inner_link = LinkType::ethernet;
  bool tunnelled = false;  // this packet was carried by another; set by the caller of decode()

  [[nodiscard]] bool is_tcp() const { return transport && proto == ip_proto::kTcp; }
  [[nodiscard]] bool is_udp() const { return transport && proto == ip_proto::kUdp; }
  [[nodiscard]] bool is_icmp() const {
    return transport && (proto == ip_proto::kIcmp || proto == ip_proto::kIcmp6);
  }
  // Which conversation it belongs to is not in it: a fragment, or snaplen took the ports.
  [[nodiscard]] bool homeless() const {
    return fragment || (cut && !transport &&
                        (proto == ip_proto::kTcp || proto == ip_proto::kUdp ||
                         proto == ip_proto::kIcmp || proto == ip_proto::kIcmp6));
  }
  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) == flag; }
  [[nodiscard]] bool icmp_echo_request() const {
    return icmp_echo && icmp_type == (proto == ip_proto::kIcmp ? 8 : 128);
  }
};

}  // namespace rampart::sniffer
