#include "reports/exposition_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "reports/escape.h"

namespace rampart::reports {
namespace {

// Where Go changes to an exponent ('g' with precision -1).
constexpr int kLeastExponent = -4;
constexpr int kMostExponent = 5;

std::string_view type_name(model::MetricFamily::Type type) {
  switch (type) {
    case model::MetricFamily::Type::gauge: return "gauge";
    case model::MetricFamily::Type::counter: return "counter";
    case model::MetricFamily::Type::histogram: break;
  }
  return "histogram";
}

std::string shortest(double value, std::chars_format format) {
  std::array<char, 400> buffer;  // the longest double has 309 digits before its point
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
  return {buffer.data(), end};
}

void append_escaped(std::string& out, std::string_view text, bool label) {
  const auto needs_care = [label](unsigned char c) {
    return c >= 0x80 || c == '\\' || c == '\n' || (c == '"' && label);
  };
  while (true) {
    const auto plain = std::find_if(text.begin(), text.end(), needs_care) - text.begin();
    out += text.substr(0, static_cast<std::size_t>(plain));
    text.remove_prefix(static_cast<std::size_t>(plain));
    if (text.empty()) return;
    const char32_t code = take_code_point(text);
    if (code == '\\')
      out += "\\\\";
    else if (code == '\n')
      out += "\\n";
    else if (code == '"' && label)
      out += "\\\"";
    else
      append_utf8(out, code);
  }
}

void append_labels(std::string& out, const model::MetricFamily::Series& series) {
  char before = '{';
  for (const auto& [name, value] : series.labels) {
    out += before;
    out += name;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
    before = ',';
  }
  if (!series.labels.empty()) out += '}';
}

}  // namespace

std::string exposition_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const auto scientific = shortest(value, std::chars_format::scientific);
  const auto at = scientific.find('e');
  int exponent = 0;
  const char* digits = scientific.data() + at + (scientific[at + 1] == '+' ? 2 : 1);
  std::from_chars(digits, scientific.data() + scientific.size(), exponent);
  const bool plain = value == 0 || (exponent >= kLeastExponent && exponent <= kMostExponent);
  return plain ? shortest(value, std::chars_format::fixed) : scientific;
}

std::string render_exposition(std::span<const model::MetricFamily> families) {
  std::string out;
  for (const auto& family : families) {
    out += "# HELP ";
    out += family.name;
    out += ' ';
    append_escaped(out, family.help, false);
    out += "\n# TYPE ";
    out += family.name;
    out += ' ';
    out += type_name(family.type);
    out += '\n';
    for (const auto& series : family.series) {
      out += family.name;
      out += series.suffix;
      append_labels(out, series);
      out += ' ';
      out += exposition_number(series.value);
      out += '\n';
    }
  }
  return out;
}

}  // namespace rampart::reports
