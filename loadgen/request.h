#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/plan.h"
#include "net/http2_client.h"

namespace rampart::loadgen {

// One request, ready for a channel to send. Built once per step, or anew where a template fills it.
struct Request {
  std::string bytes;  // HTTP/1.1: all of it
  std::optional<net::Http2Request> http2;
  std::uint64_t size =
      0;              // HTTP/1.1: of all bytes; HTTP/2: of names, values and body, uncompressed
  bool head = false;  // its answer has no body
};

// Host (for HTTP/2 :authority), User-Agent, X-Rampart-Run and, with a body or a method that expects
// one, Content-Length are added, unless the scenario sets them.
Request build_request(model::Protocol protocol, const model::Target& target,
                      const model::HttpRequest& request, std::string_view run_id);

// Whether a status is what the scenario expects.
[[nodiscard]] bool expected(const model::HttpRequest& request, std::uint16_t status);

}  // namespace rampart::loadgen
