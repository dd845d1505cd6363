#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rampart::model {

// Reading the one text of a series: name{label="value",...}, as in SeriesSample.

// What stands before its labels. Borrowed.
std::string_view metric_of(std::string_view series);
// A label's value without escapes; nothing where the series has none of that name.
std::optional<std::string> label_of(std::string_view series, std::string_view label);

// Metrics whose value 1 or 0 is the own word of a service that users talk to, told by an exporter
// that asked it. Not each name that ends in _up is one: node_network_up is a network card's, and
// redis_up that of a service behind.
std::span<const std::string_view> service_metrics();

}  // namespace rampart::model
