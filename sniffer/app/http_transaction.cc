#include "sniffer/app/http_transaction.h"

#include <htp/htp.h>

#include <algorithm>
#include <string_view>

#include "base/reuse.h"
#include "sniffer/app/header_parameter.h"
#include "sniffer/app/http_body.h"
#include "sniffer/app/http_events.h"

namespace rampart::sniffer {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

std::string_view as_text(const bstr* b) {
  if (b == nullptr) return {};
  return {reinterpret_cast<const char*>(bstr_ptr(b)), bstr_len(b)};
}

std::optional<Bytes> as_bytes(const bstr* b) {
  if (b == nullptr) return std::nullopt;
  return Bytes{bstr_ptr(b), bstr_len(b)};
}

Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// An empty text that was put together is none.
std::optional<Bytes> unless_empty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return as_bytes(text);
}

const htp_table_t* headers_of(const htp_tx_t& tx, Direction direction) {
  return direction == Direction::to_server ? tx.request_headers : tx.response_headers;
}

const bstr* line_of(const htp_tx_t& tx, Direction direction) {
  return direction == Direction::to_server ? tx.request_line : tx.response_line;
}

const bstr* value_of(const htp_tx_t& tx, Direction direction, const char* name) {
  const auto* table = headers_of(tx, direction);
  if (table == nullptr) return nullptr;
  const auto* header = static_cast<const htp_header_t*>(htp_table_get_c(table, name));
  return header == nullptr ? nullptr : header->value;
}

// Calls f(name, value) for each field in the order in which they were sent.
template <class F>
void for_each_field(const htp_tx_t& tx, Direction direction, F f) {
  const auto* table = headers_of(tx, direction);
  const auto size = table == nullptr ? 0 : htp_table_size(table);
  for (std::size_t i = 0; i < size; ++i) {
    const auto* header = static_cast<const htp_header_t*>(htp_table_get_index(table, i, nullptr));
    if (header != nullptr) f(as_text(header->name), as_text(header->value));
  }
}

bool has_fields(const htp_tx_t& tx, Direction direction) {
  const auto* table = headers_of(tx, direction);
  return table != nullptr && htp_table_size(table) != 0;
}

bool is_cookie(std::string_view name, Direction direction) {
  const std::string_view wanted = direction == Direction::to_server ? "cookie" : "set-cookie";
  return bstr_util_cmp_mem_nocase(name.data(), name.size(), wanted.data(), wanted.size()) == 0;
}

// As sent, but for a host before the path, which belongs to the host: CONNECT asks for nothing
// else.
void build_uri(const htp_tx_t& tx, std::string& out) {
  if (tx.request_method_number == HTP_M_CONNECT) return;
  const auto* uri = tx.parsed_uri;
  if (uri == nullptr) {
    out += as_text(tx.request_uri);
    return;
  }
  out += as_text(uri->path);
  if (uri->query != nullptr) out.append("?").append(as_text(uri->query));
  if (uri->fragment != nullptr) out.append("#").append(as_text(uri->fragment));
}

// The name under which libhtp keeps the field of a buffer that is one field's value.
const char* field_name(BufferId id, Direction direction) {
  switch (id) {
    case BufferId::http_user_agent: return "user-agent";
    case BufferId::http_referer: return "referer";
    case BufferId::http_accept: return "accept";
    case BufferId::http_accept_encoding: return "accept-encoding";
    case BufferId::http_accept_language: return "accept-language";
    case BufferId::http_connection: return "connection";
    case BufferId::http_content_type: return "content-type";
    case BufferId::http_content_length: return "content-length";
    case BufferId::http_cookie: return direction == Direction::to_server ? "cookie" : "set-cookie";
    case BufferId::http_location: return "location";
    case BufferId::http_server: return "server";
    default: return nullptr;
  }
}

bool is_body(BufferId id) {
  return is_of_files(id) || id == BufferId::http_request_body || id == BufferId::http_response_body;
}

}  // namespace

