#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/plan.h"
#include "net/http2_client.h"

namespace rampart::loadgen {

// One request, ready for a channel to send. Built once per step, or anew where a template fills it.
struct Request {
  std::string bytes;  // HTTP/1.1: all of it
  std::optional<net::Http2Request> http2;
  std::uint64_t size =
      0;                 // HTTP/1.1: of all bytes; HTTP/2: of names, values and body, uncompressed
  bool head = false;     // its answer has no body
  bool observe = false;  // its answer is looked at by the exchange's session

  // hot: empties what it says, with little memory kept.
  void clear();
};

// A step's request as this load sends it: the only one on its HTTP/1.1 connection says so
// (Connection: close, RFC 9112, 9.6), so that the server closes first and the port is free at once.
model::HttpRequest request_of(const model::LoadSpec& load, const model::Step& step);

// What a request says, before it takes the form of a protocol.
struct RequestOutline {
  std::string method;
  std::string scheme;
  std::string authority;  // of the URL
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;  // Host only where the scenario sets it
  bool own_host = false;
  bool length = false;  // HTTP/1.1: goes with a Content-Length
};
RequestOutline outline_of(const model::Target& target, const model::HttpRequest& request,
                          std::string_view run_id);

// Host (for HTTP/2 :authority), User-Agent, X-Rampart-Run and, with a body or a method that expects
// one, Content-Length are added, unless the scenario sets them.
Request build_request(model::Protocol protocol, const model::Target& target,
                      const model::HttpRequest& request, std::string_view run_id);

// Whether a status is what the scenario expects.
[[nodiscard]] bool expected(const model::HttpRequest& request, std::uint16_t status);

}  // namespace rampart::loadgen
