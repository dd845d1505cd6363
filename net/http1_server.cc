#include <fmt/core.h>
#include <http_parser.h>
#include <strings.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "net/http_server_protocol.h"
#include "net/tcp_stream.h"

namespace rampart::net {
namespace {

constexpr std::size_t kMaxInput = 1 << 16;  // bytes that wait for the reply before them

std::string_view reason(std::uint16_t status) {
  switch (status) {
#define XX(number, name, text) \
  case number: return #text;
    HTTP_STATUS_MAP(XX)
#undef XX
    default: return "Status";
  }
}

bool equal(const std::string& text, const char* lower) {
  return strcasecmp(text.c_str(), lower) == 0;
}

// Appends up to one more than `most` bytes: a longer text is none of those that matter.
void append_start(std::string& to, const char* at, std::size_t n, std::size_t most) {
  if (to.size() <= most) to.append(at, std::min(n, most + 1 - to.size()));
}

}  // namespace

// One client. Takes one request at a time from the bytes; the rest waits in input_ until the reply.
// After the last reply it sends FIN and throws away what comes until the client closes too: closing
// with bytes unread would reset the connection and could destroy the reply on its way.
class HttpServer::Http1 final : public Protocol {
 public:
  explicit Http1(const Client& client) : client_(client) {
    http_parser_init(&parser_, HTTP_REQUEST);
    parser_.data = this;
  }
  ~Http1() override {
    if (alive_ != nullptr) *alive_ = false;
  }
  Http1(const Http1&) = delete;
  Http1& operator=(const Http1&) = delete;

  [[nodiscard]] bool waits_for(std::uint32_t request) const override {
    return waiting_ && request == request_;
  }

  [[nodiscard]] std::vector<std::uint32_t> waiting() const override {
    return waiting_ ? std::vector{request_} : std::vector<std::uint32_t>();
  }
  [[nodiscard]] Turn turn() const override {
    if (waiting_) return Turn::handler;
    return begun_ || closing_ || client_.stream.queued() > 0 ? Turn::client : Turn::nobody;
  }

  [[nodiscard]] std::size_t unsent() const override { return client_.stream.queued(); }

