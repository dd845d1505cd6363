#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sniffer/rules/classification.h"
#include "sniffer/rules/rule.h"
#include "sniffer/rules/rule_builder.h"
#include "sniffer/rules/rule_set.h"
#include "sniffer/rules/rule_text.h"

namespace rampart::sniffer {

struct Keyword {
  enum class Value : std::uint8_t { none, required, optional };
  std::string_view name;
  Value value;
  base::Status (*apply)(RuleBuilder&, Located value);
};

// Null where rampart does not know the keyword.
const Keyword* find_keyword(std::string_view name);

// What keywords are about. An earlier kind is searched first.
struct KeywordKind {
  std::string_view title;
  std::span<const Keyword> (*keywords)();
};
std::span<const KeywordKind> keyword_kinds();

std::span<const Keyword> content_keywords();
std::span<const Keyword> byte_keywords();
std::span<const Keyword> header_keywords();
std::span<const Keyword> meta_keywords();
std::span<const Keyword> state_keywords();
std::span<const Keyword> app_keywords();
std::span<const Keyword> file_keywords();
std::span<const Keyword> http2_keywords();

// Keywords that have a file of their own.
base::Status add_pcre(RuleBuilder& builder, Located value);
base::Status add_byte_math(RuleBuilder& builder, Located value);
base::Status add_base64_decode(RuleBuilder& builder, Located value);
base::Status add_bsize(RuleBuilder& builder, Located value);
base::Status add_urilen(RuleBuilder& builder, Located value);
base::Status add_xor(RuleBuilder& builder, Located value);
base::Status add_pcrexform(RuleBuilder& builder, Located value);

// The keywords that stand for one buffer: sticky ones, the modifiers that move a content, and
// transforms. False where the word is none of these.
base::Result<bool> take_buffer_keyword(RuleBuilder& builder, const Located& keyword);
std::vector<std::string_view> buffer_keywords();

// Why a keyword of other programs is refused where there is more to say than that it is not
// supported; empty where there is not.
std::string_view why_refused(std::string_view keyword);

// One whole rule, continuation lines joined. On failure complaint.offset() says where. New names of
// flowbits and the like are added to `names`.
base::Result<Rule> parse_rule(std::string_view text, const RuleVariables& variables,
                              const Classification& classes, StateNames& names,
                              Complaint& complaint);

}  // namespace rampart::sniffer
