#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/blackbox.h"
#include "model/probe.h"
#include "probe/module/http_head.h"

namespace rampart::probe {

// What a module does not like about an answer.
struct HttpComplaint {
  model::ProbeReason reason = model::ProbeReason::none;
  std::string detail;
};

std::optional<HttpComplaint> check_status(const model::HttpModule& module, const HttpHead& head);
std::optional<HttpComplaint> check_version(const model::HttpModule& module, const HttpHead& head);
// By fail_if_header_matches and fail_if_header_not_matches.
std::optional<HttpComplaint> check_header(const model::HttpModule& module, const HttpHead& head);
// By fail_if_body_matches_regexp and fail_if_body_not_matches_regexp. Bytes that are no UTF-8 match
// no dot, where Go's match one.
std::optional<HttpComplaint> check_body(const model::HttpModule& module, std::string_view body);

// Whether there is anything to check in a header, in a body.
bool looks_at_header(const model::HttpModule& module);
bool looks_at_body(const model::HttpModule& module);

}  // namespace rampart::probe
