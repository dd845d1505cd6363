#include "target/echo_server.h"

#include <string_view>
#include <utility>

#include "net/loop.h"

namespace rampart::target {

class EchoServer::Connection final : private net::Stream::Listener {
 public:
  Connection(EchoServer& server, std::uint64_t id, std::unique_ptr<net::TcpStream> stream)
      : server_(server), id_(id), stream_(std::move(stream)) {
    stream_->listen_with(*this);
  }

 private:
  void on_open() override {}
  void on_data(std::span<const char> bytes) override {
    server_.counters_.tcp_bytes += bytes.size();
    stream_->write(bytes);
    if (stream_->queued() > 0) stream_->pause();
  }
  void on_drained() override { stream_->resume(); }
  void on_end(net::StreamEnd, std::string_view) override { server_.connections_.erase(id_); }

  EchoServer& server_;
  const std::uint64_t id_;
  std::unique_ptr<net::TcpStream> stream_;
};

EchoServer::~EchoServer() = default;

base::Result<std::unique_ptr<EchoServer>> EchoServer::listen(net::Loop& loop,
                                                             const base::Endpoint& at) {
  std::unique_ptr<EchoServer> out(new EchoServer);
  constexpr int kTries = 16;  // a port that is free for TCP may be taken for UDP
  for (int i = 1;; ++i) {
    RAMPART_TRY(out->tcp_, net::TcpServer::listen(loop, at, *out));
    auto udp = net::UdpServer::listen(loop, out->tcp_->endpoint(), *out);
    if (!udp && (at.port != 0 || i == kTries)) return base::fail(std::move(udp).error());
    if (!udp) continue;
    out->udp_ = *std::move(udp);
    return out;
  }
}

void EchoServer::on_accept(std::unique_ptr<net::TcpStream> stream) {
  ++counters_.connections;
  const auto id = next_++;
  connections_.emplace(id, std::make_unique<Connection>(*this, id, std::move(stream)));
}

void EchoServer::on_datagram(std::span<const char> bytes, const base::Endpoint& from) {
  ++counters_.datagrams;
  udp_->send(bytes, from);
}

}  // namespace rampart::target
