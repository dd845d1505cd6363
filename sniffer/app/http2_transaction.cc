#include "sniffer/app/http2_transaction.h"

#include <algorithm>

#include "sniffer/app/header_parameter.h"

namespace rampart::sniffer {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kVersion = "HTTP/2";
// What one piece of a body may grow to: what rules look at is far less.
constexpr std::size_t kMostInflated = 1024 * 1024;

Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::size_t width(Http2Number kind) {
  constexpr std::array<std::size_t, kHttp2Numbers> kWidths{1, 4, 1, 4, 8, 6};
  return kWidths[static_cast<std::size_t>(kind)];
}

std::optional<Http2Number> number_of(BufferId id) {
  switch (id) {
    case BufferId::http2_frametype: return Http2Number::frame_type;
    case BufferId::http2_errorcode: return Http2Number::error_code;
    case BufferId::http2_priority: return Http2Number::priority;
    case BufferId::http2_window: return Http2Number::window;
    case BufferId::http2_size_update: return Http2Number::size_update;
    case BufferId::http2_settings: return Http2Number::setting;
    default: return std::nullopt;
  }
}

// The field whose value a buffer is; empty: none.
std::string_view field_of(BufferId id) {
  switch (id) {
    case BufferId::http_method: return ":method";
    case BufferId::http_uri:
    case BufferId::http_uri_raw: return ":path";
    case BufferId::http_stat_code: return ":status";
    case BufferId::http_user_agent: return "user-agent";
    case BufferId::http_referer: return "referer";
    case BufferId::http_accept: return "accept";
    case BufferId::http_accept_encoding: return "accept-encoding";
    case BufferId::http_accept_language: return "accept-language";
    case BufferId::http_content_type: return "content-type";
    case BufferId::http_content_length: return "content-length";
    case BufferId::http_location: return "location";
    case BufferId::http_server: return "server";
    default: return {};
  }
}

bool is_cookie(std::string_view name) { return name == "cookie" || name == "set-cookie"; }

}  // namespace

void Http2Transaction::begin(std::uint32_t its_stream, std::uint64_t its_number,
                             const HttpOptions& options) {
  stream_ = its_stream;
  options_ = &options;
  number = its_number;
  stage = {};
  rules.clear();
  upload_.clear();
  for (auto& s : sides_) {
    s.text.clear();
    s.fields.clear();
    for (auto& numbers : s.numbers) numbers.clear();
    s.coding = Coding::unknown;
    s.inflater.reset();
    s.has_body = false;
  }
}

void Http2Transaction::add_field(Direction direction, std::string_view name,
                                 std::string_view value) {
  auto& s = sides_[index(direction)];
  if (s.fields.size() == kMostFields || s.text.size() + name.size() + value.size() > kMostText)
    return;
  Field field{static_cast<std::uint32_t>(s.text.size()), 0, 0};
  s.text += name;
  field.value = static_cast<std::uint32_t>(s.text.size());
  s.text += value;
  field.end = static_cast<std::uint32_t>(s.text.size());
  s.fields.push_back(field);
}

void Http2Transaction::add_number(Direction direction, Http2Number kind, std::uint64_t value) {
  auto& list = sides_[index(direction)].numbers[static_cast<std::size_t>(kind)];
  const auto size = width(kind);
  if (list.size() >= size * kMostNumbers) return;
  for (auto shift = size * 8; shift != 0; shift -= 8)
    list += static_cast<char>(static_cast<std::uint8_t>(value >> (shift - 8)));
}

void Http2Transaction::choose_coding(Side& s, Direction direction) {
  const auto coding = value_of(direction, "content-encoding");
  s.coding = Coding::none;
  const bool gzip = same_nocase(coding, "gzip") || same_nocase(coding, "x-gzip");
  if (!gzip && !same_nocase(coding, "deflate")) return;
  using Format = base::Inflater::Format;
  s.coding = Coding::inflated;
  s.inflater.emplace(gzip ? Format::gzip : Format::deflate);
}

