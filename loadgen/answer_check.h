#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "loadgen/flow_values.h"
#include "loadgen/pattern.h"
#include "loadgen/request_template.h"
#include "model/load.h"
#include "model/plan.h"

namespace rampart::loadgen {

// What is kept of one answer until it is judged: the fields that are asked for, and the body where
// something is looked for in it.
struct Observed {
  static constexpr std::size_t kMostBody = 1 << 20;
  struct Field {
    std::string value;
    bool found = false;
  };

  std::vector<Field> fields;  // by extract of the step
  std::string body;
  bool too_large = false;  // a body above kMostBody, of which nothing is kept

  // As before any answer, with little memory kept.
  void clear();
};

// What one step of a flow asks of an answer's header and body, and which values it takes from them.
class AnswerCheck {
 public:
  // `names`: the flow's variables. Errc::config where an expression is wrong.
  static base::Result<AnswerCheck> make(const model::Step& step,
                                        std::span<const std::string> names);

  // Whether it needs to see the answer.
  [[nodiscard]] bool observes() const { return wants_body() || wants_fields_; }

  // Makes `answer` ready for the next one.
  void start(Observed& answer) const;
  // hot
  void on_header(Observed& answer, std::string_view name, std::string_view value) const;
  void on_body(Observed& answer, std::span<const char> bytes) const;

  // After the whole answer: nullopt where it is right, and then `values` has what it extracts. A
  // value above ValueUse::kLongest, or that a later request cannot carry (`uses`, by variable),
  // counts as missing, so that it never comes to a request.
  std::optional<model::LoadError> judge(const Observed& answer, std::span<const ValueUse> uses,
                                        FlowValues& values) const;

 private:
  struct Wanted {
    std::uint32_t variable = 0;
    model::Extract::From from = model::Extract::From::header;
    std::string expression;          // a header's name, a JSON pointer
    std::optional<Pattern> pattern;  // regex
  };

  [[nodiscard]] bool wants_body() const { return expected_body_ || extracts_body_; }
  static bool extract(const Wanted& wanted, const Observed::Field& field, const std::string& body,
                      const ValueUse& use, FlowValues& values);

  std::vector<Wanted> wanted_;
  std::optional<Pattern> expected_body_;
  bool extracts_body_ = false;
  bool wants_fields_ = false;
};

}  // namespace rampart::loadgen
