#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/plan.h"

namespace rampart::loadgen {

// One request, ready for a channel to send. Built once per step, or anew where a template fills it.
struct Request {
  std::string bytes;     // HTTP/1.1: all of it
  bool head = false;     // its answer has no body
  bool observe = false;  // header and body of the answer are looked at
};

// Fills in `request`: Host, User-Agent, X-Rampart-Run and, with a body or a method that expects
// one, Content-Length are added, unless the scenario sets them.
std::string build_request(const model::Target& target, const model::HttpRequest& request,
                          std::string_view run_id);

// Whether a status is what the scenario expects.
[[nodiscard]] bool expected(const model::HttpRequest& request, std::uint16_t status);

}  // namespace rampart::loadgen
