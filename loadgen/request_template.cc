#include "loadgen/request_template.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/reuse.h"

namespace rampart::loadgen {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Blanks around what stands after `from`.
void trim(std::string& text, std::size_t from) {
  while (text.size() > from && is_blank(text.back())) text.pop_back();
  std::size_t n = from;
  while (n < text.size() && is_blank(text[n])) ++n;
  text.erase(from, n - from);
}

// Behind the scenario's own cookies, which stand after `from`.
void join_cookies(std::string& out, std::size_t from, std::string_view cookies) {
  if (cookies.empty()) return;
  if (out.size() > from) out += "; ";
  out += cookies;
}

}  // namespace

void append_to_target(std::string& out, std::string_view value) {
  constexpr std::string_view kAllowed = "-._~!$&'()*+,;=:@/?";
  constexpr char kHex[] = "0123456789ABCDEF";
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool encoded =
        c == '%' && i + 2 < value.size() && is_hex(value[i + 1]) && is_hex(value[i + 2]);
    if (is_alphanumeric(c) || encoded || kAllowed.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto u = static_cast<unsigned char>(c);
      const char triple[] = {'%', kHex[u >> 4U], kHex[u & 15U]};
      out.append(triple, sizeof triple);
    }
  }
}

bool RequestTemplate::Text::constant() const {
  return std::none_of(parts.begin(), parts.end(),
                      [](const model::TemplatePart& part) { return part.variable.has_value(); });
}

void RequestTemplate::Text::append_to(std::string& out, Values values) const {
  for (const auto& part : parts)
    out += part.variable ? values[*part.variable] : std::string_view(part.text);
}

void RequestTemplate::Text::append_value_to(std::string& out, Values values) const {
  const auto from = out.size();
  append_to(out, values);
  if (!constant()) trim(out, from);
}

std::size_t RequestTemplate::Text::size(Values values) const {
  std::size_t sum = 0;
  for (const auto& part : parts)
    sum += part.variable ? values[*part.variable].size() : part.text.size();
  return sum;
}

base::Result<RequestTemplate> RequestTemplate::parse(model::Protocol protocol,
                                                     const model::Target& target,
                                                     const model::HttpRequest& request,
                                                     std::string_view run_id,
                                                     std::span<const std::string> names) {
  auto outline = outline_of(target, request, run_id);
  RequestTemplate out;
  out.http2_ = protocol == model::Protocol::http2;
  out.head_ = request.method == "HEAD";
  out.length_ = outline.length;
  out.method_ = outline.method;
  // The URL's path is none of the flow's templates.
  out.path_.parts.push_back({outline.path, std::nullopt});
  if (!request.path.empty()) {
    RAMPART_TRY(out.path_.parts, model::parse_template(request.path, names));
  }
  RAMPART_TRY(out.body_.parts, model::parse_template(request.body, names));
  net::Http2Request::Fields fields;
  if (out.http2_) {
    fields = net::Http2Request::fields_of({.method = std::move(outline.method),
                                           .scheme = std::move(outline.scheme),
                                           .authority = std::move(outline.authority),
                                           .path = {},
                                           .headers = std::move(outline.headers)},
                                          !request.body.empty());
  } else {
    if (!outline.own_host) fields.emplace_back("Host", std::move(outline.authority));
    std::move(outline.headers.begin(), outline.headers.end(), std::back_inserter(fields));
  }
  out.constant_ = out.path_.constant() && out.body_.constant();
  for (auto& [name, text] : fields) {
    RAMPART_TRY(auto parts, model::parse_template(text, names));
    Field field{.name = std::move(name), .value = {std::move(parts)}};
    field.path = field.name == ":path";
    field.cookie = !out.own_cookie_ && strcasecmp(field.name.c_str(), "Cookie") == 0;
    out.own_cookie_ |= field.cookie;
    out.constant_ &= field.value.constant();
    out.fields_.push_back(std::move(field));
  }
  return out;
}

void RequestTemplate::fill_path(std::string& out, Values values) const {
  base::empty_out(out);
  for (const auto& part : path_.parts) {
    if (part.variable)
      append_to_target(out, values[*part.variable]);
    else
      out += part.text;
  }
}

void RequestTemplate::fill(Request& out, Values values, std::string_view path,
                           std::string_view cookies) const {
  out.head = head_;
  if (http2_)
    fill_http2(out, values, path, cookies);
  else
    fill_http1(out, values, path, cookies);
}

void RequestTemplate::fill_http1(Request& out, Values values, std::string_view path,
                                 std::string_view cookies) const {
  auto& bytes = out.bytes;
  base::empty_out(bytes);
  bytes.append(method_).append(" ").append(path).append(" HTTP/1.1\r\n");
  for (const auto& field : fields_) {
    bytes.append(field.name).append(": ");
    const auto from = bytes.size();
    field.value.append_value_to(bytes, values);
    if (field.cookie) join_cookies(bytes, from, cookies);
    bytes += "\r\n";
  }
  if (!own_cookie_ && !cookies.empty()) bytes.append("Cookie: ").append(cookies).append("\r\n");
  if (length_) {
    std::array<char, 20> digits{};
    auto* const begin = digits.data();
    const auto* end = std::to_chars(begin, begin + digits.size(), body_.size(values)).ptr;
    bytes.append("Content-Length: ").append(begin, static_cast<std::size_t>(end - begin));
    bytes += "\r\n";
  }
  bytes += "\r\n";
  body_.append_to(bytes, values);
  out.size = bytes.size();
}

// The bytes of HTTP/1.1 are the place where each value is put together.
void RequestTemplate::fill_http2(Request& out, Values values, std::string_view path,
                                 std::string_view cookies) const {
  if (!out.http2) out.http2.emplace();
  auto& request = *out.http2;
  auto& scratch = out.bytes;
  request.clear();
  for (const auto& field : fields_) {
    scratch.clear();
    if (field.path)
      scratch = path;
    else
      field.value.append_value_to(scratch, values);
    if (field.cookie) join_cookies(scratch, 0, cookies);
    request.add(field.name, scratch);
  }
  if (!own_cookie_ && !cookies.empty()) request.add("cookie", cookies);
  scratch.clear();
  body_.append_to(scratch, values);
  request.finish(scratch);
  out.size = request.size();
}

}  // namespace rampart::loadgen
