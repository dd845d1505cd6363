#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "sniffer/decode/packet.h"
#include "sniffer/rules/number_range.h"
#include "sniffer/rules/rule_parser.h"

// Keywords on the headers of a packet and on the state of its flow.

namespace rampart::sniffer {
namespace {

using base::Status;
using Field = HeaderTest::Field;

std::uint32_t most_of(Field field) {
  switch (field) {
    case Field::fragment_offset: return 8191;
    case Field::icmp6_mtu: return 0xFFFFFFFF;
    case Field::ip_version:
    case Field::ip_option:
    case Field::ttl:
    case Field::ip_proto:
    case Field::icmp_type:
    case Field::icmp_code:
    case Field::tos: return 255;
    case Field::ip_id:
    case Field::dsize:
    case Field::window:
    case Field::icmp_id:
    case Field::icmp_seq:
    case Field::tcp_mss: return 65535;
    case Field::seq:
    case Field::ack:
    case Field::flow_age: return 0xFFFFFFFF;
  }
  return 0;
}

Status add_number(RuleBuilder& b, Located value, Field field) {
  RAMPART_TRY(const auto range, read_range(value, most_of(field), b.complaint));
  b.rule.headers.push_back({field, range.low, range.high, range.negated});
  return {};
}

// Names of the IANA's registry of protocol numbers.
constexpr std::pair<std::string_view, std::uint32_t> kIpProtos[] = {{"hopopt", 0},
                                                                    {"icmp", 1},
                                                                    {"igmp", 2},
                                                                    {"ggp", 3},
                                                                    {"ipip", 4},
                                                                    {"ipencap", 4},
                                                                    {"ip-in-ip", 4},
                                                                    {"st", 5},
                                                                    {"tcp", 6},
                                                                    {"egp", 8},
                                                                    {"igp", 9},
                                                                    {"pup", 12},
                                                                    {"udp", 17},
                                                                    {"hmp", 20},
                                                                    {"xns-idp", 22},
                                                                    {"rdp", 27},
                                                                    {"iso-tp4", 29},
                                                                    {"dccp", 33},
                                                                    {"xtp", 36},
                                                                    {"ddp", 37},
                                                                    {"idpr-cmtp", 38},
                                                                    {"ipv6", 41},
                                                                    {"ipv6-route", 43},
                                                                    {"ipv6-frag", 44},
                                                                    {"idrp", 45},
                                                                    {"rsvp", 46},
                                                                    {"gre", 47},
                                                                    {"esp", 50},
                                                                    {"ipsec-esp", 50},
                                                                    {"ah", 51},
                                                                    {"ipsec-ah", 51},
                                                                    {"skip", 57},
                                                                    {"icmp6", 58},
                                                                    {"ipv6-icmp", 58},
                                                                    {"icmpv6", 58},
                                                                    {"ipv6-nonxt", 59},
                                                                    {"ipv6-opts", 60},
                                                                    {"rspf", 73},
                                                                    {"vmtp", 81},
                                                                    {"eigrp", 88},
                                                                    {"ospf", 89},
                                                                    {"ospfigp", 89},
                                                                    {"ax.25", 93},
                                                                    {"etherip", 97},
                                                                    {"encap", 98},
                                                                    {"pim", 103},
                                                                    {"ipcomp", 108},
                                                                    {"vrrp", 112},
                                                                    {"l2tp", 115},
                                                                    {"isis", 124},
                                                                    {"sctp", 132},
                                                                    {"fc", 133},
                                                                    {"mobility-header", 135},
                                                                    {"udplite", 136},
                                                                    {"mpls-in-ip", 137},
                                                                    {"hip", 139},
                                                                    {"shim6", 140}};

Status add_ip_proto(RuleBuilder& b, Located value) {
  auto name = value;
  const bool negated = name.take("!");
  for (const auto& [text, number] : kIpProtos)
    if (std::equal(name.text.begin(), name.text.end(), text.begin(), text.end(),
                   [](char a, char c) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == c; })) {
      b.rule.headers.push_back({Field::ip_proto, number, number, negated});
      return {};
    }
  return add_number(b, value, Field::ip_proto);
}

template <Field kField>
Status add(RuleBuilder& b, Located value) {
  return add_number(b, value, kField);
}

// tos:8  tos:!x10
Status add_tos(RuleBuilder& b, Located value) {
  auto text = value;
  const bool negated = text.take("!");
  const auto number =
      to_number(text.text.starts_with('x') ? "0" + std::string(text.text) : std::string(text.text),
                most_of(Field::tos));
  if (!number)
    return b.complaint.about(value, fmt::format("'{}' is not a number of 0 to 255", value.text));
  const auto wanted = static_cast<std::uint32_t>(*number);
  b.rule.headers.push_back({Field::tos, wanted, wanted, negated});
  return {};
}

base::Result<std::uint8_t> flag_letters(RuleBuilder& b, const Located& text) {
  constexpr std::pair<char, std::uint8_t> kLetters[] = {{'F', tcp_flag::kFin},
                                                        {'S', tcp_flag::kSyn},
                                                        {'R', tcp_flag::kRst},
                                                        {'P', tcp_flag::kPsh},
                                                        {'A', tcp_flag::kAck},
                                                        {'U', tcp_flag::kUrg},
                                                        {'E', tcp_flag::kEce},
                                                        {'2', tcp_flag::kEce},
                                                        {'C', tcp_flag::kCwr},
                                                        {'1', tcp_flag::kCwr},
                                                        {'0', 0}};
  std::uint8_t out = 0;
  for (std::size_t i = 0; i < text.text.size(); ++i) {
    const char c = text.text[i] >= 'a' && text.text[i] <= 'z' ? static_cast<char>(text.text[i] - 32)
                                                              : text.text[i];
    const auto* found = std::find_if(std::begin(kLetters), std::end(kLetters),
                                     [&](const auto& l) { return l.first == c; });
    if (found == std::end(kLetters))
      return b.complaint.at(text.at + i, fmt::format("'{}' is not a TCP flag; use F S R P A U E C "
                                                     "or 0",
                                                     text.text[i]));
    out |= found->second;
  }
  return out;
}

// Takes the sign before or behind the letters off.
Located take_mode(Located letters, FlagsTest::Mode& mode) {
  const auto read = [&](char c) {
    if (c == '+') mode = FlagsTest::Mode::all;
    if (c == '*') mode = FlagsTest::Mode::any;
    if (c == '!') mode = FlagsTest::Mode::not_all;
    return c == '+' || c == '*' || c == '!';
  };
  if (!letters.empty() && read(letters.text.front())) return letters.sub(1);
  if (!letters.empty() && read(letters.text.back())) return letters.sub(0, letters.text.size() - 1);
  return letters;
}

// flags:[*+!]LETTERS[*+!][,IGNORED]
Status set_flags(RuleBuilder& b, Located value) {
  if (b.rule.flags) return b.complaint.about(value, "'flags' stands twice");
  const auto parts = split(value, ',');
  if (parts.size() > 2) return b.complaint.about(parts[2], "expected flags:LETTERS,IGNORED");
  FlagsTest test;
  const auto letters = take_mode(parts[0], test.mode);
  if (letters.empty()) return b.complaint.about(value, "which flags?");
  RAMPART_TRY(test.wanted, flag_letters(b, letters));
  if (parts.size() == 2) {
    RAMPART_TRY(test.ignored, flag_letters(b, parts[1]));
  }
  b.rule.flags = test;
  return {};
}

Status set_flow(RuleBuilder& b, Located value) {
  if (b.rule.flow) return b.complaint.about(value, "'flow' stands twice");
  FlowTest test;
  bool stateless = false;
  for (const auto& part : split(value, ',')) {
    const auto name = part.text;
    const bool to_server = name == "to_server" || name == "from_client";
    const bool to_client = name == "to_client" || name == "from_server";
    if (to_server || to_client) {
      if (test.to_server && *test.to_server != to_server)
        return b.complaint.about(part, "a packet goes in one direction only");
      test.to_server = to_server;
    } else if (name == "established" || name == "not_established") {
      const bool wanted = name == "established";
      if (stateless || (test.established && *test.established != wanted))
        return b.complaint.about(part,
                                 "established, not_established and stateless exclude each "
                                 "other");
      test.established = wanted;
    } else if (name == "stateless") {
      if (test.established)
        return b.complaint.about(part,
                                 "established, not_established and stateless exclude each "
                                 "other");
      stateless = true;
    } else if (name == "only_stream") {
      test.only_stream = true;
    } else if (name == "no_stream") {
      test.no_stream = true;
    } else if (name == "no_frag" || name == "only_frag") {
      test.fragment = name == "only_frag";
    } else {
      return b.complaint.about(part, fmt::format("flow option '{}' is not supported yet", name));
    }
  }
  if (test.only_stream && test.no_stream)
    return b.complaint.about(value, "only_stream and no_stream exclude each other");
  b.rule.flow = test;
  return {};
}

// l3_proto:ipv4
Status add_ip_version(RuleBuilder& b, Located value) {
  const bool v4 = value.text == "ipv4" || value.text == "ip4";
  if (!v4 && value.text != "ipv6" && value.text != "ip6")
    return b.complaint.about(value, fmt::format("'{}' is not ipv4 or ipv6", value.text));
  const std::uint32_t version = v4 ? 4 : 6;
  b.rule.headers.push_back({Field::ip_version, version, version, false});
  return {};
}

// ipopts:rr
Status add_ip_option(RuleBuilder& b, Located value) {
  constexpr std::pair<std::string_view, std::uint32_t> kOptions[] = {
      {"eol", 0},    {"nop", 1},    {"rr", 7},      {"ts", 68},   {"sec", 130},
      {"lsrr", 131}, {"esec", 133}, {"satid", 136}, {"ssrr", 137}};
  for (const auto& [name, number] : kOptions)
    if (name == value.text) {
      b.rule.headers.push_back({Field::ip_option, number, number, false});
      return {};
    }
  return b.complaint.about(value, fmt::format("'{}' is not an option of IPv4; use rr, eol, nop, "
                                              "ts, sec, esec, lsrr, ssrr or satid",
                                              value.text));
}

Status set_same_ip(RuleBuilder& b, Located) {
  b.rule.same_ip = true;
  return {};
}

// fragbits:[*+!]MDR[*+!]
Status set_fragment_bits(RuleBuilder& b, Located value) {
  if (b.rule.fragment_bits) return b.complaint.about(value, "'fragbits' stands twice");
  FragmentBitsTest test;
  const auto letters = take_mode(value, test.mode);
  if (letters.empty()) return b.complaint.about(value, "which bits?");
  for (std::size_t i = 0; i < letters.text.size(); ++i) {
    const auto bit = std::string_view("MDR").find(static_cast<char>(letters.text[i] & ~0x20));
    if (bit == std::string_view::npos)
      return b.complaint.at(letters.at + i, fmt::format("'{}' is not a bit of fragments; use M D "
                                                        "or R",
                                                        letters.text[i]));
    test.wanted |= static_cast<std::uint8_t>(1U << bit);
  }
  b.rule.fragment_bits = test;
  return {};
}

// stream_size:server,<,5
Status add_stream_size(RuleBuilder& b, Located value) {
  constexpr std::pair<std::string_view, StreamSizeTest::Side> kSides[] = {
      {"client", StreamSizeTest::Side::client},
      {"server", StreamSizeTest::Side::server},
      {"both", StreamSizeTest::Side::both},
      {"either", StreamSizeTest::Side::either}};
  const auto parts = split(value, ',');
  if (parts.size() != 3)
    return b.complaint.about(value, "expected stream_size:side,operator,number");
  const auto* side = std::find_if(std::begin(kSides), std::end(kSides),
                                  [&](const auto& s) { return s.first == parts[0].text; });
  if (side == std::end(kSides))
    return b.complaint.about(parts[0], fmt::format("a side is client, server, both or either, not "
                                                   "'{}'",
                                                   parts[0].text));
  const auto op = parts[1].text;
  if (op != "<" && op != ">" && op != "=" && op != "<=" && op != ">=" && op != "!" && op != "!=")
    return b.complaint.about(
        parts[1], fmt::format("unknown operator '{}'; use < > = <= >= or !=", parts[1].text));
  const auto text = std::string(op) + std::string(parts[2].text);
  RAMPART_TRY(const auto range, read_range({text, parts[2].at}, 0xFFFFFFFF, b.complaint));
  b.rule.stream_sizes.push_back({side->second, range.low, range.high, range.negated});
  return {};
}

constexpr auto kNone = Keyword::Value::none;
constexpr auto kRequired = Keyword::Value::required;

constexpr Keyword kKeywords[] = {
    {"flow", kRequired, set_flow},
    {"flags", kRequired, set_flags},
    {"tcp.flags", kRequired, set_flags},
    {"dsize", kRequired, add<Field::dsize>},
    {"ttl", kRequired, add<Field::ttl>},
    {"id", kRequired, add<Field::ip_id>},
    {"tos", kRequired, add_tos},
    {"flow.age", kRequired, add<Field::flow_age>},
    {"ip_proto", kRequired, add_ip_proto},
    {"l3_proto", kRequired, add_ip_version},
    {"ipopts", kRequired, add_ip_option},
    {"fragoffset", kRequired, add<Field::fragment_offset>},
    {"icmpv6.mtu", kRequired, add<Field::icmp6_mtu>},
    {"sameip", kNone, set_same_ip},
    {"fragbits", kRequired, set_fragment_bits},
    {"stream_size", kRequired, add_stream_size},
    {"tcp.mss", kRequired, add<Field::tcp_mss>},
    {"tcp.window", kRequired, add<Field::window>},
    {"seq", kRequired, add<Field::seq>},
    {"tcp.seq", kRequired, add<Field::seq>},
    {"ack", kRequired, add<Field::ack>},
    {"tcp.ack", kRequired, add<Field::ack>},
    {"window", kRequired, add<Field::window>},
    {"itype", kRequired, add<Field::icmp_type>},
    {"icode", kRequired, add<Field::icmp_code>},
    {"icmp_id", kRequired, add<Field::icmp_id>},
    {"icmp_seq", kRequired, add<Field::icmp_seq>},
};

}  // namespace

std::span<const Keyword> header_keywords() { return kKeywords; }

}  // namespace rampart::sniffer
