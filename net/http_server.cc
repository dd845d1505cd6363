#include "net/http_server.h"

#include <strings.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "net/http_server_protocol.h"
#include "net/tls.h"

namespace rampart::net {

// One client. Which protocol it speaks shows in the TLS handshake or in its first bytes.
class HttpServer::Connection final : public RingLink, private Stream::Listener {
 public:
  using Turn = Protocol::Turn;

  Connection(HttpServer& server, std::uint32_t number) : server_(server), number_(number) {}
  [[nodiscard]] std::uint32_t number() const { return number_; }

  // `tls` null: in clear text.
  void start(std::unique_ptr<TcpStream> tcp, const TlsContext* tls) {
    tcp_ = tcp.get();
    may_begin_http2_ = tls == nullptr && server_.options_.clear_http2;
    if (tls != nullptr) {
      stream_ = accept_tls(*tls, std::move(tcp), *this);
    } else {
      stream_ = std::move(tcp);
      tcp_->listen_with(*this);
    }
  }

  // Null where that request is answered, or its stream gone.
  [[nodiscard]] Protocol* waiting(std::uint32_t request) const {
    return protocol_ != nullptr && protocol_->waits_for(request) ? protocol_.get() : nullptr;
  }
  [[nodiscard]] std::vector<std::uint32_t> waiting() const {
    return protocol_ != nullptr ? protocol_->waiting() : std::vector<std::uint32_t>();
  }
  // A client that has not yet asked for anything is waited for.
  [[nodiscard]] Turn turn() const {
    if (protocol_ == nullptr) return Turn::client;
    const auto turn = protocol_->turn();
    return turn == Turn::nobody && protocol_->handed_out() == 0 ? Turn::client : turn;
  }
  // Whether nothing has happened for too long, as seen by the calls so far.
  bool overdue(base::MonoTime now) {
    const std::pair stage{turn(), protocol_ != nullptr ? protocol_->handed_out() : 0};
    const auto unsent = protocol_ != nullptr ? protocol_->unsent() : 0;
    if (!seen_ || stage != *seen_ || stage.first == Turn::handler) {
      seen_ = stage;
      begun_ = since_ = now;
      unsent_ = unsent;
      return false;
    }
    if (unsent < unsent_) {  // some of the reply was taken
      unsent_ = unsent;
      since_ = now;
    }
    return now - begun_ > kIdle || (stage.first == Turn::client && now - since_ > kPatience);
  }
  void go_away() {
    if (protocol_ != nullptr) protocol_->go_away();
  }

 private:
  static constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  void on_open() override {  // TLS only: the handshake is done
    if (stream_->alpn() == "h2") protocol_ = Protocol::http2(client());
  }

  void on_data(std::span<const char> bytes) override {
    if (protocol_ != nullptr) {
      protocol_->on_data(bytes);
      return;
    }
    if (!may_begin_http2_) {
      protocol_ = Protocol::http1(client());
      protocol_->on_data(bytes);
      return;
    }
    first_.append(bytes.data(), bytes.size());
    const bool http2 = first_.starts_with(kPreface);
    if (!http2 && kPreface.starts_with(first_)) return;  // not yet known
    protocol_ = http2 ? Protocol::http2(client()) : Protocol::http1(client());
    const auto first = std::exchange(first_, {});
    protocol_->on_data(first);
  }

  void on_drained() override {
    if (protocol_ != nullptr) protocol_->on_drained();
  }

  // A client that closes its half is gone, as most servers see it: it gets no reply.
  void on_end(StreamEnd, std::string_view) override { server_.remove(number_); }

  Protocol::Client client() { return {server_, number_, *stream_, *tcp_}; }

