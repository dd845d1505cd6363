#include "probe/exposition.h"

#include <fmt/core.h>

#include <cctype>
#include <charconv>
#include <cstdint>
#include <string>

namespace rampart::probe {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Length of the UTF-8 sequence at the start of `text`, 0 where there is none (RFC 3629: no overlong
// forms, no surrogates, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const auto a = at(0);
  const auto b = at(1);
  if (a < 0x80) return 1;
  if (a >= 0xC2 && a <= 0xDF) return tail(1) ? 2 : 0;
  if (a >= 0xE0 && a <= 0xEF) {
    const bool good = !(a == 0xE0 && b < 0xA0) && !(a == 0xED && b > 0x9F);
    return good && tail(1) && tail(2) ? 3 : 0;
  }
  if (a >= 0xF0 && a <= 0xF4) {
    const bool good = !(a == 0xF0 && b < 0x90) && !(a == 0xF4 && b > 0x8F);
    return good && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// One line, read from left to right. After a failure `problem` says what was wrong at `at`.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : line_(line) {}

  // False for a malformed line. `kept` is asked once the name is known; the sample is written only
  // where it says yes.
  bool read(const KeepList& keep, model::SeriesSample& sample, bool& kept) {
    blanks();
    std::string_view name;
    if (!identifier(name, true)) return fail("a metric name must begin with a letter, _ or :");
    kept = keep.keeps(name);
    series_ = kept ? &sample.series : nullptr;
    if (series_ != nullptr) series_->assign(name);
    blanks();
    if (take('{') && !labels()) return false;
    return value(sample.value) && timestamp();
  }

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::string_view problem() const { return problem_; }

 private:
  [[nodiscard]] bool end() const { return at_ == line_.size(); }
  bool take(char c) {
    if (end() || line_[at_] != c) return false;
    ++at_;
    return true;
  }
  void blanks() {
    while (!end() && is_blank(line_[at_])) ++at_;
  }
  bool fail(std::string_view problem) {
    problem_ = problem;
    return false;
  }
  void keep(std::string_view text) {
    if (series_ != nullptr) series_->append(text);
  }

  bool identifier(std::string_view& out, bool colons) {
    const auto from = at_;
    const auto fits = [&](char c) { return is_letter(c) || (colons && c == ':'); };
    while (!end() && (fits(line_[at_]) || (at_ > from && is_digit(line_[at_])))) ++at_;
    out = line_.substr(from, at_ - from);
    return !out.empty();
  }

  // After '{'. Blanks may stand anywhere, a comma may follow the last label.
  bool labels() {
    bool first = true;
    for (;;) {
      blanks();
      if (take('}')) break;
      keep(first ? "{" : ",");
      first = false;
      if (!label()) return false;
      blanks();
      if (take(',')) continue;
      if (!take('}')) return fail("expected , or } after a label");
      break;
    }
    if (!first) keep("}");
    return true;
  }

  bool label() {
    std::string_view name;
    if (!identifier(name, false)) return fail("a label name must begin with a letter or _");
    blanks();
    if (!take('=')) return fail("expected = after a label name");
    blanks();
    if (!take('"')) return fail("a label value must be in double quotes");
    const auto from = at_;
    while (!take('"')) {
      if (end()) return fail("the label value has no closing quote");
      if (take('\\')) {
        if (end()) return fail("the label value has no closing quote");
        continue_character();
        if (!problem_.empty()) return false;
        continue;
      }
      continue_character();
      if (!problem_.empty()) return false;
    }
    keep(name);
    keep("=\"");
    keep(line_.substr(from, at_ - from));
    return true;
  }

  void continue_character() {
    const auto length = utf8_length(line_.substr(at_));
    if (length == 0) problem_ = "the label value is not UTF-8";
    at_ += length;
  }

  std::string_view word() {
    blanks();
    const auto from = at_;
    while (!end() && !is_blank(line_[at_])) ++at_;
    return line_.substr(from, at_ - from);
  }

  bool value(double& out) {
    blanks();
    const auto from = at_;
    auto text = word();
    if (text.empty()) return fail("expected a value after the series");
    if (text.starts_with('+')) {
      text.remove_prefix(1);
      if (text.starts_with('-')) text = {};
    }
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    // from_chars also reads C's "nan(...)", which Prometheus does not know.
    const bool good = error == std::errc{} && stop == text.data() + text.size() &&
                      text.find('(') == std::string_view::npos;
    if (good) return true;
    at_ = from;
    return fail("the value is not a number");
  }

  bool timestamp() {
    blanks();
    const auto from = at_;
    auto text = word();
    if (text.empty()) return true;
    if (text.starts_with('+')) {
      text.remove_prefix(1);
      if (text.starts_with('-')) text = {};
    }
    std::int64_t millis = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), millis);
    if (error != std::errc{} || stop != text.data() + text.size()) {
      at_ = from;
      return fail("the timestamp is not a number of milliseconds");
    }
    blanks();
    if (!end()) return fail("expected the end of the line after the timestamp");
    return true;
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::string* series_ = nullptr;  // null: not kept
  std::string_view problem_;
};

bool is_comment(std::string_view line) {
  const auto first = line.find_first_not_of(" \t");
  return first == std::string_view::npos || line[first] == '#';
}

}  // namespace

ExpositionPage parse_exposition(std::string_view page, const KeepList& keep) {
  ExpositionPage out;
  const auto refuse = [&](std::string text) {
    out.error = base::Error{base::Errc::parse, std::move(text)};
    return std::move(out);
  };
  if (page.size() > kMaxExpositionPage) return refuse("the page is larger than 16 MiB");
  for (std::size_t number = 1; !page.empty(); ++number) {
    const auto newline = page.find('\n');
    const auto line = page.substr(0, newline);
    page.remove_prefix(newline == std::string_view::npos ? page.size() : newline + 1);
    if (line.size() > kMaxExpositionLine)
      return refuse(fmt::format("line {}: longer than 64 KiB", number));
    if (is_comment(line)) continue;
    LineReader reader(line);
    model::SeriesSample sample;
    bool kept = false;
    if (!reader.read(keep, sample, kept))
      return refuse(
          fmt::format("line {}, column {}: {}", number, reader.at() + 1, reader.problem()));
    if (!kept) continue;
    if (out.samples.size() == kMaxKeptSeries)
      return refuse(fmt::format("line {}: more than {} series to record; keep fewer names", number,
                                kMaxKeptSeries));
    out.samples.push_back(std::move(sample));
  }
  return out;
}

}  // namespace rampart::probe