  void reply(std::uint32_t, const Reply& reply) override {
    waiting_ = false;
    const bool close = reply.close || !keep_alive_;
    const bool bodiless = reply.status < 200 || reply.status == 204 || reply.status == 304;
    std::string out = fmt::format("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
    if (!bodiless && !reply.content_type.empty())
      out += fmt::format("Content-Type: {}\r\n", reply.content_type);
    if (!bodiless) out += fmt::format("Content-Length: {}\r\n", reply.body.size());
    for (const auto& field : reply.fields)
      out += fmt::format("{}: {}\r\n", field.name, field.value);
    if (close)
      out += "Connection: close\r\n";
    else if (parser_.http_minor == 0)
      out += "Connection: keep-alive\r\n";
    out += "\r\n";
    if (!head_ && !bodiless) out += reply.body;
    client_.stream.write(out);
    if (close)
      end();
    else
      go_on();
  }

  void drop(std::uint32_t) override {
    waiting_ = false;
    client_.remove();
  }

  void on_data(std::span<const char> bytes) override {
    if (closing_) {
      discarded_ += bytes.size();
      if (discarded_ > kMaxDiscarded) client_.remove();
      return;
    }
    const std::string_view text(bytes.data(), bytes.size());
    if (blocked()) {
      keep(text);
      return;
    }
    const auto used = consume(text);
    if (used && !closing_) keep(text.substr(*used));
  }

  void on_drained() override { go_on(); }

 private:
  static Http1* of(http_parser* parser) { return static_cast<Http1*>(parser->data); }

  static const http_parser_settings* settings() {
    static const http_parser_settings instance = [] {
      http_parser_settings s;
      http_parser_settings_init(&s);
      s.on_message_begin = [](http_parser* p) { return of(p)->begin(); };
      s.on_url = [](http_parser* p, const char* at, std::size_t n) {
        auto& path = of(p)->path_;
        if (path.size() + n > kMaxPath) return 1;
        path.append(at, n);
        return 0;
      };
      s.on_header_field = [](http_parser* p, const char* at, std::size_t n) {
        auto* self = of(p);
        const bool begins = std::exchange(self->in_value_, false) || self->field_.empty();
        if (begins) self->field_.clear();
        append_start(self->field_, at, n, kMaxName);
        return self->count(n + (begins ? kFieldCost : 0));
      };
      s.on_header_value = [](http_parser* p, const char* at, std::size_t n) {
        auto* self = of(p);
        if (!std::exchange(self->in_value_, true))
          self->keeps_value_ =
              self->in_header_ && self->fields_.begin(self->client_.server.options_, self->field_);
        if (equal(self->field_, "expect")) append_start(self->expect_, at, n, kMaxName);
        if (self->keeps_value_) self->fields_.value({at, n});
        return self->count(n);
      };
      s.on_headers_complete = [](http_parser* p) { return of(p)->headers_complete(); };
      s.on_body = [](http_parser* p, const char*, std::size_t n) {
        return (of(p)->body_ += n) > kMaxBody ? 1 : 0;
      };
      s.on_message_complete = [](http_parser* p) {
        of(p)->complete_ = true;
        http_parser_pause(p, 1);
        return 0;
      };
      return s;
    }();
    return &instance;
  }

  int begin() {
    path_.clear();
    field_.clear();
    expect_.clear();
    in_value_ = false;
    begun_ = true;
    body_ = 0;
    header_ = 0;
    fields_.clear();
    in_header_ = true;
    keeps_value_ = false;
    return 0;
  }

  int count(std::size_t more) { return (header_ += more) > kMaxHeader ? 1 : 0; }

  int headers_complete() {
    in_header_ = false;  // what comes behind the body is none of the header
    const auto length = parser_.content_length;
    if ((parser_.flags & F_CONTENTLENGTH) != 0 && length > kMaxBody) return -1;
    if (equal(expect_, "100-continue") && parser_.http_minor > 0)
      client_.stream.write(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
    return 0;
  }

  // One reply at a time, and none on top of a heap of unsent ones.
  [[nodiscard]] bool blocked() const {
    return waiting_ || closing_ || client_.stream.queued() > kMaxQueued;
  }

  void keep(std::string_view bytes) {
    if (at_ > 0 && at_ >= input_.size() / 2) {
      input_.erase(0, at_);
      at_ = 0;
    }
    input_.append(bytes);
    if (input_.size() - at_ > kMaxInput && !std::exchange(paused_, true)) client_.tcp.pause();
  }

  void go_on() {
    if (alive_ != nullptr || blocked()) return;  // where set, the caller above goes on
    const auto used = consume(std::string_view(input_).substr(at_));
    if (!used || closing_) return;
    at_ += *used;
    if (at_ == input_.size()) {
      input_.clear();
      at_ = 0;
    }
    if (input_.size() - at_ <= kMaxInput / 2 && std::exchange(paused_, false)) client_.tcp.resume();
  }

  // Parses as far as it may; a loop, for a handler may answer at once, and thousands may be
  // pipelined. Gives the bytes used, or nothing where the handler's call destroyed this.
  std::optional<std::size_t> consume(std::string_view bytes) {
    bool alive = true;
    alive_ = &alive;
    std::size_t used = 0;
    while (used < bytes.size() && !blocked()) {
      used += parse(bytes.substr(used));
      if (!alive) return std::nullopt;
    }
    alive_ = nullptr;
    return used;
  }

  std::size_t parse(std::string_view bytes) {
    const auto used = http_parser_execute(&parser_, settings(), bytes.data(), bytes.size());
    if (std::exchange(complete_, false)) {
      http_parser_pause(&parser_, 0);
      keep_alive_ = http_should_keep_alive(&parser_) != 0;
      head_ = parser_.method == HTTP_HEAD;
      begun_ = false;
      waiting_ = true;
      ++request_;
      ++handed_out_;
      hand_out();
      return used;
    }
    if (parser_.http_errno != HPE_OK) refuse();
    return bytes.size();
  }

  void hand_out() {
    const auto id = static_cast<ExchangeId>(client_.number) << 32 | request_;
    const bool* alive = alive_;
    // The handler may drop the connection and still look at the path and the fields.
    std::string path = std::move(path_);
    const auto fields = std::move(fields_);
    const auto views = fields.views();
    client_.server.handler_.on_request(
        id, {http_method_str(static_cast<http_method>(parser_.method)), path, views});
    if (*alive) path_ = std::move(path);
  }

  void refuse() {
    std::uint16_t status = 400;
    switch (parser_.http_errno) {
      case HPE_HEADER_OVERFLOW:
      case HPE_CB_header_field:
      case HPE_CB_header_value: status = 431; break;
      case HPE_CB_url: status = 414; break;
      case HPE_CB_headers_complete:
      case HPE_CB_body: status = 413; break;
      default: break;
    }
    client_.stream.write(
        fmt::format("HTTP/1.1 {} {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status,
                    reason(status)));
    end();
  }

  void end() {
    closing_ = true;
    client_.stream.shutdown();
    if (std::exchange(paused_, false)) client_.tcp.resume();
  }

  const Client client_;
  http_parser parser_{};
  std::string path_;
  std::string field_;
  std::string expect_;
  Fields fields_;
  std::string input_;
  std::size_t at_ = 0;      // input_ before it is parsed
  std::size_t header_ = 0;  // with what its fields cost
  std::size_t body_ = 0;
  std::size_t discarded_ = 0;
  std::uint32_t request_ = 0;
  bool in_value_ = false;
  bool in_header_ = false;
  bool keeps_value_ = false;  // the one that comes
  bool begun_ = false;        // a request has begun, and has not ended
  bool waiting_ = false;
  bool complete_ = false;
  bool keep_alive_ = true;
  bool head_ = false;
  bool closing_ = false;
  bool paused_ = false;
  bool* alive_ = nullptr;  // set while consume() runs
};

std::unique_ptr<HttpServer::Protocol> HttpServer::Protocol::http1(const Client& client) {
  return std::make_unique<Http1>(client);
}

}  // namespace rampart::net
