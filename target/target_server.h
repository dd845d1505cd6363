#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "net/http_server.h"
#include "net/timer.h"
#include "net/tls.h"
#include "target/queue_model.h"

namespace rampart::target {

struct TargetOptions {
  base::Endpoint listen{};
  bool tls = false;
  std::string certificate{};  // PEM; empty with tls: a self-signed one for localhost
  std::string key{};
  base::Nanos latency{0};  // added to every answer
  double error_share = 0;  // answered with 500, 0 to 1
  std::size_t body_bytes = 128;
  std::uint64_t seed = 1;
  QueueModel::Options queue{};
};

struct TargetCounters {
  std::uint64_t requests = 0;
  std::uint64_t answered = 0;
  std::uint64_t errors = 0;   // injected
  std::uint64_t refused = 0;  // 503: the queue was full
};

// `rampart target`: a server of HTTP/1.1 and HTTP/2 that fails on purpose, for demos and tests.
// Every path costs the service time; only /metrics is answered at once, also during a hang, as an
// exporter beside the service would. Loop thread only.
class TargetServer final : private net::HttpServer::Handler, private net::Timer::Listener {
 public:
  static base::Result<std::unique_ptr<TargetServer>> listen(net::Loop& loop, TargetOptions options,
                                                            const base::Clock& clock);
  ~TargetServer();

  [[nodiscard]] const base::Endpoint& endpoint() const { return server_->endpoint(); }
  [[nodiscard]] const TargetCounters& counters() const { return counters_; }

 private:
  struct Answer {
    base::MonoTime at;
    net::HttpServer::ExchangeId id;
    std::uint16_t status;
    bool operator>(const Answer& other) const { return at > other.at; }
  };

  TargetServer(net::Loop& loop, TargetOptions options, const base::Clock& clock);
  void on_request(net::HttpServer::ExchangeId id, const net::HttpServer::Request& request) override;
  void on_timer(net::Timer& timer) override;
  void answer(net::HttpServer::ExchangeId id, std::uint16_t status);
  [[nodiscard]] std::string metrics();

  const TargetOptions options_;
  const base::Clock& clock_;
  QueueModel queue_;
  TargetCounters counters_;
  std::mt19937_64 random_;
  const std::string body_;
  std::optional<net::TlsContext> tls_;
  std::unique_ptr<net::HttpServer> server_;
  net::Timer timer_;
  std::priority_queue<Answer, std::vector<Answer>, std::greater<>> answers_;
};

}  // namespace rampart::target
