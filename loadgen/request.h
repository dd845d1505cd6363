#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/plan.h"

namespace rampart::loadgen {

// The bytes of a load's HTTP/1.1 request, built once. Adds Host, User-Agent, X-Rampart-Run and,
// with a body or a method that expects one, Content-Length, unless the scenario sets them.
std::string build_request(const model::Target& target, const model::HttpRequest& request,
                          std::string_view run_id);

// Whether a status is what the scenario expects.
[[nodiscard]] bool expected(const model::HttpRequest& request, std::uint16_t status);

}  // namespace rampart::loadgen
