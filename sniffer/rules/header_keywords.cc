#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "sniffer/decode/packet.h"
#include "sniffer/rules/rule_parser.h"

// Keywords on the headers of a packet and on the state of its flow.

namespace rampart::sniffer {
namespace {

using base::Status;
using Field = HeaderTest::Field;

std::uint32_t most_of(Field field) {
  switch (field) {
    case Field::ttl:
    case Field::ip_proto:
    case Field::icmp_type:
    case Field::icmp_code: return 255;
    case Field::ip_id:
    case Field::dsize:
    case Field::window:
    case Field::icmp_id:
    case Field::icmp_seq: return 65535;
    case Field::seq:
    case Field::ack: return 0xFFFFFFFF;
  }
  return 0;
}

Status not_a_number(RuleBuilder& b, const Located& text, std::uint32_t most) {
  return b.complaint.about(text, fmt::format("'{}' is not a number of 0 to {}", text.text, most));
}

// N, =N, !N, <N, <=N, >N, >=N, and N-M or N<>M, which leave both ends out.
Status add_number(RuleBuilder& b, Located value, Field field) {
  const auto most = most_of(field);
  HeaderTest test{field, 0, most, false};
  const auto whole = value;
  auto range = value.text.find("<>");
  std::size_t mark = 2;
  if (range == std::string_view::npos) {
    range = value.text.find('-');
    mark = 1;
  }
  if (range != std::string_view::npos) {
    const auto low_text = value.sub(0, range).trimmed();
    const auto high_text = value.sub(range + mark).trimmed();
    const auto low = to_number(low_text.text, most);
    const auto high = to_number(high_text.text, most);
    if (!low) return not_a_number(b, low_text, most);
    if (!high) return not_a_number(b, high_text, most);
    if (*high < *low + 2)
      return b.complaint.about(
          whole,
          fmt::format("nothing lies between the ends of '{}', which it leaves out", whole.text));
    test.low = static_cast<std::uint32_t>(*low + 1);
    test.high = static_cast<std::uint32_t>(*high - 1);
    b.rule.headers.push_back(test);
    return {};
  }
  const bool less_equal = value.take("<=");
  const bool greater_equal = !less_equal && value.take(">=");
  const bool less = !less_equal && value.take("<");
  const bool greater = !greater_equal && value.take(">");
  if (!(less_equal || greater_equal || less || greater)) {
    test.negated = value.take("!");
    value.take("=");
  }
  const auto number = to_number(value.text, most);
  if (!number) return not_a_number(b, value, most);
  const auto n = static_cast<std::uint32_t>(*number);
  if ((less && n == 0) || (greater && n == most))
    return b.complaint.about(whole, fmt::format("'{}' can never match", whole.text));
  if (less || less_equal)
    test.high = less ? n - 1 : n;
  else if (greater || greater_equal)
    test.low = greater ? n + 1 : n;
  else
    test.low = test.high = n;
  b.rule.headers.push_back(test);
  return {};
}

Status add_ip_proto(RuleBuilder& b, Located value) {
  constexpr std::pair<std::string_view, std::uint32_t> kNames[] = {
      {"icmp", 1},  {"igmp", 2},  {"ipip", 4},   {"tcp", 6},    {"udp", 17},     {"ipv6", 41},
      {"rsvp", 46}, {"gre", 47},  {"esp", 50},   {"ah", 51},    {"icmp6", 58},   {"ipv6-icmp", 58},
      {"ospf", 89}, {"pim", 103}, {"vrrp", 112}, {"sctp", 132}, {"udplite", 136}};
  auto name = value;
  const bool negated = name.take("!");
  for (const auto& [text, number] : kNames)
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

// flags:[*+!]LETTERS[*+!][,IGNORED]
Status set_flags(RuleBuilder& b, Located value) {
  if (b.rule.flags) return b.complaint.about(value, "'flags' stands twice");
  const auto parts = split(value, ',');
  if (parts.size() > 2) return b.complaint.about(parts[2], "expected flags:LETTERS,IGNORED");
  auto letters = parts[0];
  FlagsTest test;
  const auto mode = [&](char c) {
    if (c == '+') test.mode = FlagsTest::Mode::all;
    if (c == '*') test.mode = FlagsTest::Mode::any;
    if (c == '!') test.mode = FlagsTest::Mode::none;
    return c == '+' || c == '*' || c == '!';
  };
  if (!letters.empty() && mode(letters.text.front()))
    letters = letters.sub(1);
  else if (!letters.empty() && mode(letters.text.back()))
    letters = letters.sub(0, letters.text.size() - 1);
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
    } else {
      return b.complaint.about(part, fmt::format("flow option '{}' is not supported yet", name));
    }
  }
  if (test.only_stream && test.no_stream)
    return b.complaint.about(value, "only_stream and no_stream exclude each other");
  b.rule.flow = test;
  return {};
}

Status set_same_ip(RuleBuilder& b, Located) {
  b.rule.same_ip = true;
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
    {"ip_proto", kRequired, add_ip_proto},
    {"sameip", kNone, set_same_ip},
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

const Keyword* find_header_keyword(std::string_view name) {
  const auto* found = std::find_if(std::begin(kKeywords), std::end(kKeywords),
                                   [&](const Keyword& k) { return k.name == name; });
  return found == std::end(kKeywords) ? nullptr : found;
}

}  // namespace rampart::sniffer