std::uint64_t HttpTransaction::answer_length() const {
  return tx_ == nullptr || tx_->response_message_len < 0
             ? 0
             : static_cast<std::uint64_t>(tx_->response_message_len);
}

bool HttpTransaction::interim() const {
  return tx_ != nullptr && tx_->response_status_number == 100 && tx_->response_line != nullptr &&
         stage[index(Direction::to_client)] <= Stage::line;
}

void HttpTransaction::begin(htp_tx_t* tx, std::uint64_t its_number) {
  tx_ = tx;
  number = its_number;
  stage = {};
  rules.clear();
}

void HttpTransaction::let_go() {
  tx_ = nullptr;
  line_bytes_ = 0;
  body_ = {};
  upload_.clear();
  for (auto& raw : raw_) base::empty_out(raw);
  raw_ended_ = {};
  events_.clear();
  for (auto& side : sides_) {
    for (auto& text : side.texts) base::empty_out(text);
    side.field_ends.clear();
    side.built = 0;
  }
}

void HttpTransaction::add_head(Direction direction, Bytes bytes, bool last) {
  auto& raw = raw_[index(direction)];
  auto& ended = raw_ended_[index(direction)];
  if (ended) raw.clear();  // what came before was of an interim answer
  if (!bytes.empty()) raw.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  ended = last;
}

bool HttpTransaction::add_event(AppEvent event) {
  if (std::find(events_.begin(), events_.end(), event) != events_.end()) return false;
  events_.push_back(event);
  return true;
}

const std::string& HttpTransaction::text(Text kind, Direction direction) const {
  auto& side = sides_[index(direction)];
  const auto place = static_cast<std::size_t>(kind);
  auto& out = side.texts[place];
  if ((side.built >> place & 1U) != 0) return out;
  side.built = static_cast<std::uint8_t>(side.built | 1U << place);
  const auto append = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append(kLineEnd);
  };
  switch (kind) {
    case Text::uri: build_uri(*tx_, out); break;
    case Text::host:
      out = as_text(tx_->request_hostname);
      for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      break;
    case Text::header:
      for_each_field(*tx_, direction, [&](auto name, auto value) {
        if (!is_cookie(name, direction)) append(name, value);
      });
      break;
    case Text::names:
      for_each_field(*tx_, direction, [&](auto name, auto) { out.append(kLineEnd).append(name); });
      if (!out.empty()) out.append(kLineEnd).append(kLineEnd);
      break;
    case Text::start:
      if (line_of(*tx_, direction) == nullptr) break;
      out.append(as_text(line_of(*tx_, direction))).append(kLineEnd);
      for_each_field(*tx_, direction, append);
      if (has_fields(*tx_, direction)) out += kLineEnd;
      break;
    case Text::fields:
      for_each_field(*tx_, direction, [&](auto name, auto value) {
        append(name, value);
        side.field_ends.push_back(static_cast<std::uint32_t>(out.size() - kLineEnd.size()));
      });
      break;
  }
  return out;
}

std::optional<Bytes> HttpTransaction::field(Direction direction, unsigned i) const {
  const std::string_view all = text(Text::fields, direction);
  const auto& ends = sides_[index(direction)].field_ends;
  if (i >= ends.size()) return std::nullopt;
  const auto from = i == 0 ? 0 : ends[i - 1] + kLineEnd.size();
  return as_bytes(all.substr(from, ends[i] - from));
}