  HttpServer& server_;
  const std::uint32_t number_;
  std::unique_ptr<Stream> stream_;
  TcpStream* tcp_ = nullptr;      // stream_ itself or beneath it
  bool may_begin_http2_ = false;  // with the preface
  std::string first_;
  std::optional<std::pair<Turn, std::uint64_t>> seen_;  // by overdue()
  base::MonoTime begun_;                                // when it saw that first
  base::MonoTime since_;                                // that, or progress in it
  std::size_t unsent_ = 0;                              // at that moment
  std::unique_ptr<Protocol> protocol_;
};

bool HttpServer::Protocol::Fields::begin(const Options& wanted, std::string_view name) {
  const auto same = [name](std::string_view one) {
    return one.size() == name.size() && strncasecmp(one.data(), name.data(), one.size()) == 0;
  };
  const auto found = std::find_if(wanted.fields.begin(), wanted.fields.end(), same);
  const auto kept = [&](const auto& field) { return field.first == *found; };
  if (found == wanted.fields.end() || std::any_of(fields_.begin(), fields_.end(), kept))
    return false;
  fields_.emplace_back(*found, std::string());
  return true;
}

std::vector<HttpServer::Field> HttpServer::Protocol::Fields::views() const {
  const auto without_blanks = [](std::string_view text) {
    const auto end = text.find_last_not_of(" \t");
    return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
  };
  std::vector<Field> out;
  out.reserve(fields_.size());
  for (const auto& [name, value] : fields_) out.push_back({name, without_blanks(value)});
  return out;
}

void HttpServer::Protocol::Client::remove() const { server.remove(number); }
void HttpServer::Protocol::Client::settle() const { server.settle(number); }

std::string_view HttpServer::Request::field(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == fields.end() ? std::string_view() : found->value;
}

HttpServer::HttpServer(const TlsContext* tls, Handler& handler, const Options& options)
    : tls_(tls), handler_(handler), options_(options) {
  for (const auto& name : options_.fields) RAMPART_ASSERT(name.size() <= Protocol::kMaxName);
}
HttpServer::~HttpServer() {
  for (const auto& [number, connection] : connections_) connection->go_away();
}

base::Result<std::unique_ptr<HttpServer>> HttpServer::listen(Loop& loop, const base::Endpoint& at,
                                                             const TlsContext* tls,
                                                             Handler& handler,
                                                             const Options& options) {
  std::unique_ptr<HttpServer> out(new HttpServer(tls, handler, options));
  RAMPART_TRY(out->server_, TcpServer::listen(loop, at, *out));
  return out;
}

void HttpServer::on_accept(std::unique_ptr<TcpStream> stream) {
  if (!make_room()) return;
  const auto* tls = options_.tls_source == nullptr ? tls_ : options_.tls_source->context();
  if (tls == nullptr && options_.tls_source != nullptr) return;
  const auto number = next_connection_++;
  auto& connection = connections_[number];
  connection = std::make_unique<Connection>(*this, number);
  connection->link_before(order_);
  connection->start(std::move(stream), tls);
}

void HttpServer::remove(std::uint32_t connection) {
  auto found = connections_.extract(connection);
  if (found.empty()) return;
  const auto waiting = found.mapped()->waiting();
  found.mapped().reset();
  for (const auto request : waiting)
    handler_.on_gone(static_cast<ExchangeId>(connection) << 32 | request);
}

// False where every connection waits for an answer.
bool HttpServer::make_room() {
  if (options_.most_connections == 0 || connections_.size() < options_.most_connections)
    return true;
  while (!order_.alone()) {
    auto& first = static_cast<Connection&>(*order_.next());
    if (first.turn() != Protocol::Turn::handler) {
      remove(first.number());
      return true;
    }
    first.unlink();
  }
  return false;
}

void HttpServer::settle(std::uint32_t connection) {
  const auto found = connections_.find(connection);
  if (found == connections_.end()) return;
  found->second->unlink();
  found->second->link_before(order_);
}

void HttpServer::prune(base::MonoTime now) {
  std::vector<std::uint32_t> overdue;
  for (const auto& [number, connection] : connections_)
    if (connection->overdue(now)) overdue.push_back(number);
  for (const auto number : overdue) remove(number);
}

HttpServer::SharedBody HttpServer::share(std::string_view body) {
  if (last_body_ == nullptr || *last_body_ != body)
    last_body_ = std::make_shared<const std::string>(body);
  return last_body_;
}

HttpServer::Protocol* HttpServer::find(ExchangeId id) const {
  const auto found = connections_.find(static_cast<std::uint32_t>(id >> 32));
  if (found == connections_.end()) return nullptr;
  return found->second->waiting(static_cast<std::uint32_t>(id));
}

void HttpServer::reply(ExchangeId id, const Reply& reply) {
  auto* const protocol = find(id);
  if (protocol == nullptr) return;
  settle(static_cast<std::uint32_t>(id >> 32));
  protocol->reply(static_cast<std::uint32_t>(id), reply);
}

void HttpServer::drop(ExchangeId id) {
  auto* const protocol = find(id);
  if (protocol == nullptr) return;
  settle(static_cast<std::uint32_t>(id >> 32));
  protocol->drop(static_cast<std::uint32_t>(id));
}

}  // namespace rampart::net
