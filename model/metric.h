#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rampart::model {

// A family of series with one name, as Prometheus knows it.
struct MetricFamily {
  enum class Type : std::uint8_t { gauge, counter, histogram };
  struct Series {
    std::vector<std::pair<std::string, std::string>> labels;  // in the order of the page
    double value = 0;
    // Behind the family's name, of a histogram: _bucket, whose last label is le, _sum or _count.
    std::string_view suffix = {};  // of static storage
  };
  std::string name;
  std::string help;
  Type type = Type::gauge;
  std::vector<Series> series;
};

}  // namespace rampart::model