std::optional<Bytes> HttpTransaction::find(BufferId id, Direction direction, unsigned i) const {
  const auto& tx = *tx_;
  const bool request = direction == Direction::to_server;
  switch (id) {
    case BufferId::http_method: return as_bytes(tx.request_method);
    case BufferId::http_uri:
      if (tx.request_method_number == HTP_M_CONNECT) return Bytes{};
      return unless_empty(text(Text::uri, direction));
    case BufferId::http_uri_raw: return as_bytes(tx.request_uri);
    case BufferId::http_protocol:
      return as_bytes(request ? tx.request_protocol : tx.response_protocol);
    case BufferId::http_request_line: return as_bytes(tx.request_line);
    case BufferId::http_response_line: return as_bytes(tx.response_line);
    case BufferId::http_host: return unless_empty(text(Text::host, direction));
    case BufferId::http_host_raw: {
      const auto* uri = tx.parsed_uri_raw;
      const bool in_uri = uri != nullptr && uri->hostname != nullptr;
      return as_bytes(in_uri ? uri->hostname : value_of(tx, direction, "host"));
    }
    case BufferId::http_header: return unless_empty(text(Text::header, direction));
    case BufferId::http_header_raw: return unless_empty(raw_[index(direction)]);
    case BufferId::http_header_names: return unless_empty(text(Text::names, direction));
    case BufferId::http_start: return unless_empty(text(Text::start, direction));
    case BufferId::http_request_header:
    case BufferId::http_response_header: return field(direction, i);
    case BufferId::http_stat_code: return as_bytes(tx.response_status);
    case BufferId::http_stat_msg: return as_bytes(tx.response_message);
    default: break;
  }
  const auto* name = field_name(id, direction);
  return name == nullptr ? std::nullopt : as_bytes(value_of(tx, direction, name));
}

// What the answer says, else the path that was asked for.
std::string_view HttpTransaction::name_of_body(Direction direction) const {
  const auto disposition = as_text(value_of(*tx_, direction, "content-disposition"));
  const auto name = header_parameter(disposition, "filename");
  if (!name.empty()) return name;
  const auto* uri = tx_->parsed_uri;
  return uri == nullptr ? std::string_view{} : as_text(uri->path);
}

bool HttpTransaction::fits_its_range() const {
  const auto* range = value_of(*tx_, Direction::to_client, "content-range");
  return range == nullptr || is_content_range(as_text(range));
}

void HttpTransaction::note_upload() {
  const auto* body = body_[index(Direction::to_server)];
  const auto view = body == nullptr ? std::nullopt : body->view();
  if (!view || view->base != 0) return;
  const auto type = as_text(value_of(*tx_, Direction::to_server, "content-type"));
  if (const auto boundary = multipart_boundary(type); !boundary.empty())
    upload_.note(*view, boundary);
}

std::optional<BufferView> HttpTransaction::file_buffer(BufferId id, Direction direction,
                                                       unsigned i) const {
  const auto& body = *body_[index(direction)];
  const auto view = body.view();
  if (!view) return std::nullopt;
  if (direction == Direction::to_server) {
    const auto method = tx_->request_method_number;
    if (method != HTP_M_POST && method != HTP_M_PUT) return std::nullopt;
    const auto boundary = multipart_boundary(as_text(value_of(*tx_, direction, "content-type")));
    if (!boundary.empty()) return upload_.buffer(id, *view, boundary, i, facts_);
  }
  if (i != 0) return std::nullopt;
  return rampart::sniffer::file_buffer(
      id, *view, {name_of_body(direction), body.size(), body.complete()}, facts_);
}

// hot
std::optional<BufferView> HttpTransaction::buffer(BufferId id, Direction direction,
                                                  unsigned i) const {
  const auto& info = info_of(id);
  const auto from = direction == Direction::to_server ? info.request : info.response;
  if (from == Stage::none || stage[index(direction)] < from || tx_ == nullptr) return std::nullopt;
  if (is_body(id)) {
    if (body_[index(direction)] == nullptr) return std::nullopt;
    if (is_of_files(id)) return file_buffer(id, direction, i);
    return i == 0 ? body_[index(direction)]->view() : std::nullopt;
  }
  if (i != 0 && !info.several) return std::nullopt;
  const auto found = find(id, direction, i);
  if (!found) return std::nullopt;
  return BufferView{*found, 0, direction == Direction::to_server || !interim()};
}

}  // namespace rampart::sniffer
