// What a hostile server may send to Http2Client, over a loopback connection inside one Loop. The
// first byte chooses how: bit 0 requests with a body, bit 1 the bytes singly, bit 2 in segments of
// up to 16 bytes, bit 3 before the client's preface rather than after it, bit 4 destroys the client
// at its first reply, loss, header or goaway, bit 5 observes, bit 6 cancels every other request.
// The server then closes, so that each input ends.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/assert.h"
#include "hostile_server.h"
#include "net/http2_client.h"
#include "net/loop.h"

namespace {

using namespace rampart;

class Connection final : public net::Http2Client::Listener {
 public:
  void run(std::uint8_t flags, std::span<const char> bytes) {
    flags_ = flags;
    bytes_ = bytes;
    server_.begin(flags, bytes);
    ended_ = away_ = false;
    number_ = 0;
    out_.clear();
    net::Http2Client::Listener& owner = *this;
    client_ =
        std::make_unique<net::Http2Client>(loop_, nullptr, "fuzz", server_.endpoint(), 4U, owner);
    loop_.run();
    client_.reset();
    server_.close();
  }

 private:
  void on_streams(std::uint32_t streams) override {
    RAMPART_ASSERT(!ended_ && streams <= 4);
    while (out_.size() < streams && number_ < 40) request();
  }
  void on_reply(void* exchange, const net::Http2Client::Reply& reply) override {
    RAMPART_ASSERT(reply.status >= 200 && reply.bytes <= bytes_.size());
    ended(exchange);
  }
  void on_lost(void* exchange, net::Http2Client::Loss) override { ended(exchange); }
  void on_goaway() override {
    RAMPART_ASSERT(!ended_ && !std::exchange(away_, true));
    if ((flags_ & 16) != 0) finish();
  }
  void on_http_end(net::StreamEnd, std::string_view detail) override {
    RAMPART_ASSERT(!std::exchange(ended_, true) && !detail.empty());
    finish();
  }
  void on_header(void* exchange, std::string_view name, std::string_view) override {
    RAMPART_ASSERT((flags_ & 32) != 0 && out_.contains(exchange) && !name.empty());
    if ((flags_ & 16) != 0) finish();
  }
  void on_trailer(void* exchange, std::string_view name, std::string_view value) override {
    on_header(exchange, name, value);
  }
  void on_body(void* exchange, std::span<const char> more) override {
    RAMPART_ASSERT((flags_ & 32) != 0 && out_.contains(exchange) && !more.empty());
  }

  void request() {
    auto* tag = reinterpret_cast<void*>(++number_);
    out_.insert(tag);
    client_->send((flags_ & 1) != 0 ? post_ : get_, tag, (flags_ & 32) != 0);
    if ((flags_ & 64) == 0 || number_ % 2 == 0) return;
    client_->cancel(tag);
    out_.erase(tag);
  }
  // Each exchange ends once, and none that was cancelled.
  void ended(void* exchange) {
    RAMPART_ASSERT(!ended_ && out_.erase(exchange) == 1);
    if ((flags_ & 16) != 0)
      finish();
    else if (number_ < 40)
      request();
  }
  void finish() {
    if ((flags_ & 16) != 0) client_.reset();
    loop_.stop();
  }

  net::Loop loop_;
  const net::Http2Request get_{{.authority = "fuzz"}, ""};
  const net::Http2Request post_{{.method = "POST", .authority = "fuzz"}, std::string(100'000, 'p')};
  HostileServer server_{loop_};
  std::unique_ptr<net::Http2Client> client_;
  std::set<void*> out_;
  std::uint8_t flags_ = 0;
  std::span<const char> bytes_;
  std::uintptr_t number_ = 0;
  bool ended_ = false;
  bool away_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static Connection connection;
  connection.run(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
