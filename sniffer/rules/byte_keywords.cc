#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "sniffer/rules/rule_parser.h"

// byte_test, byte_jump and byte_extract. byte_math and base64_decode, whose options have names, are
// in decode_keywords.cc.

namespace rampart::sniffer {
namespace {

using base::Status;

constexpr std::int64_t kFarthest = 65535;
constexpr std::uint32_t kLongestText = 23;

Status unknown(RuleBuilder& b, const Located& part) {
  return b.complaint.about(part, fmt::format("'{}' is not supported here yet", part.text));
}

// What both keywords have in common. False where the word is not one of these.
base::Result<bool> field_option(RuleBuilder& b, const Located& part, bool& text, ByteField& field) {
  const auto [key, value] = first_word(part);
  if (part.text == "relative") {
    field.relative = true;
  } else if (part.text == "little") {
    field.little = true;
  } else if (part.text == "big") {
    field.little = false;
  } else if (part.text == "string") {
    text = true;
  } else if (part.text == "hex") {
    field.base = 16;
  } else if (part.text == "dec") {
    field.base = 10;
  } else if (part.text == "oct") {
    field.base = 8;
  } else if (key.text == "bitmask") {
    const auto mask = to_number(value.text, 0xFFFFFFFF);
    if (!mask || *mask == 0)
      return b.complaint.about(value, fmt::format("'{}' is not a bitmask", value.text));
    field.bitmask = *mask;
  } else {
    return false;
  }
  return true;
}

Status read_size(RuleBuilder& b, const Located& text, ByteField& field) {
  if (is_name(text.text)) {
    RAMPART_TRY(field.size_from, b.variable(text));
    return {};
  }
  const auto bytes = to_number(text.text, kLongestText);
  if (!bytes)
    return b.complaint.about(text, fmt::format("'{}' is not a number of bytes", text.text));
  field.size = static_cast<std::uint32_t>(*bytes);
  return {};
}

Status read_offset(RuleBuilder& b, const Located& text, ByteField& field) {
  if (is_name(text.text)) {
    RAMPART_TRY(field.offset_from, b.variable(text));
    return {};
  }
  const auto at = to_signed(text.text, kFarthest);
  if (!at) return b.complaint.about(text, fmt::format("'{}' is not an offset", text.text));
  field.offset = static_cast<std::int32_t>(*at);
  return {};
}

// byte_jump may read nothing and move by its post_offset alone; a text of 0 bytes is as long as
// there are digits.
Status finish_field(RuleBuilder& b, const Located& value, bool text, std::uint32_t least,
                    ByteField& field) {
  if (text && field.base == 0) field.base = 10;
  if (!text && field.base != 0)
    return b.complaint.about(value, "hex, dec and oct go with string only");
  if (field.size_from != kNoVariable) return {};
  if (text) least = 0;
  const std::uint32_t most = text ? kLongestText : 8;
  if (field.size < least || field.size > most)
    return b.complaint.about(value,
                             fmt::format("the number of bytes must be {} to {}", least, most));
  return {};
}

base::Result<ByteTest::Op> read_op(RuleBuilder& b, Located part, bool& negated) {
  constexpr std::pair<std::string_view, ByteTest::Op> kOps[] = {{"<", ByteTest::Op::less},
                                                                {">", ByteTest::Op::greater},
                                                                {"=", ByteTest::Op::equal},
                                                                {"<=", ByteTest::Op::less_equal},
                                                                {">=", ByteTest::Op::greater_equal},
                                                                {"&", ByteTest::Op::and_},
                                                                {"^", ByteTest::Op::xor_}};
  const auto whole = part;
  negated = part.take("!");
  if (negated && part.empty()) return ByteTest::Op::equal;
  for (const auto& [name, op] : kOps)
    if (part.text == name) return op;
  return b.complaint.about(
      whole, fmt::format("unknown operator '{}'; use < > = <= >= & or ^", whole.text));
}

Status add_byte_test(RuleBuilder& b, Located value) {
  const auto parts = split(value, ',');
  if (parts.size() < 4)
    return b.complaint.about(value, "expected byte_test:bytes,operator,value,offset");
  ByteTest test;
  RAMPART_TRY(test.op, read_op(b, parts[1], test.negated));
  if (const auto wanted = to_number(parts[2].text)) {
    test.value = *wanted;
  } else {
    RAMPART_TRY(test.value_from, b.variable(parts[2]));
  }
  RAMPART_CHECK(read_size(b, parts[0], test.field));
  RAMPART_CHECK(read_offset(b, parts[3], test.field));
  bool text = false;
  for (std::size_t i = 4; i < parts.size(); ++i) {
    RAMPART_TRY(const bool known, field_option(b, parts[i], text, test.field));
    if (!known) return unknown(b, parts[i]);
  }
  RAMPART_CHECK(finish_field(b, value, text, 1, test.field));
  b.add(test, value.at, test.field.relative);
  return {};
}

Status jump_option(RuleBuilder& b, const Located& part, ByteJump& jump) {
  const auto [key, value] = first_word(part);
  if (part.text == "align") {
    jump.align = true;
  } else if (part.text == "from_beginning") {
    jump.from_beginning = true;
  } else if (part.text == "from_end") {
    jump.from_end = true;
  } else if (key.text == "multiplier") {
    const auto number = to_number(value.text, 65535);
    if (!number || *number == 0)
      return b.complaint.about(value, fmt::format("'{}' is not a multiplier", value.text));
    jump.multiplier = static_cast<std::uint32_t>(*number);
  } else if (key.text == "post_offset") {
    const auto number = to_signed(value.text, kFarthest);
    if (!number) return b.complaint.about(value, fmt::format("'{}' is not an offset", value.text));
    jump.post_offset = static_cast<std::int32_t>(*number);
  } else {
    return unknown(b, part);
  }
  return {};
}

Status add_byte_jump(RuleBuilder& b, Located value) {
  const auto parts = split(value, ',');
  if (parts.size() < 2) return b.complaint.about(value, "expected byte_jump:bytes,offset");
  ByteJump jump;
  RAMPART_CHECK(read_size(b, parts[0], jump.field));
  RAMPART_CHECK(read_offset(b, parts[1], jump.field));
  bool text = false;
  for (std::size_t i = 2; i < parts.size(); ++i) {
    RAMPART_TRY(const bool known, field_option(b, parts[i], text, jump.field));
    if (!known) RAMPART_CHECK(jump_option(b, parts[i], jump));
  }
  if (jump.from_beginning && jump.from_end)
    return b.complaint.about(value, "from_beginning and from_end exclude each other");
  RAMPART_CHECK(finish_field(b, value, text, 0, jump.field));
  b.add(jump, value.at, jump.field.relative);
  return {};
}

Status extract_option(RuleBuilder& b, const Located& part, ByteExtract& extract) {
  const auto [key, value] = first_word(part);
  const bool multiplier = key.text == "multiplier";
  if (!multiplier && key.text != "align") return unknown(b, part);
  const auto number = to_number(value.text, 65535);
  if (!number || *number == 0 || (!multiplier && *number != 2 && *number != 4))
    return b.complaint.about(
        value, fmt::format("'{}' is not {}", value.text, multiplier ? "a multiplier" : "2 or 4"));
  (multiplier ? extract.multiplier : extract.align) = static_cast<std::uint32_t>(*number);
  return {};
}

Status add_byte_extract(RuleBuilder& b, Located value) {
  const auto parts = split(value, ',');
  if (parts.size() < 3) return b.complaint.about(value, "expected byte_extract:bytes,offset,name");
  ByteExtract extract;
  RAMPART_CHECK(read_size(b, parts[0], extract.field));
  RAMPART_CHECK(read_offset(b, parts[1], extract.field));
  bool text = false;
  for (std::size_t i = 3; i < parts.size(); ++i) {
    RAMPART_TRY(const bool known, field_option(b, parts[i], text, extract.field));
    if (!known) RAMPART_CHECK(extract_option(b, parts[i], extract));
  }
  RAMPART_CHECK(finish_field(b, value, text, 1, extract.field));
  RAMPART_TRY(extract.into, b.new_variable(parts[2]));
  b.add(extract, value.at, extract.field.relative);
  return {};
}

constexpr Keyword kKeywords[] = {
    {"byte_test", Keyword::Value::required, add_byte_test},
    {"byte_jump", Keyword::Value::required, add_byte_jump},
    {"byte_extract", Keyword::Value::required, add_byte_extract},
    {"byte_math", Keyword::Value::required, add_byte_math},
    {"base64_decode", Keyword::Value::optional, add_base64_decode},
};

}  // namespace

std::span<const Keyword> byte_keywords() { return kKeywords; }

}  // namespace rampart::sniffer
