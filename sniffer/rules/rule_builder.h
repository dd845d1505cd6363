#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sniffer/rules/classification.h"
#include "sniffer/rules/rule.h"
#include "sniffer/rules/rule_text.h"

namespace rampart::sniffer {

// What one rule is read into, and against what. Keywords on bytes are collected in drafts, one for
// each time that a buffer was named; finish() joins them to the rule's payload and sections.
class RuleBuilder {
 public:
  RuleBuilder(const Classification& known_classes, StateNames& state_names, Complaint& where);

  const Classification& classes;
  StateNames& names;
  Complaint& complaint;
  Rule rule{};
  bool has_sid = false;
  bool has_priority = false;

  // A sticky buffer: what follows looks at it. BufferId::payload returns to the packet.
  base::Status open(BufferId buffer, const Located& keyword);
  // Belongs to the sticky buffer before it.
  base::Status transform(Transform transform, const Located& keyword);
  // Adds a keyword on the sticky buffer; without one on the payload, or, where it is relative, on
  // what the keyword before it looked at.
  void add(PayloadMatch match, std::size_t at, bool relative = false);
  // The same on that buffer alone, for keywords that name it themselves.
  void add_to(BufferId buffer, PayloadMatch match, const Located& keyword);
  // Several that must hold of one and the same.
  void add_all_to(BufferId buffer, std::vector<PayloadMatch> matches, const Located& keyword);
  // An older modifier: the content before it looks at that buffer.
  base::Status move_content(BufferId buffer, const Located& keyword);
  // The content that a modifier such as nocase belongs to; null where there is none.
  [[nodiscard]] Content* last_content();
  [[nodiscard]] bool has_sticky_buffer() const { return current_ != 0; }
  [[nodiscard]] bool has_base64_decode() const { return base64_.has_value(); }
  [[nodiscard]] BufferId sticky_buffer() const { return drafts_[current_].buffer; }

  // A variable that an earlier keyword of the rule reads.
  base::Result<ByteVariable> variable(const Located& name);
  // One that this keyword reads.
  base::Result<ByteVariable> new_variable(const Located& name);

  // The rule is about this protocol; refused where it was already about another.
  base::Status speaks(AppProto proto, const Located& keyword);
  // Joins the drafts and checks that they make sense together. `at`: where the rule begins.
  base::Status finish(std::size_t at);

 private:
  struct Draft {
    Located keyword;  // that named the buffer; empty for the payload
    BufferId buffer = BufferId::payload;
    std::vector<Transform> transforms;
    std::vector<PayloadMatch> matches;
    std::vector<std::size_t> at;  // where each of them stands
  };
  struct Place {
    std::size_t draft;
    std::size_t match;
  };

  base::Status check_drafts(std::size_t at);
  base::Status join(std::size_t at);
  base::Status join_base64(Draft& draft);
  base::Status check_variables(const std::vector<PayloadMatch>& matches,
                               const std::vector<std::size_t>& at) const;
  base::Status settle_app();
  base::Status settle_direction();

  std::vector<Draft> drafts_;  // the first is of the payload
  std::size_t current_ = 0;
  std::optional<Place> last_;     // what relative keywords without a sticky buffer follow
  std::optional<Place> content_;  // what modifiers belong to
  std::optional<Place> base64_;   // what base64_data speaks of
  std::vector<std::string> variables_;
};

}  // namespace rampart::sniffer
