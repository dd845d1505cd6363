#include "net/http_client.h"

#include <http_parser.h>

#include <string>
#include <utility>

#include "base/assert.h"
#include "base/reuse.h"
#include "net/tcp_stream.h"
#include "net/tls.h"

namespace rampart::net {

namespace {

std::string_view without_blanks_around(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

struct HttpClient::Callbacks {
  static HttpClient& of(http_parser* parser) { return *static_cast<HttpClient*>(parser->data); }

  static int headers_complete(http_parser* parser) {
    // These have no body, whatever their header says (RFC 9112, 6.3); 1 tells the parser so.
    const auto status = parser->status_code;
    const bool bodiless = status < 200 || status == 204 || status == 304;
    return bodiless || static_cast<HttpClient*>(parser->data)->head_ ? 1 : 0;
  }
  static int message_complete(http_parser* parser) {
    auto* self = static_cast<HttpClient*>(parser->data);
    self->complete_ = true;
    self->keep_alive_ = http_should_keep_alive(parser) != 0;
    http_parser_pause(parser, 1);  // the listener is called once the parser has returned
    return 0;
  }
  static http_parser_settings plain() {
    http_parser_settings s;
    http_parser_settings_init(&s);
    s.on_headers_complete = headers_complete;
    s.on_message_complete = message_complete;
    return s;
  }
  static http_parser_settings observing() {
    auto s = plain();
    s.on_message_begin = [](http_parser* parser) {
      of(parser).in_header_ = true;
      return 0;
    };
    s.on_header_field = [](http_parser* parser, const char* at, std::size_t size) {
      auto& self = of(parser);
      if (self.in_value_) self.end_field();
      self.name_.append(at, size);
      return 0;
    };
    s.on_header_value = [](http_parser* parser, const char* at, std::size_t size) {
      of(parser).in_value_ = true;
      of(parser).value_.append(at, size);
      return 0;
    };
    s.on_headers_complete = [](http_parser* parser) {
      of(parser).end_field();
      of(parser).in_header_ = false;
      return headers_complete(parser);
    };
    s.on_body = [](http_parser* parser, const char* at, std::size_t size) {
      of(parser).listener_.on_body({at, size});
      return 0;
    };
    s.on_message_complete = [](http_parser* parser) {
      of(parser).end_field();
      return message_complete(parser);
    };
    return s;
  }
  static const http_parser_settings* settings(bool observe) {
    static const http_parser_settings kPlain = plain();
    static const http_parser_settings kObserving = observing();
    return observe ? &kObserving : &kPlain;
  }
};

HttpClient::HttpClient(Loop& loop, const TlsContext* tls, const std::string& server_name,
                       const base::Endpoint& to, Listener& listener, const ConnectOptions& options)
    : listener_(listener), parser_(std::make_unique<http_parser>()) {
  reset_parser();
  if (tls != nullptr)
    stream_ = connect_tls(loop, *tls, server_name, to, *this, options);
  else
    stream_ = TcpStream::connect(loop, to, *this, options);
}

HttpClient::~HttpClient() = default;

void HttpClient::reset() {
  ended_ = true;
  stream_->reset();
}

void HttpClient::reset_parser() {
  http_parser_init(parser_.get(), HTTP_RESPONSE);
  parser_->data = this;
}

void HttpClient::send(std::span<const char> request, bool head, bool observe) {
  RAMPART_ASSERT(!waiting_);
  waiting_ = true;
  head_ = head;
  observe_ = observe;
  bytes_ = 0;
  stream_->write(request);
}

void HttpClient::send_more(std::span<const char> rest) {
  if (waiting_) stream_->write(rest);
}

// hot
void HttpClient::on_data(std::span<const char> bytes) {
  if (ended_) return;
  if (!waiting_) {
    finish(StreamEnd::protocol, "bytes that no request asked for");
    return;
  }
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    const auto used = http_parser_execute(parser_.get(), Callbacks::settings(observe_),
                                          bytes.data(), bytes.size());
    if (std::exchange(complete_, false)) {
      http_parser_pause(parser_.get(), 0);
      bytes = bytes.subspan(used);
      const auto status = static_cast<std::uint16_t>(parser_->status_code);
      if (status < 100) {
        finish(StreamEnd::protocol, "a status below 100");
        return;
      }
      if (status < 200 && status != 101) continue;  // an interim reply: the real one follows
      if (!bytes.empty()) {
        finish(StreamEnd::protocol, "bytes after the end of the reply");
        return;
      }
      waiting_ = false;
      listener_.on_reply({status, keep_alive_, bytes_});
      return;
    }
    if (parser_->http_errno != HPE_OK)
      finish(StreamEnd::protocol,
             http_errno_description(static_cast<http_errno>(parser_->http_errno)));
    return;
  }
}

void HttpClient::on_end(StreamEnd end, std::string_view detail) {
  // A reply without length ends with the connection.
  if (end == StreamEnd::eof && !ended_ && waiting_ && bytes_ > 0) {
    http_parser_execute(parser_.get(), Callbacks::settings(observe_), nullptr, 0);
    if (std::exchange(complete_, false)) {
      waiting_ = false;
      listener_.on_reply({static_cast<std::uint16_t>(parser_->status_code), false, bytes_});
      return;
    }
    finish(StreamEnd::truncated, "the reply is cut short");
    return;
  }
  finish(end, detail);
}

void HttpClient::end_field() {
  const auto status = parser_->status_code;
  if (in_header_ && !name_.empty() && (status >= 200 || status == 101))
    listener_.on_header(name_, without_blanks_around(value_));
  base::empty_out(name_);
  base::empty_out(value_);
  in_value_ = false;
}

void HttpClient::finish(StreamEnd end, std::string_view detail) {
  if (!std::exchange(ended_, true)) listener_.on_http_end(end, detail);
}

}  // namespace rampart::net
