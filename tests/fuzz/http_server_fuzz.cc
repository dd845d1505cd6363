// What a hostile client may send to HttpServer, over a loopback connection inside one Loop. The
// first byte chooses the segments: 0 all at once, else that many bytes each. Each request is
// answered by the first letter of its path: at once, once a later request has come or the client
// has gone, with close, without body, not at all, or by dropping it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/clock.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "net/tcp_stream.h"
#include "net/timer.h"

namespace {

using namespace rampart;

class Exchange final : net::HttpServer::Handler, net::Stream::Listener, net::Timer::Listener {
 public:
  Exchange()
      : later_(loop_, *this),
        server_(
            net::HttpServer::listen(loop_, {base::IpAddress::v4(127, 0, 0, 1), 0}, nullptr, *this)
                .value()) {}

  void run(std::size_t segment, std::span<const char> bytes) {
    segment_ = segment == 0 ? bytes.size() + 1 : segment;
    bytes_ = bytes;
    client_ = net::TcpStream::connect(loop_, server_->endpoint(), *this);
    loop_.run();
    client_.reset();
    later_.disarm();
    answer_open();
  }

 private:
  void on_request(net::HttpServer::ExchangeId id,
                  const net::HttpServer::Request& request) override {
    RAMPART_ASSERT(!request.method.empty() && !request.path.empty());
    const char kind = request.path.size() > 1 ? request.path[1] : '\0';
    switch (kind) {
      case 'l':
        open_.push_back(id);
        later_.arm(base::MonoTime());
        break;
      case 'c': server_->reply(id, {.body = "closing", .close = true}); break;
      case 'e': server_->reply(id, {.status = 204, .body = "unsent"}); break;
      case 'd': server_->drop(id); break;
      case 'b': server_->reply(id, {.body = large_}); break;
      case 'n': unanswered_ = id; break;
      default: server_->reply(id, {.status = 404, .body = request.path}); break;
    }
    RAMPART_ASSERT(!request.path.empty());  // still valid, whatever became of the connection
  }
  void on_timer(net::Timer&) override { answer_open(); }
  void answer_open() {
    for (const auto id : std::exchange(open_, {})) server_->reply(id, {.body = "late"});
    server_->reply(std::exchange(unanswered_, 0), {.body = "very late"});
  }

  // The client.
  void on_open() override {
    for (auto rest = bytes_; !rest.empty();) {
      const auto n = std::min(segment_, rest.size());
      client_->write(rest.first(n));
      rest = rest.subspan(n);
    }
    client_->shutdown();
  }
  void on_data(std::span<const char>) override {}
  void on_end(net::StreamEnd, std::string_view) override { loop_.stop(); }

  const std::string large_ = std::string(300'000, 'b');
  net::Loop loop_;
  net::Timer later_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::TcpStream> client_;
  std::size_t segment_ = 0;
  std::span<const char> bytes_;
  std::vector<net::HttpServer::ExchangeId> open_;
  net::HttpServer::ExchangeId unanswered_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static Exchange exchange;
  exchange.run(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
