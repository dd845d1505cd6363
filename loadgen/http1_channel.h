#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "loadgen/channel.h"
#include "loadgen/dialling.h"
#include "net/http_client.h"

namespace rampart::loadgen {

// HTTP/1.1 over one connection: one exchange.
class Http1Channel : public Channel, private net::HttpClient::Listener {
 public:
  Http1Channel(const Dialling& dialling, Channel::Listener& driver)
      : Channel(1, driver), dialling_(dialling) {}

  void open(const base::Endpoint& to, const std::optional<base::IpAddress>& from) override;
  void send(Exchange& exchange, const Request& request) override;
  bool cancel(Exchange&) override { return false; }
  [[nodiscard]] bool heard(const Exchange&) const override { return client_->heard(); }
  void close() override { client_.reset(); }
  [[nodiscard]] std::uint16_t local_port() const override { return client_->local_port(); }
  [[nodiscard]] const net::Stream* stream() const override { return &client_->stream(); }

 protected:
  void connect(const base::Endpoint& to, const net::ConnectOptions& options);
  [[nodiscard]] net::HttpClient& client() { return *client_; }

  void on_ready() override;
  void on_reply(const net::HttpClient::Reply& reply) override;

 private:
  void on_http_end(net::StreamEnd end, std::string_view detail) override;
  void on_header(std::string_view name, std::string_view value) override;
  void on_body(std::span<const char> bytes) override;

  const Dialling& dialling_;
  std::unique_ptr<net::HttpClient> client_;
};

}  // namespace rampart::loadgen
