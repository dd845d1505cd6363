#pragma once

#include <string_view>

#include "sniffer/rules/classification.h"
#include "sniffer/rules/rule.h"
#include "sniffer/rules/rule_set.h"
#include "sniffer/rules/rule_text.h"

namespace rampart::sniffer {

// What one rule is read into, and against what.
struct RuleBuilder {
  const Classification& classes;
  Complaint& complaint;
  Rule rule{};
  std::vector<std::size_t> payload_at{};  // where each of rule.payload stands
  bool has_sid = false;
  bool has_priority = false;

  // The content that a modifier such as nocase belongs to; null where there is none yet.
  [[nodiscard]] Content* last_content();
};

struct Keyword {
  enum class Value : std::uint8_t { none, required, optional };
  std::string_view name;
  Value value;
  base::Status (*apply)(RuleBuilder&, Located value);
};

// Null where rampart does not know the keyword.
const Keyword* find_keyword(std::string_view name);
const Keyword* find_content_keyword(std::string_view name);
const Keyword* find_byte_keyword(std::string_view name);
const Keyword* find_header_keyword(std::string_view name);
const Keyword* find_meta_keyword(std::string_view name);

// One whole rule, continuation lines joined. On failure complaint.offset() says where.
base::Result<Rule> parse_rule(std::string_view text, const RuleVariables& variables,
                              const Classification& classes, Complaint& complaint);

}  // namespace rampart::sniffer
