#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "sniffer/rules/rule_parser.h"

// flowbits, xbits and flowint; tag, which asks to log what follows.

namespace rampart::sniffer {
namespace {

using base::Status;

std::optional<BitOp> bit_op(std::string_view name) {
  constexpr std::pair<std::string_view, BitOp> kOps[] = {{"set", BitOp::set},
                                                         {"unset", BitOp::unset},
                                                         {"toggle", BitOp::toggle},
                                                         {"isset", BitOp::isset},
                                                         {"isnotset", BitOp::isnotset}};
  for (const auto& [text, op] : kOps)
    if (text == name) return op;
  return std::nullopt;
}

tl::unexpected<base::Error> not_an_op(RuleBuilder& b, const Located& text) {
  return b.complaint.about(text, fmt::format("'{}' is not set, unset, toggle, isset, isnotset or "
                                             "noalert",
                                             text.text));
}

// flowbits:set,name  flowbits:isset,a|b  flowbits:noalert
Status add_flowbits(RuleBuilder& b, Located value) {
  const auto parts = split(value, ',');
  if (parts[0].text == "noalert" && parts.size() == 1) {
    b.rule.noalert = true;
    return {};
  }
  const auto op = bit_op(parts[0].text);
  if (!op) return not_an_op(b, parts[0]);
  if (parts.size() != 2 || parts[1].empty())
    return b.complaint.about(value, fmt::format("expected flowbits:{},name", parts[0].text));
  Flowbits out{*op, {}};
  for (const auto& name : split(parts[1], '|')) {
    if (name.empty()) return b.complaint.about(parts[1], "a name is missing here");
    out.bits.push_back(b.names.flowbits.intern(name.text));
  }
  if (out.bits.size() > 1 && !is_test(*op))
    return b.complaint.about(parts[1], "only isset and isnotset take several names");
  b.rule.flowbits.push_back(std::move(out));
  return {};
}

Status xbits_option(RuleBuilder& b, const Located& part, Xbits& out, bool& tracked) {
  const auto [key, text] = first_word(part);
  if (key.text == "track") {
    tracked = true;
    if (text.text == "ip_src")
      out.track = Xbits::Track::ip_src;
    else if (text.text == "ip_dst")
      out.track = Xbits::Track::ip_dst;
    else if (text.text == "ip_pair")
      out.track = Xbits::Track::ip_pair;
    else
      return b.complaint.about(
          text, fmt::format("track is ip_src, ip_dst or ip_pair, not '{}'", text.text));
    return {};
  }
  if (key.text == "expire") {
    const auto seconds = to_number(text.text, 0x7FFFFFFF);
    if (!seconds || *seconds == 0)
      return b.complaint.about(text, fmt::format("'{}' is not a number of seconds", text.text));
    out.seconds = static_cast<std::uint32_t>(*seconds);
    return {};
  }
  return b.complaint.about(part, fmt::format("'{}' is not known here", part.text));
}

// xbits:set,name,track ip_src,expire 60
Status add_xbits(RuleBuilder& b, Located value) {
  const auto parts = split(value, ',');
  if (parts[0].text == "noalert" && parts.size() == 1) {
    b.rule.noalert = true;
    return {};
  }
  const auto op = bit_op(parts[0].text);
  if (!op) return not_an_op(b, parts[0]);
  Xbits out;
  out.op = *op;
  bool tracked = false;
  for (std::size_t i = 2; i < parts.size(); ++i)
    RAMPART_CHECK(xbits_option(b, parts[i], out, tracked));
  if (parts.size() < 2 || parts[1].empty() || !tracked)
    return b.complaint.about(value,
                             fmt::format("expected xbits:{},name,track ip_src", parts[0].text));
  out.bit = b.names.xbits.intern(parts[1].text);
  b.rule.xbits.push_back(out);
  return {};
}

std::optional<Flowint::Op> int_op(std::string_view name) {
  constexpr std::pair<std::string_view, Flowint::Op> kOps[] = {
      {"=", Flowint::Op::assign},          {"+", Flowint::Op::add},
      {"-", Flowint::Op::subtract},        {"<", Flowint::Op::less},
      {"<=", Flowint::Op::less_equal},     {"==", Flowint::Op::equal},
      {"!=", Flowint::Op::not_equal},      {">=", Flowint::Op::greater_equal},
      {">", Flowint::Op::greater},         {"isset", Flowint::Op::isset},
      {"isnotset", Flowint::Op::isnotset}, {"notset", Flowint::Op::isnotset}};
  for (const auto& [text, op] : kOps)
    if (text == name) return op;
  return std::nullopt;
}

// flowint:name,+,1  flowint:name,>,other  flowint:name,isset
Status add_flowint(RuleBuilder& b, Located value) {
  const auto parts = split(value, ',');
  if (parts.size() < 2 || parts.size() > 3 || parts[0].empty())
    return b.complaint.about(value, "expected flowint:name,operator,value");
  const auto op = int_op(parts[1].text);
  if (!op)
    return b.complaint.about(parts[1], fmt::format("unknown operator '{}'; use = + - < <= == != >= "
                                                   "> isset or isnotset",
                                                   parts[1].text));
  const bool alone = *op == Flowint::Op::isset || *op == Flowint::Op::isnotset;
  if (alone != (parts.size() == 2))
    return b.complaint.about(
        value, fmt::format("'{}' takes {}", parts[1].text, alone ? "no value" : "a value"));
  Flowint out;
  out.op = *op;
  out.variable = b.names.flowints.intern(parts[0].text);
  if (!alone) {
    if (const auto number = to_number(parts[2].text, 0xFFFFFFFF))
      out.value = static_cast<std::uint32_t>(*number);
    else if (is_name(parts[2].text))
      out.other = b.names.flowints.intern(parts[2].text);
    else
      return b.complaint.about(
          parts[2], fmt::format("'{}' is not a number of 0 to {}", parts[2].text, 0xFFFFFFFF));
  }
  b.rule.flowints.push_back(out);
  return {};
}

// tag:session,5,packets asks to log the packets that follow. It changes no alert, and rampart keeps
// no packets: it is checked, and nothing more.
Status check_tag(RuleBuilder& b, Located value) {
  const auto parts = split(value, ',');
  const bool host = parts[0].text == "host";
  if (!host && parts[0].text != "session")
    return b.complaint.about(parts[0],
                             fmt::format("a tag is session or host, not '{}'", parts[0].text));
  if (parts.size() > 4) return b.complaint.about(parts[4], "expected tag:host,count,metric,side");
  if (parts.size() > 1 && !to_number(parts[1].text, 0xFFFFFFFF))
    return b.complaint.about(parts[1], fmt::format("'{}' is not a number", parts[1].text));
  if (parts.size() > 2 && parts[2].text != "packets" && parts[2].text != "bytes" &&
      parts[2].text != "seconds")
    return b.complaint.about(parts[2],
                             fmt::format("'{}' is not packets, bytes or seconds", parts[2].text));
  if (host && parts.size() != 4 && parts.size() > 1)
    return b.complaint.about(value, "expected tag:host,count,metric,side");
  if (parts.size() == 4 && parts[3].text != "src" && parts[3].text != "dst")
    return b.complaint.about(parts[3], fmt::format("'{}' is not src or dst", parts[3].text));
  return {};
}

constexpr auto kRequired = Keyword::Value::required;

constexpr Keyword kKeywords[] = {
    {"flowbits", kRequired, add_flowbits},
    {"xbits", kRequired, add_xbits},
    {"flowint", kRequired, add_flowint},
    {"tag", kRequired, check_tag},
};

}  // namespace

std::span<const Keyword> state_keywords() { return kKeywords; }

}  // namespace rampart::sniffer
