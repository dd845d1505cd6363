#include "sniffer/decode/layers.h"

namespace rampart::sniffer {
namespace {

// IANA's registry of IP option numbers.
enum Ipv4Option : std::uint8_t {
  kEnd = 0,
  kNop = 1,
  kRecordRoute = 7,
  kTimestamp = 68,
  kTraceroute = 82,
  kSecurity = 130,
  kLooseRoute = 131,
  kExtendedSecurity = 133,
  kCommercialSecurity = 134,
  kStreamId = 136,
  kStrictRoute = 137,
  kRouterAlert = 148,
};

// The shape of an option: its least length, its only one where `fixed`, and the least value of the
// pointer that its third byte is where it has one.
struct Shape {
  std::uint8_t kind;
  std::uint8_t length;
  bool fixed;
  std::uint8_t pointer;
};
constexpr Shape kShapes[] = {{kRecordRoute, 3, false, 4},        {kTimestamp, 4, false, 5},
                             {kTraceroute, 12, true, 0},         {kSecurity, 3, false, 0},
                             {kLooseRoute, 3, false, 4},         {kExtendedSecurity, 3, false, 0},
                             {kCommercialSecurity, 6, false, 0}, {kStreamId, 4, true, 0},
                             {kStrictRoute, 3, false, 4},        {kRouterAlert, 4, true, 0}};
static_assert(std::size(kShapes) <= 16, "one bit each in `seen`");

DecodeEvent wrong_with(Bytes option, const Shape& shape) {
  if (option.size() < shape.length || (shape.fixed && option.size() != shape.length))
    return DecodeEvent::ipv4_option_length;
  // Routes are lists of addresses of four bytes; timestamps have a byte of overflow and flags more.
  const bool route = shape.pointer == 4;
  if (shape.pointer != 0 &&
      (option[2] < shape.pointer || (route && (option.size() - shape.length) % 4 != 0)))
    return DecodeEvent::ipv4_option_malformed;
  return DecodeEvent::none;
}

}  // namespace

// A length that leads nowhere ends the packet: receivers drop it (RFC 1122, section 3.2.1.8).
Invalid read_ipv4_options(Bytes options, Packet& packet) {
  unsigned seen = 0;
  // RFC 791 asks for a multiple of four, which the header's length always is. Suricata raises the
  // event where it is none of eight.
  if (options.size() % 8 != 0) packet.events.add(DecodeEvent::ipv4_option_padding);
  while (!options.empty() && options[0] != kEnd) {
    if (options[0] == kNop) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() == 1) {
      packet.events.add(DecodeEvent::ipv4_option_no_end);
      break;
    }
    const std::size_t length = options[1];
    if (length < 2 || length > options.size()) return Invalid::ipv4_option_length;
    unsigned bit = 1;
    const Shape* shape = nullptr;
    for (const auto& known : kShapes) {
      if (known.kind == options[0]) {
        shape = &known;
        break;
      }
      bit <<= 1U;
    }
    if (shape == nullptr) {
      packet.events.add(DecodeEvent::ipv4_option_invalid);
    } else {
      if ((seen & bit) != 0) packet.events.add(DecodeEvent::ipv4_option_duplicate);
      seen |= bit;
      const auto wrong = wrong_with(options.first(length), *shape);
      if (wrong == DecodeEvent::ipv4_option_length) return wrong;
      if (wrong != DecodeEvent::none) packet.events.add(wrong);
    }
    options = options.subspan(length);
  }
  // One route at most, loose or strict.
  constexpr unsigned kLoose = 1U << 4U, kStrict = 1U << 8U;
  static_assert(kShapes[4].kind == kLooseRoute && kShapes[8].kind == kStrictRoute);
  if ((seen & kLoose) != 0 && (seen & kStrict) != 0)
    packet.events.add(DecodeEvent::ipv4_option_invalid);
  return Invalid::none;
}

namespace {

// IANA's registry of destination and hop-by-hop options; the length of those that have only one.
struct Ipv6Option {
  std::uint8_t kind;
  std::uint8_t length;  // 0: any
};
constexpr std::uint8_t kPad1 = 0, kPadN = 1;
constexpr Ipv6Option kIpv6Options[] = {{0x04, 1}, {0x05, 2}, {0x07, 0}, {0x08, 0},  {0x0F, 10},
                                       {0x11, 0}, {0x31, 0}, {0x12, 0}, {0x23, 0},  {0x26, 6},
                                       {0x30, 4}, {0x63, 0}, {0x6D, 0}, {0x8A, 0},  {0x8B, 0},
                                       {0x8C, 0}, {0xC2, 4}, {0xC3, 0}, {0xC9, 16}, {0xEE, 0}};

const Ipv6Option* find_ipv6_option(std::uint8_t kind) {
  for (const auto& option : kIpv6Options)
    if (option.kind == kind) return &option;
  return nullptr;
}

}  // namespace

void read_ipv6_options(Bytes options, bool hop_by_hop, Packet& packet) {
  bool only_padding = true;
  while (!options.empty()) {
    const auto kind = options[0];
    if (kind == kPad1) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2 || 2U + options[1] > options.size()) {
      packet.events.add(DecodeEvent::ipv6_option_length);
      return;
    }
    const std::size_t length = options[1];
    options = options.subspan(2 + length);
    if (kind == kPadN) {
      if (length == 0) packet.events.add(DecodeEvent::ipv6_empty_padding);
      continue;
    }
    only_padding = false;
    const auto* known = find_ipv6_option(kind);
    if (known == nullptr)
      packet.events.add(hop_by_hop ? DecodeEvent::ipv6_hop_by_hop_unknown
                                   : DecodeEvent::ipv6_destination_unknown);
    else if (known->length != 0 && known->length != length)
      packet.events.add(DecodeEvent::ipv6_option_length);
  }
  if (only_padding)
    packet.events.add(hop_by_hop ? DecodeEvent::ipv6_hop_by_hop_padding
                                 : DecodeEvent::ipv6_destination_padding);
}

}  // namespace rampart::sniffer
