#include "probe/exposition_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "probe/go_number.h"

namespace rampart::probe {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

// "+1", but not "+-1".
std::string_view without_plus(std::string_view text) {
  if (!text.starts_with('+')) return text;
  return text.substr(1).starts_with('-') ? std::string_view() : text.substr(1);
}

bool whole_number(std::string_view text, std::int64_t& out) {
  text = without_plus(text);
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && stop == text.data() + text.size();
}

bool is_type(std::string_view word) {
  constexpr std::array<std::string_view, 8> kTypes{
      "counter", "gauge", "histogram", "gaugehistogram", "stateset", "info", "summary", "unknown"};
  return std::find(kTypes.begin(), kTypes.end(), word) != kTypes.end();
}

}  // namespace

ExpositionLine::Kind ExpositionLine::read(const KeepList& keep, const model::PageLimits& limits,
                                          SeriesName& name) {
  if (!open_metrics_) {
    blanks();
    if (end()) return Kind::comment;
  }
  if (take('#')) {
    if (!(open_metrics_ ? metadata() : comment())) return Kind::malformed;
    return ends_page_ ? Kind::end_of_page : Kind::comment;
  }
  return sample(keep, limits, name) ? Kind::sample : Kind::malformed;
}

bool ExpositionLine::fail(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

bool ExpositionLine::take(char c) {
  if (end() || line_[at_] != c) return false;
  ++at_;
  return true;
}

void ExpositionLine::blanks() {
  while (!open_metrics_ && !end() && is_blank(line_[at_])) ++at_;
}

bool ExpositionLine::separator() {
  if (!open_metrics_) {
    blanks();
    return true;
  }
  return take(' ') || fail("expected one blank");
}

// After #. What HELP says must be text; nothing else of a comment matters.
bool ExpositionLine::comment() {
  blanks();
  if (!line_.substr(at_).starts_with("HELP")) return true;
  return is_utf8(line_.substr(at_)) || fail("the help is not UTF-8");
}

// After #: "EOF", "TYPE name type", "HELP name text" or "UNIT name unit", each after one blank.
bool ExpositionLine::metadata() {
  constexpr const char* kWhat = "expected HELP, TYPE, UNIT or EOF after # and one blank";
  if (!take(' ')) return fail(kWhat);
  const auto from = at_;
  const auto keyword = word();
  if (keyword == "EOF") {
    ends_page_ = true;
    return end() || fail("expected the end of the line after EOF");
  }
  if (keyword != "HELP" && keyword != "TYPE" && keyword != "UNIT") {
    at_ = from;
    return fail(kWhat);
  }
  std::string_view metric;
  if (!separator()) return false;
  if (!identifier(metric, true)) return fail("a metric name must begin with a letter, _ or :");
  if (!separator()) return false;
  const auto rest = line_.substr(at_);
  if (keyword == "HELP") return is_utf8(rest) || fail("the help is not UTF-8");
  if (keyword == "TYPE") return is_type(rest) || fail("this is no type of OpenMetrics");
  const bool fits = rest.empty() || (metric.size() > rest.size() && metric.ends_with(rest) &&
                                     metric[metric.size() - rest.size() - 1] == '_');
  return fits || fail("the metric's name does not end with its unit");
}

bool ExpositionLine::sample(const KeepList& keep, const model::PageLimits& limits,
                            SeriesName& name) {
  std::string_view metric;
  if (!identifier(metric, true)) return fail("a metric name must begin with a letter, _ or :");
  if (keep.keeps(metric)) {
    name_ = &name;
    name.begin(metric);
  }
  blanks();
  const Labels kept{name, limits};
  if (take('{') && !labels(name_ != nullptr ? &kept : nullptr)) return false;
  if (!separator() || !number(value_)) return false;
  if (!timestamp()) return false;
  return end() || exemplar();
}

bool ExpositionLine::identifier(std::string_view& out, bool colons) {
  const auto from = at_;
  const auto fits = [&](char c) { return is_letter(c) || (colons && c == ':'); };
  while (!end() && (fits(line_[at_]) || (at_ > from && is_digit(line_[at_])))) ++at_;
  out = line_.substr(from, at_ - from);
  return !out.empty();
}

// After '{'. In the text format blanks may stand anywhere, and a comma after the last label.
bool ExpositionLine::labels(const Labels* into) {
  blanks();
  if (take('}')) return true;
  for (;;) {
    if (!label(into)) return false;
    blanks();
    if (take('}')) return true;
    if (!take(',')) return fail("expected , or } after a label");
    blanks();
    if (!open_metrics_ && take('}')) return true;
  }
}

bool ExpositionLine::label(const Labels* into) {
  std::string_view name;
  if (!identifier(name, false)) return fail("a label name must begin with a letter or _");
  blanks();
  if (!take('=')) return fail("expected = after a label name");
  blanks();
  if (!take('"')) return fail("a label value must be in double quotes");
  std::string value;
  if (!label_value(into == nullptr ? nullptr : &value)) return false;
  if (into == nullptr) return true;
  into->name.add(name, std::move(value));
  auto excess = into->name.excess(into->limits);
  over_limit_ = !excess.empty();
  return excess.empty() || fail(std::move(excess));
}

// After the opening quote, with the closing one.
bool ExpositionLine::label_value(std::string* into) {
  while (!take('"')) {
    if (end()) return fail("the label value has no closing quote");
    if (take('\\')) {
      if (!escape(into)) return false;
      continue;
    }
    const auto length = utf8_length(line_.substr(at_));
    if (length == 0) return fail("the label value is not UTF-8");
    if (into != nullptr) into->append(line_.substr(at_, length));
    at_ += length;
  }
  return true;
}

// After the backslash. One that begins no known escape stands for itself, as in Prometheus.
bool ExpositionLine::escape(std::string* into) {
  if (end()) return fail("the label value has no closing quote");
  const char c = line_[at_];
  const bool known = c == 'n' || c == '"' || c == '\\';
  if (known) ++at_;
  if (into == nullptr) return true;
  if (!known)
    into->push_back('\\');
  else
    into->push_back(c == 'n' ? '\n' : c);
  return true;
}

std::string_view ExpositionLine::word() {
  blanks();
  const auto from = at_;
  while (!end() && !is_blank(line_[at_])) ++at_;
  return line_.substr(from, at_ - from);
}

bool ExpositionLine::number(double& out) {
  const auto from = at_;
  const auto text = word();
  if (text.empty()) return fail("expected a value after the series");
  if (const auto value = go_number(text)) {
    out = *value;
    return true;
  }
  at_ = from;
  return fail("the value is not a number");
}

// What may stand between the value and an exemplar: milliseconds, in OpenMetrics seconds.
bool ExpositionLine::timestamp() {
  blanks();
  if (end() || (open_metrics_ && line_.substr(at_).starts_with(" # "))) return true;
  if (!separator()) return false;
  const auto from = at_;
  const auto text = word();
  std::int64_t millis = 0;
  const bool good =
      open_metrics_ ? std::isfinite(go_number(text).value_or(NAN)) : whole_number(text, millis);
  if (!good) {
    at_ = from;
    return fail(open_metrics_ ? "the timestamp is not a number of seconds"
                              : "the timestamp is not a number of milliseconds");
  }
  blanks();
  return true;
}

// " # {labels} value [timestamp]". Checked and not kept.
bool ExpositionLine::exemplar() {
  if (!open_metrics_) return fail("expected the end of the line after the timestamp");
  if (!line_.substr(at_).starts_with(" # "))
    return fail("expected an exemplar or the end of the line");
  at_ += 3;
  double value = 0;
  if (!take('{')) return fail("expected { after the # of an exemplar");
  if (!labels(nullptr) || !separator() || !number(value)) return false;
  if (end()) return true;
  if (line_.substr(at_).starts_with(" # ")) return fail("expected one exemplar at most");
  if (!timestamp()) return false;
  return end() || fail("expected the end of the line after the exemplar");
}

}  // namespace rampart::probe
