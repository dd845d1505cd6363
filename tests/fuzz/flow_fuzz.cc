// A flow of two steps against any template and any answer: whatever was extracted, the second
// request has one request line, the fields that it should have and a body of its length. The input
// is one part per line: path, header value, body and regular expression of the second step, then
// the answer's header value; the rest is its body. The first byte's bits choose HTTP/2, a JSON
// pointer instead of the expression, and the header as the source.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/clock.h"
#include "loadgen/script.h"
#include "model/plan.h"

namespace {

using namespace rampart;
using model::Extract;

std::string take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return std::string(line);
}

// Literal text of a scenario is the user's own: only what values do to it is of interest.
bool is_harmless(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0 ", 4)) == std::string_view::npos;
}

void check_http1(std::string_view bytes) {
  const auto line = bytes.substr(0, bytes.find("\r\n"));
  RAMPART_ASSERT(line.starts_with("POST ") && line.ends_with(" HTTP/1.1"));
  RAMPART_ASSERT(std::count(line.begin(), line.end(), ' ') == 2);
  const auto end = bytes.find("\r\n\r\n");
  RAMPART_ASSERT(end != std::string_view::npos);
  const auto head = bytes.substr(0, end + 2);
  RAMPART_ASSERT(std::count(head.begin(), head.end(), '\n') == 7);
  RAMPART_ASSERT(std::count(head.begin(), head.end(), '\r') == 7);
  RAMPART_ASSERT(std::count(head.begin(), head.end(), '\0') == 0);
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const auto at = head.rfind(kLength);
  RAMPART_ASSERT(at != std::string_view::npos);
  std::size_t length = 0;
  std::from_chars(head.data() + at + kLength.size(), head.data() + head.size(), length);
  RAMPART_ASSERT(bytes.size() - end - 4 == length);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto flags = data[0];
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  static const base::SystemClock clock;
  model::Target target;
  target.url = {"http", "fuzz", 80, "/"};
  model::LoadSpec load;
  load.name = "fuzz";
  load.flow = load.cookies = true;
  load.protocol = (flags & 1) != 0 ? model::Protocol::http2 : model::Protocol::http1;
  load.steps.resize(2);
  auto& second = load.steps[1].request;
  second.method = "POST";
  second.path = "{{v}}" + take_line(text);
  const auto header = take_line(text);
  second.headers = {{"X-Value", header + "{{v}}"}, {"Cookie", "own={{flow.number}}"}};
  second.body = take_line(text);
  if (!is_harmless(second.path) || !is_harmless(header)) return 0;
  auto& extract = load.steps[0].extract.emplace_back();
  extract.name = "v";
  extract.from = (flags & 4) != 0   ? Extract::From::header
                 : (flags & 2) != 0 ? Extract::From::json
                                    : Extract::From::regex;
  extract.expression = take_line(text);
  if (extract.from == Extract::From::header) extract.expression = "x-v";
  if (extract.expression.size() > 200) return 0;
  auto script = loadgen::Script::make(
      {.load = load, .target = target, .run_id = "r", .share = {}, .clock = clock});
  if (!script) {
    RAMPART_ASSERT(!script.error().text.empty());
    return 0;
  }
  loadgen::Exchange exchange;
  (*script)->begin(exchange);
  RAMPART_ASSERT((*script)->request(exchange) == nullptr);
  const auto field = take_line(text);
  exchange.session->on_header("X-V", field);
  exchange.session->on_header("Set-Cookie", field);
  exchange.session->on_body({text.data(), text.size() / 2});
  exchange.session->on_body({text.data() + text.size() / 2, text.size() - text.size() / 2});
  if ((*script)->judge(exchange)) return 0;
  exchange.step = 1;
  const auto* own = (*script)->request(exchange);
  RAMPART_ASSERT(own != nullptr);
  const auto& request = *own;
  RAMPART_ASSERT(exchange.session->target.starts_with('/'));
  if (load.protocol == model::Protocol::http1)
    check_http1(request.bytes);
  else
    RAMPART_ASSERT(request.http2.has_value());
  return 0;
}
