#include "sniffer/decode/layers.h"

namespace rampart::sniffer {
namespace {

// A type and the highest code that it has, by IANA's registries of ICMP parameters.
struct Codes {
  std::uint8_t type;
  std::uint8_t most;
};
// Of IPv4 those of RFC 792 and RFC 950, and router advertisements, which have several codes.
constexpr Codes kIcmp[] = {{0, 0},  {3, 15}, {4, 0},  {5, 3},  {8, 0},  {9, 255}, {11, 1},
                           {12, 0}, {13, 0}, {14, 0}, {15, 0}, {16, 0}, {17, 0},  {18, 0}};
constexpr Codes kIcmp6[] = {{1, 6},   {2, 0},   {3, 1},     {4, 2},     {128, 0},   {129, 0},
                            {130, 0}, {131, 0}, {132, 0},   {133, 0},   {134, 0},   {135, 0},
                            {136, 0}, {137, 0}, {138, 1},   {139, 2},   {140, 2},   {141, 0},
                            {142, 0}, {143, 0}, {144, 0},   {145, 0},   {146, 0},   {147, 0},
                            {148, 0}, {149, 0}, {150, 255}, {151, 255}, {152, 255}, {153, 255},
                            {154, 0}, {155, 3}, {157, 4},   {158, 0},   {160, 0},   {161, 4}};

template <std::size_t kCount>
const Codes* find(const Codes (&table)[kCount], std::uint8_t type) {
  for (const auto& codes : table)
    if (codes.type == type) return &codes;
  return nullptr;
}

constexpr std::size_t kQuote = 8;  // where an error quotes the packet that it is about

}  // namespace

void read_icmp_events(Bytes body, Packet& packet) {
  const auto type = packet.icmp_type;
  const auto* codes = find(kIcmp, type);
  if (codes == nullptr) {
    packet.events.add(DecodeEvent::icmp_unknown_type);
    return;
  }
  if (packet.icmp_code > codes->most) {
    packet.events.add(DecodeEvent::icmp_unknown_code);
    return;
  }
  // RFC 792: destination unreachable, source quench, redirect, time exceeded, parameter problem.
  const bool error = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
  if (!error || packet.cut) return;
  const auto quote = body.subspan(kQuote);
  if (quote.size() < 20)
    packet.events.add(DecodeEvent::icmp_inner_truncated);
  else if (quote[0] >> 4U != 4)
    packet.events.add(DecodeEvent::icmp_inner_version);
}

void read_icmp6_events(Bytes body, Packet& packet) {
  const auto type = packet.icmp_type;
  constexpr std::uint8_t kQuery = 130, kReport = 131, kDone = 132;
  const auto* codes = find(kIcmp6, type);
  if (codes == nullptr) {
    const bool experiment = type == 100 || type == 101 || type == 200 || type == 201;
    const bool reserved = type == 0 || type == 127 || (type >= 150 && type <= 161);
    packet.events.add(experiment ? DecodeEvent::icmp6_experimental
                      : reserved ? DecodeEvent::icmp6_unknown_type
                                 : DecodeEvent::icmp6_unassigned);
    return;
  }
  constexpr std::uint8_t kRenumbering = 138, kReset = 255;  // RFC 2894, section 3.1
  const bool known =
      packet.icmp_code <= codes->most || (type == kRenumbering && packet.icmp_code == kReset);
  if (!known) packet.events.add(DecodeEvent::icmp6_unknown_code);
  // RFC 2710, section 3: never further than the link.
  if ((type == kQuery || type == kReport || type == kDone) && packet.ttl != 1)
    packet.events.add(DecodeEvent::icmp6_mld_hop_limit);
  if (!known || type > 4 || packet.cut) return;  // RFC 4443: the errors
  const auto quote = body.subspan(kQuote);
  if (quote.size() < 40)
    packet.events.add(DecodeEvent::icmp6_inner_truncated);
  else if (quote[0] >> 4U != 6)
    packet.events.add(DecodeEvent::icmp6_inner_version);
}

}  // namespace rampart::sniffer
