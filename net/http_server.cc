#include "net/http_server.h"

#include <fmt/core.h>
#include <http_parser.h>

#include <utility>

#include "net/loop.h"
#include "net/tls.h"

namespace rampart::net {
namespace {

constexpr std::size_t kMaxPath = 16384;
constexpr std::size_t kMaxBody = 1 << 20;
constexpr std::size_t kMaxPipelined = 1 << 16;

std::string_view reason(std::uint16_t status) {
  switch (status) {
#define XX(number, name, text) \
  case number: return #text;
    HTTP_STATUS_MAP(XX)
#undef XX
    default: return "Status";
  }
}

}  // namespace

// One client. Takes one request at a time from the bytes; the rest waits in pipelined_ until the
// reply.
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
    if (server_.tls_ != nullptr) {
      stream_ = accept_tls(*server_.tls_, std::move(tcp), *this);
    } else {
      auto* plain = tcp.get();
      stream_ = std::move(tcp);
      plain->listen_with(*this);
    }
  }

  void reply(std::uint32_t request, const Reply& reply) {
    if (request != request_ || !waiting_) return;
    waiting_ = false;
    const bool close = reply.close || !keep_alive_;
    std::string out =
        fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n",
                    reply.status, reason(reply.status), reply.content_type, reply.body.size(),
                    close ? "Connection: close\r\n" : "");
    if (!head_) out += reply.body;
    stream_->write(out);
    if (close) {
      server_.remove(number_);
      return;
    }
    if (alive_ == nullptr) parse_pipelined();  // else the caller above goes on parsing
  }

 private:
  static Connection* of(http_parser* parser) { return static_cast<Connection*>(parser->data); }

  static const http_parser_settings* settings() {
    static const http_parser_settings instance = [] {
      http_parser_settings s;
      http_parser_settings_init(&s);
      s.on_message_begin = [](http_parser* p) {
        of(p)->path_.clear();
        of(p)->body_ = 0;
        return 0;
      };
      s.on_url = [](http_parser* p, const char* at, std::size_t n) {
        auto& path = of(p)->path_;
        if (path.size() + n > kMaxPath) return 1;
        path.append(at, n);
        return 0;
      };
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

  void on_open() override {}  // TLS only: the handshake is done

  void on_data(std::span<const char> bytes) override {
    if (!waiting_) {
      bool alive = true;
      alive_ = &alive;
      parse(std::string_view(bytes.data(), bytes.size()));
      if (!alive) return;
      alive_ = nullptr;
      parse_pipelined();
      return;
    }
    if (pipelined_.size() + bytes.size() > kMaxPipelined)
      server_.remove(number_);
    else
      pipelined_.append(bytes.data(), bytes.size());
  }

  void on_end(StreamEnd, std::string_view) override { server_.remove(number_); }

  // A loop rather than a recursion: a handler may answer at once, and thousands may be pipelined.
  void parse_pipelined() {
    bool alive = true;
    alive_ = &alive;
    while (!waiting_ && !pipelined_.empty()) {
      parse(std::exchange(pipelined_, {}));
      if (!alive) return;
    }
    alive_ = nullptr;
  }

  // May end with this connection destroyed: nothing follows the handler's call.
  void parse(std::string_view bytes) {
    const auto used = http_parser_execute(&parser_, settings(), bytes.data(), bytes.size());
    if (std::exchange(complete_, false)) {
      http_parser_pause(&parser_, 0);
      pipelined_.append(bytes.substr(used));
      keep_alive_ = http_should_keep_alive(&parser_) != 0;
      head_ = parser_.method == HTTP_HEAD;
      waiting_ = true;
      ++request_;
      const auto id = static_cast<ExchangeId>(number_) << 32 | request_;
      server_.handler_.on_request(
          id, {http_method_str(static_cast<http_method>(parser_.method)), path_});
      return;
    }
    if (parser_.http_errno != HPE_OK || used != bytes.size()) {
      stream_->write(std::string_view(
          "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
      server_.remove(number_);
    }
  }

  HttpServer& server_;
  const std::uint32_t number_;
  http_parser parser_{};
  std::unique_ptr<Stream> stream_;
  std::string path_;
  std::string pipelined_;
  std::size_t body_ = 0;
  std::uint32_t request_ = 0;
  bool waiting_ = false;
  bool complete_ = false;
  bool keep_alive_ = true;
  bool head_ = false;
  bool* alive_ = nullptr;  // set while parse() runs
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

void HttpServer::reply(ExchangeId id, const Reply& reply) {
  const auto found = connections_.find(static_cast<std::uint32_t>(id >> 32));
  if (found != connections_.end()) found->second->reply(static_cast<std::uint32_t>(id), reply);
}

void HttpServer::drop(ExchangeId id) { remove(static_cast<std::uint32_t>(id >> 32)); }

}  // namespace rampart::net
