#include "loadgen/answer_check.h"

#include <strings.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/reuse.h"
#include "model/json_pointer.h"

namespace rampart::loadgen {

using model::Extract;
using model::LoadError;

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

base::Result<AnswerCheck> AnswerCheck::make(const model::Step& step,
                                            std::span<const std::string> names) {
  AnswerCheck out;
  if (!step.expect_body.empty()) {
    RAMPART_TRY(out.expected_body_, Pattern::compile(step.expect_body));
  }
  for (const auto& extract : step.extract) {
    const auto variable = std::find(names.begin(), names.end(), extract.name);
    RAMPART_ASSERT(variable != names.end());
    Wanted wanted{.variable = static_cast<std::uint32_t>(variable - names.begin()),
                  .from = extract.from,
                  .expression = extract.expression,
                  .pattern = {}};
    if (extract.from == Extract::From::regex) {
      RAMPART_TRY(wanted.pattern, Pattern::compile(extract.expression));
    } else if (extract.from == Extract::From::json) {
      RAMPART_CHECK(model::check_json_pointer(extract.expression));
    }
    out.wants_fields_ |= extract.from == Extract::From::header;
    out.extracts_body_ |= extract.from != Extract::From::header;
    out.wanted_.push_back(std::move(wanted));
  }
  return out;
}

void Observed::clear() {
  for (auto& field : fields) {
    base::empty_out(field.value);
    field.found = false;
  }
  base::empty_out(body);
  too_large = false;
}

void AnswerCheck::start(Observed& answer) const {
  if (answer.fields.size() < wanted_.size()) answer.fields.resize(wanted_.size());
  answer.clear();
}

void AnswerCheck::on_header(Observed& answer, std::string_view name, std::string_view value) const {
  if (!wants_fields_) return;
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    auto& field = answer.fields[i];
    if (wanted_[i].from != Extract::From::header || field.found) continue;
    if (!same_name(name, wanted_[i].expression)) continue;
    field.value = value;
    field.found = true;
  }
}

void AnswerCheck::on_body(Observed& answer, std::span<const char> bytes) const {
  if (!wants_body() || answer.too_large) return;
  if (bytes.size() > Observed::kMostBody - answer.body.size()) {
    answer.too_large = true;
    base::empty_out(answer.body);
    return;
  }
  answer.body.append(bytes.data(), bytes.size());
}

std::optional<LoadError> AnswerCheck::judge(const Observed& answer, std::span<const ValueUse> uses,
                                            FlowValues& values) const {
  if (expected_body_ && (answer.too_large || !expected_body_->matches(answer.body)))
    return LoadError::unexpected_body;
  if (extracts_body_ && answer.too_large) return LoadError::not_extracted;
  for (std::size_t i = 0; i < wanted_.size(); ++i)
    if (!extract(wanted_[i], answer.fields[i], answer.body, uses[wanted_[i].variable], values))
      return LoadError::not_extracted;
  return std::nullopt;
}

bool AnswerCheck::extract(const Wanted& wanted, const Observed::Field& field,
                          const std::string& body, const ValueUse& use, FlowValues& values) {
  const auto keep = [&](std::string_view text) {
    if (text.size() > ValueUse::kLongest || !use.allows(text)) return false;
    values.keep(wanted.variable, text);
    return true;
  };
  switch (wanted.from) {
    case Extract::From::header: return field.found && keep(field.value);
    case Extract::From::regex: {
      const auto found = wanted.pattern->find(body);
      return found && keep(*found);
    }
    case Extract::From::json: {
      const auto found = model::json_at(body, wanted.expression);
      return found && keep(*found);
    }
  }
  return false;
}

}  // namespace rampart::loadgen
