#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "net/loop.h"
#include "net/tcp_stream.h"

namespace rampart {

// A server on loopback that says the bytes of an input to whoever connects, and then closes.
class HostileServer final : public net::TcpServer::Listener, public net::Stream::Listener {
 public:
  // Of the first byte of an input.
  enum Flag : std::uint8_t {
    kSingly = 2,  // the bytes one by one
    kSmall = 4,   // in segments of up to 16 bytes
    kAtOnce = 8,  // before it was asked anything
  };

  // `loop` outlives it.
  explicit HostileServer(net::Loop& loop)
      : server_(
            net::TcpServer::listen(loop, {base::IpAddress::v4(127, 0, 0, 1), 0}, *this).value()) {}

  [[nodiscard]] base::Endpoint endpoint() const { return server_->endpoint(); }
  // For the next connection; `bytes` stay valid until close().
  void begin(std::uint8_t flags, std::span<const char> bytes) {
    flags_ = flags;
    bytes_ = bytes;
    sent_ = false;
  }
  void close() { peer_.reset(); }

 private:
  void on_accept(std::unique_ptr<net::TcpStream> stream) override {
    peer_ = std::move(stream);
    peer_->listen_with(*this);
    if ((flags_ & kAtOnce) != 0) send_all();
  }
  void on_open() override {}
  void on_data(std::span<const char>) override {
    if (!sent_) send_all();
  }
  void on_end(net::StreamEnd, std::string_view) override {}

  void send_all() {
    sent_ = true;
    const std::size_t most = (flags_ & kSingly) != 0  ? 1
                             : (flags_ & kSmall) != 0 ? 16
                                                      : bytes_.size() + 1;
    for (auto rest = bytes_; !rest.empty();) {
      const auto n = std::min(most, rest.size());
      peer_->write(rest.first(n));
      rest = rest.subspan(n);
    }
    peer_->shutdown();
  }

  std::unique_ptr<net::TcpServer> server_;
  std::unique_ptr<net::TcpStream> peer_;
  std::uint8_t flags_ = 0;
  std::span<const char> bytes_;
  bool sent_ = false;
};

}  // namespace rampart
