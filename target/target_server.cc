#include "target/target_server.h"

#include <fmt/core.h>

#include <utility>

#include "net/loop.h"

namespace rampart::target {

TargetServer::TargetServer(net::Loop& loop, TargetOptions options, const base::Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      queue_(options_.queue),
      random_(options_.seed),
      body_(options_.body_bytes, 'x'),
      timer_(loop, *this) {}

TargetServer::~TargetServer() = default;

base::Result<std::unique_ptr<TargetServer>> TargetServer::listen(net::Loop& loop,
                                                                 TargetOptions options,
                                                                 const base::Clock& clock) {
  std::unique_ptr<TargetServer> out(new TargetServer(loop, std::move(options), clock));
  const auto& o = out->options_;
  if (o.tls) {
    RAMPART_TRY(out->tls_, o.certificate.empty() ? net::TlsContext::self_signed_server()
                                                 : net::TlsContext::server(o.certificate, o.key));
  }
  RAMPART_TRY(out->server_,
              net::HttpServer::listen(loop, o.listen, out->tls_ ? &*out->tls_ : nullptr, *out));
  return out;
}

void TargetServer::on_request(net::HttpServer::ExchangeId id,
                              const net::HttpServer::Request& request) {
  if (request.path == "/metrics") {
    const auto page = metrics();
    server_->reply(id, {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = page});
    return;
  }
  ++counters_.requests;
  const auto now = clock_.mono();
  const auto admission = queue_.arrive(now);
  if (!admission.admitted) {
    ++counters_.refused;
    server_->reply(id, {.status = 503, .body = "the queue is full\n"});
    return;
  }
  std::uint16_t status = request.path.starts_with("/rampart-canary/") ? 404 : 200;
  if (options_.error_share > 0 &&
      std::uniform_real_distribution<double>()(random_) < options_.error_share) {
    ++counters_.errors;
    status = 500;
  }
  const auto at = admission.done + options_.latency;
  if (at <= now) {
    answer(id, status);
    return;
  }
  const bool earliest = answers_.empty() || at < answers_.top().at;
  answers_.push({at, id, status});
  if (earliest) timer_.arm(at);
}

void TargetServer::on_timer(net::Timer&) {
  const auto now = clock_.mono();
  while (!answers_.empty() && answers_.top().at <= now) {
    const auto next = answers_.top();
    answers_.pop();
    answer(next.id, next.status);
  }
  if (!answers_.empty()) timer_.arm(answers_.top().at);
}

void TargetServer::answer(net::HttpServer::ExchangeId id, std::uint16_t status) {
  ++counters_.answered;
  server_->reply(id, {.status = status, .body = body_});
}

std::string TargetServer::metrics() {
  const auto now = clock_.mono();
  return fmt::format(
      "# HELP rampart_target_requests_total Requests received, without this page.\n"
      "# TYPE rampart_target_requests_total counter\n"
      "rampart_target_requests_total {}\n"
      "# HELP rampart_target_answered_total Requests answered from the queue.\n"
      "# TYPE rampart_target_answered_total counter\n"
      "rampart_target_answered_total {}\n"
      "# HELP rampart_target_refused_total Requests refused because the queue was full.\n"
      "# TYPE rampart_target_refused_total counter\n"
      "rampart_target_refused_total {}\n"
      "# HELP rampart_target_queue_length Requests waiting for a server.\n"
      "# TYPE rampart_target_queue_length gauge\n"
      "rampart_target_queue_length {}\n"
      "# HELP rampart_target_connections Open client connections.\n"
      "# TYPE rampart_target_connections gauge\n"
      "rampart_target_connections {}\n",
      counters_.requests, counters_.answered, counters_.refused, queue_.waiting(now),
      server_->connections());
}

}  // namespace rampart::target
