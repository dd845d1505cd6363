#include <fmt/core.h>

#include "sniffer/rules/rule_parser.h"

// byte_math and base64_decode: "name value, name value".

namespace rampart::sniffer {
namespace {

using base::Status;

constexpr std::int64_t kFarthest = 65535;

base::Result<ByteMath::Op> read_op(RuleBuilder& b, const Located& text) {
  constexpr std::pair<std::string_view, ByteMath::Op> kOps[] = {
      {"+", ByteMath::Op::add},         {"-", ByteMath::Op::subtract},
      {"*", ByteMath::Op::multiply},    {"/", ByteMath::Op::divide},
      {"<<", ByteMath::Op::shift_left}, {">>", ByteMath::Op::shift_right}};
  for (const auto& [name, op] : kOps)
    if (name == text.text) return op;
  return b.complaint.about(text,
                           fmt::format("unknown operator '{}'; use + - * / << or >>", text.text));
}

Status read_base(RuleBuilder& b, const Located& text, ByteField& field) {
  if (text.text == "hex")
    field.base = 16;
  else if (text.text == "dec")
    field.base = 10;
  else if (text.text == "oct")
    field.base = 8;
  else
    return b.complaint.about(text, fmt::format("'{}' is not hex, dec or oct", text.text));
  return {};
}

Status read_endian(RuleBuilder& b, const Located& text, ByteField& field) {
  if (text.text != "big" && text.text != "little")
    return b.complaint.about(text, fmt::format("endian is big or little, not '{}'", text.text));
  field.little = text.text == "little";
  return {};
}

// A number into `number`, or a variable into `variable`.
template <class Number>
Status read_amount(RuleBuilder& b, const Located& text, std::int64_t least, std::int64_t most,
                   Number& number, ByteVariable& variable) {
  if (is_name(text.text)) {
    RAMPART_TRY(variable, b.variable(text));
    return {};
  }
  const auto value = to_signed(text.text, most);
  if (!value || *value < least)
    return b.complaint.about(
        text, fmt::format("'{}' is not a number of {} to {}", text.text, least, most));
  number = static_cast<Number>(*value);
  return {};
}

enum MathPart : unsigned { kBytes = 1, kOffset = 2, kOper = 4, kRight = 8, kResult = 16 };

struct MathReader {
  ByteMath math;
  Located result;
  unsigned seen = 0;

  Status option(RuleBuilder& b, const Located& part) {
    const auto [key, value] = first_word(part);
    auto& field = math.field;
    if (key.text == "bytes") {
      seen |= kBytes;
      return read_amount(b, value, 1, 10, field.size, field.size_from);
    }
    if (key.text == "offset") {
      seen |= kOffset;
      return read_amount(b, value, -kFarthest, kFarthest, field.offset, field.offset_from);
    }
    if (key.text == "oper") {
      seen |= kOper;
      RAMPART_TRY(math.op, read_op(b, value));
      return {};
    }
    if (key.text == "rvalue") {
      seen |= kRight;
      return read_amount(b, value, 0, 0xFFFFFFFF, math.right, math.right_from);
    }
    if (key.text == "result") {
      seen |= kResult;
      result = value;
      return {};
    }
    return rest(b, part, key, value);
  }

 private:
  Status rest(RuleBuilder& b, const Located& part, const Located& key, const Located& value) {
    auto& field = math.field;
    if (part.text == "relative") {
      field.relative = true;
    } else if (key.text == "endian") {
      return read_endian(b, value, field);
    } else if (key.text == "string") {
      return read_base(b, value, field);
    } else if (key.text == "bitmask") {
      const auto mask = to_number(value.text, 0xFFFFFFFF);
      if (!mask || *mask == 0)
        return b.complaint.about(value, fmt::format("'{}' is not a bitmask", value.text));
      field.bitmask = *mask;
    } else {
      return b.complaint.about(part, fmt::format("'{}' is not supported here yet", part.text));
    }
    return {};
  }
};

}  // namespace

Status add_byte_math(RuleBuilder& b, Located value) {
  MathReader reader;
  for (const auto& part : split(value, ',')) RAMPART_CHECK(reader.option(b, part));
  if (reader.seen != (kBytes | kOffset | kOper | kRight | kResult))
    return b.complaint.about(value, "expected bytes, offset, oper, rvalue and result");
  auto& math = reader.math;
  if (math.field.base == 0 && math.field.size > 8)
    return b.complaint.about(value, "the number of bytes must be 1 to 8");
  if (math.op == ByteMath::Op::divide && math.right_from == kNoVariable && math.right == 0)
    return b.complaint.about(value, "a division by 0 can never match");
  RAMPART_TRY(math.into, b.new_variable(reader.result));
  b.add(math, value.at, math.field.relative);
  return {};
}

// base64_decode, or base64_decode:bytes 10, offset 2, relative
Status add_base64_decode(RuleBuilder& b, Located value) {
  if (b.has_base64_decode()) return b.complaint.about(value, "a rule has one base64_decode only");
  Base64Decode decode;
  if (!value.empty()) {
    for (const auto& part : split(value, ',')) {
      const auto [key, text] = first_word(part);
      const bool bytes = key.text == "bytes";
      if (part.text == "relative") {
        decode.relative = true;
      } else if (bytes || key.text == "offset") {
        const auto number = to_number(text.text, static_cast<std::uint64_t>(kFarthest));
        if (!number || (bytes && *number == 0))
          return b.complaint.about(text, fmt::format("'{}' is not a number of {} to {}", text.text,
                                                     bytes ? 1 : 0, kFarthest));
        (bytes ? decode.bytes : decode.offset) = static_cast<std::uint32_t>(*number);
      } else {
        return b.complaint.about(part, fmt::format("'{}' is not known here", part.text));
      }
    }
  }
  const bool relative = decode.relative;
  b.add(std::move(decode), value.at, relative);
  return {};
}

}  // namespace rampart::sniffer
