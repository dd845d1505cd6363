#include "model/series.h"

#include <array>

namespace rampart::model {
namespace {

constexpr auto kServiceMetrics = std::to_array<std::string_view>(
    {"apache_up", "haproxy_up", "nginx_up", "varnish_up"});

// The value at the front of `text`, which is its escapes' text and a closing quote.
std::string unescaped(std::string_view& text) {
  std::string out;
  while (!text.empty() && text.front() != '"') {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '\\' && !text.empty()) {
      c = text.front() == 'n' ? '\n' : text.front();
      text.remove_prefix(1);
    }
    out += c;
  }
  if (!text.empty()) text.remove_prefix(1);
  return out;
}

}  // namespace

std::string_view metric_of(std::string_view series) { return series.substr(0, series.find('{')); }

std::optional<std::string> label_of(std::string_view series, std::string_view label) {
  auto left = series.substr(metric_of(series).size());
  // Each label begins behind a brace or a comma.
  while (left.size() > 1) {
    left.remove_prefix(1);
    const auto equals = left.find("=\"");
    if (equals == std::string_view::npos) break;
    const auto name = left.substr(0, equals);
    left.remove_prefix(equals + 2);
    auto value = unescaped(left);
    if (name == label) return value;
  }
  return std::nullopt;
}

std::span<const std::string_view> service_metrics() { return kServiceMetrics; }

}  // namespace rampart::model
