// What a hostile server may send to HttpClient, over a loopback connection inside one Loop. The
// first byte chooses how: bit 0 a HEAD request, bit 1 the bytes singly, bit 2 in segments of up to
// 16 bytes, bit 3 before the request rather than after it, bit 4 destroys the client in its last
// call, bit 5 observes. The server then closes, so that each input ends.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/assert.h"
#include "hostile_server.h"
#include "net/http_client.h"
#include "net/loop.h"

namespace {

using namespace rampart;

class Exchange final : public net::HttpClient::Listener {
 public:
  void run(std::uint8_t flags, std::span<const char> bytes) {
    flags_ = flags;
    bytes_ = bytes;
    server_.begin(flags, bytes);
    ended_ = false;
    net::HttpClient::Listener& owner = *this;
    client_ = std::make_unique<net::HttpClient>(loop_, nullptr, "fuzz", server_.endpoint(), owner);
    loop_.run();
    client_.reset();
    server_.close();
  }

 private:
  void on_ready() override { request(); }
  void on_reply(const net::HttpClient::Reply& reply) override {
    RAMPART_ASSERT(!ended_ && reply.status >= 100 && reply.bytes <= bytes_.size());
    if (reply.keep_alive)
      request();
    else
      finish();
  }
  void on_http_end(net::StreamEnd, std::string_view detail) override {
    RAMPART_ASSERT(!std::exchange(ended_, true) && !detail.empty());
    finish();
  }
  void request() {
    constexpr std::string_view kText = "GET / HTTP/1.1\r\n\r\n";
    client_->send({kText.data(), kText.size()}, (flags_ & 1) != 0, (flags_ & 32) != 0);
  }
  void on_header(std::string_view name, std::string_view value) override {
    RAMPART_ASSERT((flags_ & 32) != 0 && !ended_ && !name.empty());
    RAMPART_ASSERT(name.size() + value.size() < bytes_.size());
    RAMPART_ASSERT(value.find_first_of("\r\n") == std::string_view::npos);
  }
  void on_body(std::span<const char> more) override {
    RAMPART_ASSERT((flags_ & 32) != 0 && !ended_ && more.size() < bytes_.size());
  }
  void finish() {
    if ((flags_ & 16) != 0) client_.reset();
    loop_.stop();
  }

  net::Loop loop_;
  HostileServer server_{loop_};
  std::unique_ptr<net::HttpClient> client_;
  std::uint8_t flags_ = 0;
  std::span<const char> bytes_;
  bool ended_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static Exchange exchange;
  exchange.run(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
