#pragma once

#include <optional>
#include <string_view>

#include "model/verdict.h"

namespace rampart::correlator {

// The three signals about one service at one time; nothing where there was no observation.
struct Signals {
  std::optional<bool> up;          // could the exporter be scraped: a property of the scrape
  std::optional<bool> service_up;  // the service's own word on that page, such as nginx_up
  std::optional<bool> probe;       // could a user be served
};

struct Reading {
  model::State state = model::State::unknown;
  bool monitoring_fault = false;  // the service is served, but its monitoring is not right
  std::string_view meaning;
};

// No data is unknown, never down.
Reading read_signals(const Signals& signals);

}  // namespace rampart::correlator
