#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "loadgen/channel.h"
#include "loadgen/dialling.h"
#include "net/http2_client.h"

namespace rampart::loadgen {

// HTTP/2 over one connection: an exchange for each stream.
class Http2Channel final : public Channel, private net::Http2Client::Listener {
 public:
  Http2Channel(const Dialling& dialling, std::uint32_t streams, Channel::Listener& driver)
      : Channel(streams, driver), dialling_(dialling) {}

  void open(const base::Endpoint& to, const std::optional<base::IpAddress>& from) override;
  void send(Exchange& exchange, const Request& request) override;
  bool cancel(Exchange& exchange) override;
  [[nodiscard]] bool heard(const Exchange& exchange) const override {
    return client_->heard(&exchange);
  }
  void close() override { client_.reset(); }
  [[nodiscard]] std::uint16_t local_port() const override { return client_->local_port(); }
  [[nodiscard]] const net::Stream* stream() const override { return &client_->stream(); }

 private:
  void on_streams(std::uint32_t streams) override;
  void on_reply(void* exchange, const net::Http2Client::Reply& reply) override;
  void on_lost(void* exchange, net::Http2Client::Loss why) override;
  void on_goaway() override;
  void on_http_end(net::StreamEnd end, std::string_view detail) override;
  void on_header(void* exchange, std::string_view name, std::string_view value) override;
  void on_body(void* exchange, std::span<const char> bytes) override;

  const Dialling& dialling_;
  std::unique_ptr<net::Http2Client> client_;
};

}  // namespace rampart::loadgen
