#include "net/http_server.h"

#include <fmt/core.h>
#include <http_parser.h>
#include <strings.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "net/tls.h"

namespace rampart::net {
namespace {

constexpr std::size_t kMaxPath = 16384;
constexpr std::size_t kMaxBody = 1 << 20;
constexpr std::size_t kMaxInput = 1 << 16;      // bytes that wait for the reply before them
constexpr std::size_t kMaxQueued = 1 << 18;     // unsent reply bytes above which requests wait
constexpr std::size_t kMaxDiscarded = 1 << 22;  // bytes read after the last reply

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

// Appends what fits: enough to recognise the few headers that matter.
void append_start(std::string& to, const char* at, std::size_t n) {
  constexpr std::size_t kLongest = 32;
  if (to.size() < kLongest) to.append(at, std::min(n, kLongest - to.size()));
}

}  // namespace

// One client. Takes one request at a time from the bytes; the rest waits in input_ until the reply.
// After the last reply it sends FIN and throws away what comes until the client closes too: closing
// with bytes unread would reset the connection and could destroy the reply on its way.
class HttpServer::Connection final : private Stream::Listener {
 public:
  Connection(HttpServer& server, std::uint32_t number) : server_(server), number_(number) {
    http_parser_init(&parser_, HTTP_REQUEST);
    parser_.data = this;
  }
  ~Connection() {
    if (alive_ != nullptr) *alive_ = false;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start(std::unique_ptr<TcpStream> tcp) {
    tcp_ = tcp.get();
    if (server_.tls_ != nullptr) {
      stream_ = accept_tls(*server_.tls_, std::move(tcp), *this);
    } else {
      stream_ = std::move(tcp);
      tcp_->listen_with(*this);
    }
  }

  [[nodiscard]] bool waits_for(std::uint32_t request) const {
    return waiting_ && request == request_;
  }

  void reply(const Reply& reply) {
    waiting_ = false;
    const bool close = reply.close || !keep_alive_;
    const bool bodiless = reply.status < 200 || reply.status == 204 || reply.status == 304;
    std::string out = fmt::format("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
    if (!bodiless)
      out += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", reply.content_type,
                         reply.body.size());
    if (close)
      out += "Connection: close\r\n";
    else if (parser_.http_minor == 0)
      out += "Connection: keep-alive\r\n";
    out += "\r\n";
    if (!head_ && !bodiless) out += reply.body;
    stream_->write(out);
    if (close)
      end();
    else
      go_on();
  }

 private:
  static Connection* of(http_parser* parser) { return static_cast<Connection*>(parser->data); }

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
        if (std::exchange(self->in_value_, false)) self->field_.clear();
        append_start(self->field_, at, n);
        return 0;
      };
      s.on_header_value = [](http_parser* p, const char* at, std::size_t n) {
        auto* self = of(p);
        self->in_value_ = true;
        if (equal(self->field_, "expect")) append_start(self->expect_, at, n);
        return 0;
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
    body_ = 0;
    return 0;
  }

  int headers_complete() {
    const auto length = parser_.content_length;
    if ((parser_.flags & F_CONTENTLENGTH) != 0 && length > kMaxBody) return -1;
    if (equal(expect_, "100-continue") && parser_.http_minor > 0)
      stream_->write(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
    return 0;
  }

  void on_open() override {}  // TLS only: the handshake is done

  void on_data(std::span<const char> bytes) override {
    if (closing_) {
      discarded_ += bytes.size();
      if (discarded_ > kMaxDiscarded) server_.remove(number_);
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

  // A client that closes its half is gone, as most servers see it: it gets no reply.
  void on_end(StreamEnd, std::string_view) override { server_.remove(number_); }

  // One reply at a time, and none on top of a heap of unsent ones.
  [[nodiscard]] bool blocked() const {
    return waiting_ || closing_ || stream_->queued() > kMaxQueued;
  }

  void keep(std::string_view bytes) {
    if (at_ > 0 && at_ >= input_.size() / 2) {
      input_.erase(0, at_);
      at_ = 0;
    }
    input_.append(bytes);
    if (input_.size() - at_ > kMaxInput && !std::exchange(paused_, true)) tcp_->pause();
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
    if (input_.size() - at_ <= kMaxInput / 2 && std::exchange(paused_, false)) tcp_->resume();
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
      waiting_ = true;
      ++request_;
      hand_out();
      return used;
    }
    if (parser_.http_errno != HPE_OK) refuse();
    return bytes.size();
  }

  void hand_out() {
    const auto id = static_cast<ExchangeId>(number_) << 32 | request_;
    const bool* alive = alive_;
    // The handler may drop the connection and still look at the path.
    std::string path = std::move(path_);
    server_.handler_.on_request(id,
                                {http_method_str(static_cast<http_method>(parser_.method)), path});
    if (*alive) path_ = std::move(path);
  }

  void refuse() {
    std::uint16_t status = 400;
    switch (parser_.http_errno) {
      case HPE_HEADER_OVERFLOW: status = 431; break;
      case HPE_CB_url: status = 414; break;
      case HPE_CB_headers_complete:
      case HPE_CB_body: status = 413; break;
      default: break;
    }
    stream_->write(fmt::format("HTTP/1.1 {} {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                               status, reason(status)));
    end();
  }

  void end() {
    closing_ = true;
    stream_->shutdown();
    if (std::exchange(paused_, false)) tcp_->resume();
  }

  HttpServer& server_;
  const std::uint32_t number_;
  http_parser parser_{};
  std::unique_ptr<Stream> stream_;
  TcpStream* tcp_ = nullptr;  // stream_ itself or beneath it
  std::string path_;
  std::string field_;
  std::string expect_;
  std::string input_;
  std::size_t at_ = 0;  // input_ before it is parsed
  std::size_t body_ = 0;
  std::size_t discarded_ = 0;
  std::uint32_t request_ = 0;
  bool in_value_ = false;
  bool waiting_ = false;
  bool complete_ = false;
  bool keep_alive_ = true;
  bool head_ = false;
  bool closing_ = false;
  bool paused_ = false;
  bool* alive_ = nullptr;  // set while consume() runs
};

HttpServer::HttpServer(Loop&, const TlsContext* tls, Handler& handler)
    : tls_(tls), handler_(handler) {}
HttpServer::~HttpServer() = default;

base::Result<std::unique_ptr<HttpServer>> HttpServer::listen(Loop& loop, const base::Endpoint& at,
                                                             const TlsContext* tls,
                                                             Handler& handler) {
  std::unique_ptr<HttpServer> out(new HttpServer(loop, tls, handler));
  RAMPART_TRY(out->server_, TcpServer::listen(loop, at, *out));
  return out;
}

void HttpServer::on_accept(std::unique_ptr<TcpStream> stream) {
  const auto number = next_connection_++;
  auto& connection = connections_[number];
  connection = std::make_unique<Connection>(*this, number);
  connection->start(std::move(stream));
}

void HttpServer::remove(std::uint32_t connection) { connections_.erase(connection); }

HttpServer::Connection* HttpServer::find(ExchangeId id) const {
  const auto found = connections_.find(static_cast<std::uint32_t>(id >> 32));
  if (found == connections_.end()) return nullptr;
  return found->second->waits_for(static_cast<std::uint32_t>(id)) ? found->second.get() : nullptr;
}

void HttpServer::reply(ExchangeId id, const Reply& reply) {
  if (auto* connection = find(id)) connection->reply(reply);
}

void HttpServer::drop(ExchangeId id) {
  if (find(id) != nullptr) remove(static_cast<std::uint32_t>(id >> 32));
}

}  // namespace rampart::net
