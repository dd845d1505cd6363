#include "loadgen/request.h"

#include <fmt/core.h>

#include <strings.h>
#include <algorithm>
#include <utility>
#include <vector>

#include "base/version.h"

namespace rampart::loadgen {

namespace {

bool given(const model::HttpRequest& request, const char* name) {
  return std::any_of(request.headers.begin(), request.headers.end(), [&](const auto& header) {
    return strcasecmp(header.first.c_str(), name) == 0;
  });
}

using Headers = std::vector<std::pair<std::string, std::string>>;

// What every request carries, whatever the protocol.
Headers headers_of(const model::HttpRequest& request, std::string_view run_id) {
  Headers out;
  if (!given(request, "User-Agent"))
    out.emplace_back("User-Agent", fmt::format("rampart/{}", base::version()));
  if (!given(request, "X-Rampart-Run")) out.emplace_back("X-Rampart-Run", run_id);
  out.insert(out.end(), request.headers.begin(), request.headers.end());
  return out;
}

std::string http1_bytes(const model::Target& target, const model::HttpRequest& request,
                        const std::string& path, const Headers& headers) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", request.method, path);
  if (!given(request, "Host")) out += fmt::format("Host: {}\r\n", target.url.authority());
  for (const auto& [name, value] : headers) out += fmt::format("{}: {}\r\n", name, value);
  // Without it a server may wait for a body, or ask for the length (RFC 9110, 8.6).
  const bool wants_body =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  const bool framed = given(request, "Content-Length") || given(request, "Transfer-Encoding");
  if ((wants_body || !request.body.empty()) && !framed)
    out += fmt::format("Content-Length: {}\r\n", request.body.size());
  return out + "\r\n" + request.body;
}

}  // namespace

Request build_request(model::Protocol protocol, const model::Target& target,
                      const model::HttpRequest& request, std::string_view run_id) {
  const auto& path = request.path.empty() ? target.url.path : request.path;
  auto headers = headers_of(request, run_id);
  Request out;
  out.head = request.method == "HEAD";
  if (protocol == model::Protocol::http1) {
    out.bytes = http1_bytes(target, request, path, headers);
    out.size = out.bytes.size();
    return out;
  }
  out.size = request.method.size() + target.url.scheme.size() + target.url.authority().size() +
             path.size() + request.body.size();
  for (const auto& [name, value] : headers) out.size += name.size() + value.size();
  out.http2.emplace(net::Http2Request::Head{.method = request.method,
                                            .scheme = target.url.scheme,
                                            .authority = target.url.authority(),
                                            .path = path,
                                            .headers = std::move(headers)},
                    request.body);
  return out;
}

bool expected(const model::HttpRequest& request, std::uint16_t status) {
  const auto& wanted = request.expect_status;
  if (wanted.empty()) return status >= 200 && status < 400;
  return std::find(wanted.begin(), wanted.end(), status) != wanted.end();
}

}  // namespace rampart::loadgen
