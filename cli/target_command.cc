#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/signals.h"
#include "model/plan.h"
#include "net/loop.h"
#include "net/timer.h"
#include "target/echo_server.h"
#include "target/target_server.h"

namespace rampart::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kMostWorkers = 10'000;

struct TargetFlags {
  std::string listen = "127.0.0.1:8080";
  std::string capacity;
  std::string service_time;
  std::uint32_t workers = 1;
  std::size_t queue = 100'000;
  std::string latency;
  std::string error_rate;
  std::string body = "128";
  std::vector<std::string> hangs;
  bool tls = false;
  std::string certificate;
  std::string key;
  std::string duration;
  std::string echo;
  std::string port_file;
  std::uint64_t seed = 1;
};

base::Result<base::Endpoint> endpoint_of(std::string_view flag, const std::string& text) {
  const bool any_port = text.ends_with(":0");  // a URL has no such port
  const auto authority = any_port ? text.substr(0, text.size() - 2) : text;
  const auto url = model::parse_url("http://" + authority);
  const auto host = url && url->host == "localhost" ? "127.0.0.1" : url ? url->host : "";
  const auto address = base::IpAddress::parse(host);
  if (!address)
    return base::fail(base::Errc::config,
                      fmt::format("{} {}: an address with its port, as in 127.0.0.1:8080 or "
                                  "[::1]:8080",
                                  flag, text));
  if (!address->is_loopback())
    return base::fail(base::Errc::permission,
                      fmt::format("{} {}: the target serves loopback only", flag, text));
  return base::Endpoint{*address, any_port ? std::uint16_t{0} : url->port};
}

base::Result<base::Nanos> duration_flag(std::string_view name, const std::string& text) {
  auto value = base::parse_duration(text);
  if (value) return value;
  return base::fail(std::move(value).error().in(name));
}

// "27s:4s": after 27 s, for 4 s.
base::Result<target::HangWindow> hang_of(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos)
    return base::fail(base::Errc::config,
                      fmt::format("--hang {}: written AFTER:LENGTH, as in 27s:4s", text));
  target::HangWindow out;
  RAMPART_TRY(out.after, duration_flag("--hang", text.substr(0, colon)));
  RAMPART_TRY(out.length, duration_flag("--hang", text.substr(colon + 1)));
  return out;
}

base::Status read_service(const TargetFlags& flags, target::TargetOptions& out) {
  if (flags.workers < 1 || flags.workers > kMostWorkers)
    return base::fail(base::Errc::config, fmt::format("--workers: 1 to {}", kMostWorkers));
  out.queue.servers = flags.workers;
  out.queue.queue_limit = flags.queue;
  if (!flags.capacity.empty()) {
    const auto rate = base::parse_rate(flags.capacity);
    if (!rate) return base::fail(base::Error(rate.error()).in("--capacity"));
    if (rate->per_second <= 0) return base::fail(base::Errc::config, "--capacity: more than 0/s");
    out.queue.service_time = base::from_seconds(out.queue.servers / rate->per_second);
  } else if (!flags.service_time.empty()) {
    RAMPART_TRY(out.queue.service_time, duration_flag("--service-time", flags.service_time));
  }
  for (const auto& text : flags.hangs) {
    RAMPART_TRY(const auto hang, hang_of(text));
    out.queue.hangs.push_back(hang);
  }
  std::sort(out.queue.hangs.begin(), out.queue.hangs.end(),
            [](const auto& a, const auto& b) { return a.after < b.after; });
  return {};
}

base::Result<target::TargetOptions> options_of(const TargetFlags& flags) {
  target::TargetOptions out;
  RAMPART_TRY(out.listen, endpoint_of("--listen", flags.listen));
  out.tls = flags.tls || !flags.certificate.empty();
  out.certificate = flags.certificate;
  out.key = flags.key;
  out.seed = flags.seed;
  RAMPART_CHECK(read_service(flags, out));
  if (!flags.latency.empty()) {
    RAMPART_TRY(out.latency, duration_flag("--latency", flags.latency));
  }
  if (!flags.error_rate.empty()) {
    const auto share = base::parse_percent(flags.error_rate);
    if (!share) return base::fail(base::Error(share.error()).in("--error-rate"));
    out.error_share = share->value;
  }
  const auto bytes = base::parse_bytes(flags.body);
  if (!bytes) return base::fail(base::Error(bytes.error()).in("--body"));
  if (*bytes > (64U << 20)) return base::fail(base::Errc::config, "--body: at most 64 MiB");
  out.body_bytes = *bytes;
  return out;
}

// Stops the loop on a signal or when the time is over.
class Watchdog final : private net::Timer::Listener {
 public:
  Watchdog(net::Loop& loop, const Signals& signals, const base::Clock& clock, base::Nanos limit)
      : loop_(loop), signals_(signals), clock_(clock), timer_(loop, *this) {
    if (limit > 0s) end_ = clock.mono() + limit;
    timer_.arm(clock.mono());
  }

