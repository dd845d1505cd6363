#include "loadgen/request.h"

#include <fmt/core.h>

#include <strings.h>
#include <algorithm>
#include <utility>
#include <vector>

#include "base/reuse.h"
#include "base/version.h"

namespace rampart::loadgen {
namespace {

bool given(const model::HttpRequest& request, const char* name) {
  return std::any_of(request.headers.begin(), request.headers.end(), [&](const auto& header) {
    return strcasecmp(header.first.c_str(), name) == 0;
  });
}

std::string http1_bytes(const RequestOutline& outline, const std::string& body) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", outline.method, outline.path);
  if (!outline.own_host) out += fmt::format("Host: {}\r\n", outline.authority);
  for (const auto& [name, value] : outline.headers) out += fmt::format("{}: {}\r\n", name, value);
  if (outline.length) out += fmt::format("Content-Length: {}\r\n", body.size());
  return out + "\r\n" + body;
}

}  // namespace

void Request::clear() {
  base::empty_out(bytes);
  if (http2) http2->clear();
}

model::HttpRequest request_of(const model::LoadSpec& load, const model::Step& step) {
  auto out = step.request;
  if (load.protocol == model::Protocol::http1 && load.requests_per_connection == 1 &&
      !given(out, "Connection"))
    out.headers.emplace_back("Connection", "close");
  return out;
}

RequestOutline outline_of(const model::Target& target, const model::HttpRequest& request,
                          std::string_view run_id) {
  RequestOutline out{.method = request.method,
                     .scheme = target.url.scheme,
                     .authority = target.url.authority(),
                     .path = request.path.empty() ? target.url.path : request.path,
                     .headers = {},
                     .own_host = given(request, "Host")};
  if (!given(request, "User-Agent"))
    out.headers.emplace_back("User-Agent", fmt::format("rampart/{}", base::version()));
  if (!given(request, "X-Rampart-Run")) out.headers.emplace_back("X-Rampart-Run", run_id);
  out.headers.insert(out.headers.end(), request.headers.begin(), request.headers.end());
  // Without it a server may wait for a body, or ask for the length (RFC 9110, 8.6).
  const bool wants_body =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  const bool framed = given(request, "Content-Length") || given(request, "Transfer-Encoding");
  out.length = (wants_body || !request.body.empty()) && !framed;
  return out;
}

Request build_request(model::Protocol protocol, const model::Target& target,
                      const model::HttpRequest& request, std::string_view run_id) {
  auto outline = outline_of(target, request, run_id);
  Request out;
  out.head = request.method == "HEAD";
  if (protocol == model::Protocol::http1) {
    out.bytes = http1_bytes(outline, request.body);
    out.size = out.bytes.size();
    return out;
  }
  out.http2.emplace(net::Http2Request::Head{.method = std::move(outline.method),
                                            .scheme = std::move(outline.scheme),
                                            .authority = std::move(outline.authority),
                                            .path = std::move(outline.path),
                                            .headers = std::move(outline.headers)},
                    request.body);
  out.size = out.http2->size();
  return out;
}

bool expected(const model::HttpRequest& request, std::uint16_t status) {
  const auto& wanted = request.expect_status;
  if (wanted.empty()) return status >= 200 && status < 400;
  return std::find(wanted.begin(), wanted.end(), status) != wanted.end();
}

}  // namespace rampart::loadgen
