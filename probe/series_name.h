#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/plan.h"

namespace rampart::probe {

// A metric's name and its labels on their way to the one text that stands for the series wherever
// it comes from (model::SeriesSample).
class SeriesName {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;  // values without escapes

  void begin(std::string_view metric);
  void rename(std::string_view metric) { metric_.assign(metric); }
  void add(std::string_view label, std::string value);
  // What is too much of the labels that were added, to be asked after each of them where somebody
  // else says how many there are; else nothing. Those without a value have a bound of their own.
  [[nodiscard]] std::string excess(const model::PageLimits& limits) const;
  // The labels that the scenario gives. Where the series has one of these names already, `honor`
  // leaves what the series has, be it empty; else the series' own becomes exported_NAME, as in
  // Prometheus.
  void attach(const Labels& given, bool honor);
  // Brings the labels into the order of text(), without those that are empty, which are none.
  // Nothing where the name keeps to the limits and no label stands there twice, be it empty; else
  // what is wrong. Once, after the last label.
  [[nodiscard]] std::string settle(const model::PageLimits& limits);
  // The limit that settle() found passed, as a scrape has it: "limits.labels"; else empty.
  [[nodiscard]] std::string_view passed_limit() const { return passed_limit_; }
  // Of a name that is settled.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] bool has(std::string_view label) const;

  std::string metric_;
  Labels labels_;
  std::size_t empty_ = 0;  // of those that were added
  std::string_view passed_limit_;
};

// Length of the UTF-8 sequence at the start of `text`, 0 where there is none (RFC 3629: no overlong
// forms, no surrogates, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);

}  // namespace rampart::probe
