#include "probe/module/http_checks.h"

#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>

#include "probe/curl_reason.h"
#include "probe/status_list.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

// An expression of the file, which was read once when the file was.
class Expression {
 public:
  explicit Expression(const std::string& text) : pattern_(text, RE2::Quiet) {}

  [[nodiscard]] std::optional<HttpComplaint> wrong() const {
    if (pattern_.ok()) return std::nullopt;
    return HttpComplaint{ProbeReason::bad_module,
                         fmt::format("expression '{}': {}", pattern_.pattern(), pattern_.error())};
  }
  [[nodiscard]] bool matches(std::string_view text) const {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern_);
  }

 private:
  RE2 pattern_;
};

HttpComplaint header_complaint(std::string detail) {
  return {ProbeReason::header_mismatch, std::move(detail)};
}

// `wanted`: whether one of the field's values has to match, or none may.
std::optional<HttpComplaint> check_field(const model::HeaderMatch& match, const HttpHead& head,
                                         bool wanted) {
  const auto values = head.values(match.header);
  if (values.empty()) {
    if (match.allow_missing) return std::nullopt;
    return header_complaint(fmt::format("there is no header {}", match.header));
  }
  const Expression expression(match.regexp);
  if (auto wrong = expression.wrong()) return wrong;
  const auto matches = [&](const std::string& value) { return expression.matches(value); };
  const auto found = std::find_if(values.begin(), values.end(), matches);
  if ((found != values.end()) == wanted) return std::nullopt;
  if (wanted)
    return header_complaint(fmt::format("header {}: nothing matches '{}', its first value is '{}'",
                                        match.header, match.regexp, printable(values[0])));
  return header_complaint(
      fmt::format("header {}: '{}' matches '{}'", match.header, match.regexp, printable(*found)));
}

std::optional<HttpComplaint> check_expression(const std::string& text, std::string_view body,
                                              bool wanted) {
  const Expression expression(text);
  if (auto wrong = expression.wrong()) return wrong;
  if (expression.matches(body) == wanted) return std::nullopt;
  return HttpComplaint{ProbeReason::body_mismatch,
                       wanted ? fmt::format("nothing in the body matches '{}'", text)
                              : fmt::format("'{}' matches the body", text)};
}

}  // namespace

std::optional<HttpComplaint> check_status(const model::HttpModule& module, const HttpHead& head) {
  const auto& valid = module.valid_status_codes;
  const bool good = valid.empty()
                        ? head.status / 100 == 2
                        : std::find(valid.begin(), valid.end(), head.status) != valid.end();
  if (good) return std::nullopt;
  return HttpComplaint{ProbeReason::http_status,
                       fmt::format("status {}, expected {}", head.status,
                                   valid.empty() ? "2xx" : status_list(valid))};
}

std::optional<HttpComplaint> check_version(const model::HttpModule& module, const HttpHead& head) {
  const auto& valid = module.valid_http_versions;
  if (valid.empty() || std::find(valid.begin(), valid.end(), head.protocol) != valid.end())
    return std::nullopt;
  return HttpComplaint{ProbeReason::protocol,
                       fmt::format("{}, which is not among valid_http_versions", head.protocol)};
}

std::optional<HttpComplaint> check_header(const model::HttpModule& module, const HttpHead& head) {
  for (const auto& match : module.fail_if_header_matches)
    if (auto complaint = check_field(match, head, false)) return complaint;
  for (const auto& match : module.fail_if_header_not_matches)
    if (auto complaint = check_field(match, head, true)) return complaint;
  return std::nullopt;
}

std::optional<HttpComplaint> check_body(const model::HttpModule& module, std::string_view body) {
  for (const auto& text : module.fail_if_body_matches)
    if (auto complaint = check_expression(text, body, false)) return complaint;
  for (const auto& text : module.fail_if_body_not_matches)
    if (auto complaint = check_expression(text, body, true)) return complaint;
  return std::nullopt;
}

bool looks_at_header(const model::HttpModule& module) {
  return !module.fail_if_header_matches.empty() || !module.fail_if_header_not_matches.empty();
}

bool looks_at_body(const model::HttpModule& module) {
  return !module.fail_if_body_matches.empty() || !module.fail_if_body_not_matches.empty();
}

}  // namespace rampart::probe
