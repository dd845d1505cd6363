#include "reports/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/units.h"
#include "reports/escape.h"
#include "reports/figures.h"
#include "reports/wording.h"

namespace rampart::reports {
namespace {

struct Case {
  enum class Status { passed, failure, error };
  std::string name;
  Status status = Status::passed;
  std::string message = {};
};

struct Suite {
  std::string name;
  std::vector<Case> cases = {};

  [[nodiscard]] auto count(Case::Status status) const {
    return std::count_if(cases.begin(), cases.end(),
                         [status](const Case& c) { return c.status == status; });
  }
};

Suite objectives_of(const model::RunResult& result) {
  Suite suite{"objectives"};
  for (const auto& o : result.objectives) {
    Case c{fmt::format("{} of {} {}", o.name, o.target, o.wanted)};
    const auto interval = interval_text(o);
    c.message = fmt::format("{}: {}, wanted {}{}", to_string(o.outcome), o.actual, o.wanted,
                            interval.empty() ? "" : ", 95 % interval " + interval);
    if (o.outcome == model::Outcome::missed) c.status = Case::Status::failure;
    if (o.outcome == model::Outcome::undecided) c.status = Case::Status::error;
    suite.cases.push_back(std::move(c));
  }
  return suite;
}

Suite measurement_of(const model::RunResult& result) {
  Case valid{"figures are valid"};
  valid.message = validity_text(result);
  if (result.validity == model::Validity::client_limited) valid.status = Case::Status::failure;
  if (result.validity == model::Validity::inconclusive) valid.status = Case::Status::error;
  Case complete{"run is complete"};
  complete.message = end_text(result);
  if (result.run.end != model::RunEnd::completed) complete.status = Case::Status::error;
  return {"measurement", {std::move(valid), std::move(complete)}};
}

Suite attacks_of(const model::RunResult& result) {
  Suite suite{"attacks"};
  for (const auto& v : result.verdicts) {
    if (!by_others(v)) continue;
    Case c{fmt::format("{} on {} from {}", to_string(v.cause), v.target, span_text(v.window))};
    c.message = fmt::format("impact {}, {:.0f} % confidence: {}", to_string(v.impact),
                            v.confidence * 100, v.summary);
    if (v.impact == model::Impact::degrading) c.status = Case::Status::failure;
    suite.cases.push_back(std::move(c));
  }
  if (suite.cases.empty()) suite.cases.push_back({"no attack was found"});
  return suite;
}

std::string element(std::string_view tag, const Case& c) {
  return fmt::format("      <{} type=\"{}\" message=\"{}\"/>\n", tag, tag,
                     escape_markup(c.message));
}

std::string render(const Case& c, std::string_view scenario) {
  auto out = fmt::format("    <testcase classname=\"{}\" name=\"{}\"", escape_markup(scenario),
                         escape_markup(c.name));
  if (c.message.empty()) return out + "/>\n";
  out += ">\n";
  switch (c.status) {
    case Case::Status::passed:
      out += fmt::format("      <system-out>{}</system-out>\n", escape_markup(c.message));
      break;
    case Case::Status::failure: out += element("failure", c); break;
    case Case::Status::error: out += element("error", c); break;
  }
  return out + "    </testcase>\n";
}

std::string render(const Suite& suite, const model::RunResult& result) {
  auto started = base::format_time(result.started);
  started = started.substr(0, started.find('.'));  // the schema knows no fraction and no zone
  auto out = fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" "
      "time=\"{:.3f}\" timestamp=\"{}\" hostname=\"{}\">\n",
      suite.name, suite.cases.size(), suite.count(Case::Status::failure),
      suite.count(Case::Status::error), base::seconds(result.length), started,
      escape_markup(result.run.host));
  for (const auto& c : suite.cases) out += render(c, result.scenario);
  return out + "  </testsuite>\n";
}

}  // namespace

std::string render_junit(const model::RunResult& result) {
  const std::vector<Suite> suites{objectives_of(result), measurement_of(result),
                                  attacks_of(result)};
  std::size_t tests = 0;
  std::ptrdiff_t failures = 0;
  std::ptrdiff_t errors = 0;
  std::string body;
  for (const auto& suite : suites) {
    tests += suite.cases.size();
    failures += suite.count(Case::Status::failure);
    errors += suite.count(Case::Status::error);
    body += render(suite, result);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"rampart {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
      "time=\"{:.3f}\">\n{}</testsuites>\n",
      escape_markup(result.run.id), tests, failures, errors, base::seconds(result.length), body);
}

}  // namespace rampart::reports
