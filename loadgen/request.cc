#include "loadgen/request.h"

#include <fmt/core.h>

#include <strings.h>
#include <algorithm>

#include "base/version.h"

namespace rampart::loadgen {

std::string build_request(const model::Target& target, const model::HttpRequest& request,
                          std::string_view run_id) {
  const auto given = [&](const char* name) {
    return std::any_of(request.headers.begin(), request.headers.end(), [&](const auto& header) {
      return strcasecmp(header.first.c_str(), name) == 0;
    });
  };
  const auto& path = request.path.empty() ? target.url.path : request.path;
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", request.method, path);
  if (!given("Host")) out += fmt::format("Host: {}\r\n", target.url.authority());
  if (!given("User-Agent")) out += fmt::format("User-Agent: rampart/{}\r\n", base::version());
  if (!given("X-Rampart-Run")) out += fmt::format("X-Rampart-Run: {}\r\n", run_id);
  for (const auto& [name, value] : request.headers) out += fmt::format("{}: {}\r\n", name, value);
  // Without it a server may wait for a body, or ask for the length (RFC 9110, 8.6).
  const bool wants_body =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  const bool framed = given("Content-Length") || given("Transfer-Encoding");
  if ((wants_body || !request.body.empty()) && !framed)
    out += fmt::format("Content-Length: {}\r\n", request.body.size());
  return out + "\r\n" + request.body;
}

bool expected(const model::HttpRequest& request, std::uint16_t status) {
  const auto& wanted = request.expect_status;
  if (wanted.empty()) return status >= 200 && status < 400;
  return std::find(wanted.begin(), wanted.end(), status) != wanted.end();
}

}  // namespace rampart::loadgen
