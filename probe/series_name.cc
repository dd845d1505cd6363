#include "probe/series_name.h"

#include <fmt/core.h>

#include <algorithm>

namespace rampart::probe {
namespace {

// A label without a value is none, and counts against no limit of the scenario.
constexpr std::size_t kMostEmpty = 64;

bool by_name(const SeriesName::Labels::value_type& a, const SeriesName::Labels::value_type& b) {
  return a.first < b.first;
}

}  // namespace

void SeriesName::begin(std::string_view metric) {
  metric_.assign(metric);
  labels_.clear();
  empty_ = 0;
}

void SeriesName::add(std::string_view label, std::string value) {
  if (value.empty()) ++empty_;
  labels_.emplace_back(label, std::move(value));
}

std::string SeriesName::excess(const model::PageLimits& limits) const {
  if (labels_.size() - empty_ > limits.labels)
    return fmt::format("a series has more than {} labels", limits.labels);
  if (empty_ > kMostEmpty)
    return fmt::format("a series has more than {} labels without a value", kMostEmpty);
  return {};
}

bool SeriesName::has(std::string_view label) const {
  return std::any_of(labels_.begin(), labels_.end(),
                     [&](const auto& own) { return own.first == label; });
}

void SeriesName::attach(const Labels& given, bool honor) {
  const auto own = labels_.size();
  for (const auto& [name, value] : given) {
    const auto end = labels_.begin() + static_cast<std::ptrdiff_t>(own);
    const auto found = std::find_if(
        labels_.begin(), end, [&name = name](const auto& label) { return label.first == name; });
    if (found != end && honor) continue;
    if (found != end) {
      auto moved = std::string("exported_").append(name);
      while (has(moved)) moved.insert(0, "exported_");
      found->first = std::move(moved);
    }
    labels_.emplace_back(name, value);
  }
}

std::string SeriesName::settle(const model::PageLimits& limits) {
  std::sort(labels_.begin(), labels_.end(), by_name);
  const auto twice =
      std::adjacent_find(labels_.begin(), labels_.end(),
                         [](const auto& a, const auto& b) { return a.first == b.first; });
  passed_limit_ = {};
  if (twice != labels_.end()) return fmt::format("label {} stands there twice", twice->first);
  std::erase_if(labels_, [](const auto& label) { return label.second.empty(); });
  if (labels_.size() > limits.labels) {
    passed_limit_ = "limits.labels";
    return fmt::format("a series has {} labels, more than {}", labels_.size(), limits.labels);
  }
  for (const auto& [name, value] : labels_) {
    if (name.size() > limits.label_name) {
      passed_limit_ = "limits.label_name";
      return fmt::format("a label's name is longer than {} bytes", limits.label_name);
    }
    if (value.size() > limits.label_value) {
      passed_limit_ = "limits.label_value";
      return fmt::format("a label's value is longer than {} bytes", limits.label_value);
    }
  }
  return {};
}

std::string SeriesName::text() const {
  std::string out = metric_;
  char before = '{';
  for (const auto& [name, value] : labels_) {
    out += before;
    out += name;
    out += "=\"";
    for (const char c : value) {
      if (c == '\\' || c == '"') out += '\\';
      if (c == '\n')
        out += "\\n";
      else
        out += c;
    }
    out += '"';
    before = ',';
  }
  if (before == ',') out += '}';
  return out;
}

std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  if (text.empty()) return 0;
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

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace rampart::probe