bool Http2Transaction::is_interim(Direction direction) const {
  const auto status = value_of(direction, ":status");
  return direction == Direction::to_client && status.size() == 3 && status.front() == '1' &&
         std::all_of(status.begin(), status.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void Http2Transaction::forget_fields(Direction direction) {
  auto& s = sides_[index(direction)];
  s.text.clear();
  s.fields.clear();
}

void Http2Transaction::begin_body(Side& s, Direction direction) {
  if (s.has_body) return;
  s.has_body = true;
  s.body.start(direction == Direction::to_server ? options_->request : options_->response);
  choose_coding(s, direction);
}

// hot
bool Http2Transaction::add_body(Direction direction, Bytes bytes,
                                std::vector<std::uint8_t>& scratch) {
  auto& s = sides_[index(direction)];
  begin_body(s, direction);
  if (s.coding == Coding::none) s.body.append(bytes);
  if (s.coding != Coding::inflated) return true;
  scratch.clear();
  const bool good = s.inflater->feed(bytes, kMostInflated, scratch);
  s.body.append(scratch);
  if (good && scratch.size() < kMostInflated) return true;
  s.coding = Coding::damaged;
  s.inflater.reset();
  return false;
}

void Http2Transaction::lose_body(Direction direction, std::uint64_t bytes) {
  auto& s = sides_[index(direction)];
  begin_body(s, direction);
  if (s.coding == Coding::inflated) {
    s.coding = Coding::damaged;
    s.inflater.reset();
  }
  s.body.gap(bytes);
}

void Http2Transaction::end_body(Direction direction) {
  auto& s = sides_[index(direction)];
  if (s.has_body) s.body.finish();
  s.inflater.reset();
}

bool Http2Transaction::offer(Direction direction) {
  auto& s = sides_[index(direction)];
  if (!s.has_body || !s.body.offer()) return false;
  const auto view = s.body.view();
  if (const auto boundary = boundary_of(direction); view && !boundary.empty())
    upload_.note(*view, boundary);
  return true;
}

std::string_view Http2Transaction::name(const Side& s, const Field& field) const {
  return std::string_view(s.text).substr(field.name, field.value - field.name);
}

std::string_view Http2Transaction::value(const Side& s, const Field& field) const {
  return std::string_view(s.text).substr(field.value, field.end - field.value);
}

std::string_view Http2Transaction::value_of(Direction direction, std::string_view wanted) const {
  const auto& s = side(direction);
  for (const auto& field : s.fields)
    if (name(s, field) == wanted) return value(s, field);
  return {};
}

std::string_view Http2Transaction::host() const {
  const auto authority = value_of(Direction::to_server, ":authority");
  return authority.empty() ? value_of(Direction::to_server, "host") : authority;
}

// Buffers that are no one field as it was sent.
std::optional<std::string_view> Http2Transaction::composed(BufferId id, Direction direction,
                                                           unsigned i) const {
  const auto& s = side(direction);
  composed_.clear();
  switch (id) {
    case BufferId::http_host: {
      const auto sent = host();
      // Without its port; an address of IPv6 has colons in brackets.
      const auto colon = sent.find(':', sent.starts_with('[') ? sent.find(']') : 0);
      for (const char c : sent.substr(0, colon))
        composed_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
      break;
    }
    case BufferId::http_cookie:  // sent in pieces (RFC 9113, section 8.2.3)
      for (const auto& field : s.fields)
        if (is_cookie(name(s, field)))
          composed_.append(composed_.empty() ? "" : "; ").append(value(s, field));
      break;
    case BufferId::http_header:
    case BufferId::http_header_raw:
      for (const auto& field : s.fields)
        if (id == BufferId::http_header_raw || !is_cookie(name(s, field)))
          composed_.append(name(s, field)).append(": ").append(value(s, field)).append(kLineEnd);
      break;
    case BufferId::http_header_names:
      for (const auto& field : s.fields) composed_.append(kLineEnd).append(name(s, field));
      if (!composed_.empty()) composed_.append(kLineEnd).append(kLineEnd);
      break;
    case BufferId::http_request_header:
    case BufferId::http_response_header:
      if (i >= s.fields.size()) return std::nullopt;
      composed_.append(name(s, s.fields[i])).append(": ").append(value(s, s.fields[i]));
      break;
    case BufferId::http_request_line:
      composed_.append(value_of(direction, ":method")).append(" ");
      composed_.append(value_of(direction, ":path")).append(" ").append(kVersion);
      break;
    case BufferId::http_response_line:
      composed_.append(kVersion).append(" ").append(value_of(direction, ":status"));
      break;
    default: return std::nullopt;
  }
  if (composed_.empty()) return std::nullopt;
  return composed_;
}

std::optional<std::string_view> Http2Transaction::numbers(Http2Number kind, Direction direction,
                                                          unsigned i) const {
  const std::string_view all = side(direction).numbers[static_cast<std::size_t>(kind)];
  const auto size = width(kind);
  if (i >= all.size() / size) return std::nullopt;
  return all.substr(i * size, size);
}

std::optional<std::string_view> Http2Transaction::text(BufferId id, Direction direction,
                                                       unsigned i) const {
  if (const auto kind = number_of(id)) return numbers(*kind, direction, i);
  const auto& s = side(direction);
  if (id == BufferId::http2_header_name) {
    if (i >= s.fields.size()) return std::nullopt;
    return name(s, s.fields[i]);
  }
  if (i != 0 && !info_of(id).several) return std::nullopt;
  // Also of frames about the connection, each of which Suricata 7.0.10 shows it with.
  if (id == BufferId::http_protocol) return kVersion;
  if (s.fields.empty()) return std::nullopt;
  if (id == BufferId::http_stat_msg) return "";
  if (id == BufferId::http_host_raw) return host().empty() ? std::nullopt : std::optional(host());
  if (const auto out = composed(id, direction, i)) return out;
  const auto wanted = field_of(id);
  if (wanted.empty()) return std::nullopt;
  const auto found = value_of(direction, wanted);
  return found.empty() ? std::nullopt : std::optional(found);
}

// Of an upload; empty: it is none, or not divided.
std::string_view Http2Transaction::boundary_of(Direction direction) const {
  if (direction == Direction::to_client) return {};
  return multipart_boundary(value_of(direction, "content-type"));
}

// What its fields say, else the path that was asked for.
std::string_view Http2Transaction::name_of_body(Direction direction) const {
  const auto name = header_parameter(value_of(direction, "content-disposition"), "filename");
  if (!name.empty()) return name;
  const auto path = value_of(Direction::to_server, ":path");
  return path.substr(0, path.find_first_of("?#"));
}

std::optional<BufferView> Http2Transaction::body_buffer(BufferId id, Direction direction,
                                                        unsigned i) const {
  const auto& s = side(direction);
  const auto view = s.body.view();
  if (!s.has_body || !view) return std::nullopt;
  if (!is_of_files(id)) return i == 0 ? view : std::nullopt;
  const auto boundary = boundary_of(direction);
  if (!boundary.empty()) return upload_.buffer(id, *view, boundary, i, composed_);
  if (i != 0) return std::nullopt;
  return file_buffer(id, *view, {name_of_body(direction), s.body.size(), s.body.complete()},
                     composed_);
}

// hot
std::optional<BufferView> Http2Transaction::buffer(BufferId id, Direction direction,
                                                   unsigned i) const {
  const auto& info = info_of(id);
  const auto from = direction == Direction::to_server ? info.request : info.response;
  if (from == Stage::none || stage[index(direction)] < from) return std::nullopt;
  const bool body =
      is_of_files(id) || id == BufferId::http_request_body || id == BufferId::http_response_body;
  if (body) return body_buffer(id, direction, i);
  const auto found = text(id, direction, i);
  if (!found) return std::nullopt;
  return BufferView{as_bytes(*found), 0, true};
}

std::size_t Http2Transaction::memory() const {
  constexpr std::size_t kInflater = 48 * 1024;
  std::size_t out = sizeof *this + composed_.capacity() + upload_.memory();
  for (const auto& s : sides_) {
    out += s.text.capacity() + s.fields.capacity() * sizeof(Field) + s.body.memory();
    for (const auto& numbers : s.numbers) out += numbers.capacity();
    if (s.inflater) out += kInflater;
  }
  return out;
}

}  // namespace rampart::sniffer