 private:
  void on_timer(net::Timer&) override {
    const auto now = clock_.mono();
    if (signals_.count() > 0 || now >= end_)
      loop_.stop();
    else
      timer_.arm(now + 100ms);
  }
  net::Loop& loop_;
  const Signals& signals_;
  const base::Clock& clock_;
  net::Timer timer_;
  base::MonoTime end_ = base::MonoTime::max();
};

base::Result<int> serve(const TargetFlags& flags) {
  RAMPART_TRY(auto options, options_of(flags));
  base::Nanos limit{0};
  if (!flags.duration.empty()) {
    RAMPART_TRY(limit, duration_flag("--duration", flags.duration));
    if (limit <= 0s) return base::fail(base::Errc::config, "--duration: must be more than 0s");
  }
  const base::SystemClock clock;
  const bool tls = options.tls;
  const Signals signals;
  net::Loop loop;
  RAMPART_TRY(auto server, target::TargetServer::listen(loop, std::move(options), clock));
  say(stderr, fmt::format("rampart target: {}://{}/\n", tls ? "https" : "http",
                          base::to_string(server->endpoint())));
  std::unique_ptr<target::EchoServer> echo;
  if (!flags.echo.empty()) {
    RAMPART_TRY(const auto at, endpoint_of("--echo", flags.echo));
    RAMPART_TRY(echo, target::EchoServer::listen(loop, at));
    say(stderr, fmt::format("rampart target: echo of TCP and UDP at {}\n",
                            base::to_string(echo->endpoint())));
  }
  if (!flags.port_file.empty())
    RAMPART_CHECK(write_file(flags.port_file, fmt::format("{}\n", server->endpoint().port)));
  {
    const Watchdog watchdog(loop, signals, clock, limit);
    loop.run();
  }
  const auto c = server->counters();
  say(stderr,
      fmt::format("rampart target: {} requests, {} answered, {} injected errors, {} refused\n",
                  c.requests, c.answered, c.errors, c.refused));
  if (echo)
    say(stderr, fmt::format("rampart target: echoed {} bytes on {} connections, {} datagrams\n",
                            echo->counters().tcp_bytes, echo->counters().connections,
                            echo->counters().datagrams));
  return 0;
}

}  // namespace

void add_target(CLI::App& app, Outcome& outcome) {
  auto flags = std::make_shared<TargetFlags>();
  auto* command = app.add_subcommand(
      "target",
      "an HTTP/1.1 and HTTP/2 server that fails on purpose, on loopback: for demos and tests");
  command
      ->add_option("--listen", flags->listen, "loopback address and port; port 0 takes a free one")
      ->capture_default_str();
  command->add_option("--capacity", flags->capacity,
                      "requests per second it can serve, such as 400/s");
  command->add_option("--service-time", flags->service_time, "work per request, such as 2ms")
      ->excludes("--capacity");
  command->add_option("--workers", flags->workers, "requests served at the same time")
      ->capture_default_str();
  command->add_option("--queue", flags->queue, "requests that may wait; more get 503")
      ->capture_default_str();
  command->add_option("--latency", flags->latency, "added to every answer");
  command->add_option("--error-rate", flags->error_rate, "share answered with 500, such as 1%");
  command
      ->add_option("--hang", flags->hangs,
                   "AFTER:LENGTH, counted from the first request: it accepts and does not answer")
      ->take_all();
  command->add_option("--body", flags->body, "size of the answer's body")->capture_default_str();
  command->add_flag("--tls", flags->tls, "HTTPS with a certificate made on the spot");
  command->add_option("--cert", flags->certificate, "PEM certificate chain");
  command->add_option("--key", flags->key, "PEM key")->needs("--cert");
  command->add_option("--echo", flags->echo,
                      "loopback address and port where TCP and UDP are sent back, beside HTTP");
  command->add_option("--duration", flags->duration, "stop by itself after this long");
  command->add_option("--port-file", flags->port_file, "write the port here once it listens");
  command->add_option("--seed", flags->seed, "for --error-rate")->capture_default_str();
  command->footer(R"(
It speaks HTTP/1.1 and HTTP/2 on the same port: HTTP/2 with clients that offer h2 by ALPN (--tls), and
with those that begin with its preface. What delays or fails an answer does so for each stream.

/metrics is answered at once, also during a hang, as an exporter beside the service would.

Examples:
  rampart target --listen 127.0.0.1:8080 --capacity 400/s
  rampart target --listen 127.0.0.1:8080 --echo 127.0.0.1:9000
  rampart target --listen 127.0.0.1:8443 --tls --latency 20ms --error-rate 1% --hang 30s:5s)");
  command->callback([flags, &outcome] { outcome.exit_code = serve(*flags); });
}

}  // namespace rampart::cli
