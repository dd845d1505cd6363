// How punctual the prober is with many targets: HTTP probes of as many names, all of which one
// thread answers, on twenty addresses of loopback. The prober has one thread, the main one.
//
//   bench_many_targets TARGETS INTERVAL_SECONDS SECONDS
//
// Prints a line of JSON: by how much starts were late (microseconds), and what a probe costs.
#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "net/timer.h"
#include "probe/prober.h"
#include "probe/schedule.h"

namespace rampart::probe {
namespace {

using namespace std::chrono_literals;

template <class T>
struct Nowhere final : model::Outbox<T> {
  bool push(T&&) noexcept override { return true; }
};

// Says 200 to everybody, until it is stopped.
class Site final : private net::Timer::Listener {
 public:
  explicit Site(const std::atomic<bool>& over) : over_(over), timer_(loop_, *this) {
    constexpr std::uint8_t kAddresses = 20;
    for (std::uint8_t i = 1; i <= kAddresses; ++i) {
      doors_.push_back(std::make_unique<Door>());
      auto server = net::HttpServer::listen(loop_, {base::IpAddress::v4(127, 0, 0, i), 0}, nullptr,
                                            *doors_.back());
      if (!server) {
        fmt::print(stderr, "{}\n", server.error().text);
        std::exit(1);
      }
      doors_.back()->server = *std::move(server);
    }
    timer_.arm(clock_.mono());
  }
  [[nodiscard]] base::Endpoint endpoint(std::size_t i) const {
    return doors_[i % doors_.size()]->server->endpoint();
  }
  void serve() { loop_.run(); }

 private:
  struct Door final : net::HttpServer::Handler {
    void on_request(net::HttpServer::ExchangeId id, const net::HttpServer::Request&) override {
      server->reply(id, {.body = "ok\n"});
    }
    std::unique_ptr<net::HttpServer> server;
  };
  void on_timer(net::Timer&) override {
    if (over_) return loop_.stop();
    timer_.arm(clock_.mono() + 100ms);
  }

  const std::atomic<bool>& over_;
  base::SystemClock clock_;
  net::Loop loop_;
  net::Timer timer_;
  std::vector<std::unique_ptr<Door>> doors_;
};

model::Plan plan_of(std::uint32_t targets, base::Nanos interval, const Site& site) {
  model::Plan plan;
  for (std::uint32_t i = 0; i < targets; ++i) {
    const auto at = site.endpoint(i);
    model::Target target;
    target.name = fmt::format("t{}", i);
    target.url = model::parse_url(fmt::format("http://t{}.test:{}/", i, at.port)).value();
    target.endpoints = {at};
    plan.targets.push_back(std::move(target));
    model::ProbeSpec probe;
    probe.name = fmt::format("p{}", i);
    probe.target = i;
    probe.interval = interval;
    probe.timeout = std::min<base::Nanos>(interval, 5s);
    plan.probes.push_back(std::move(probe));
  }
  return plan;
}

// Remembers by how much each start was late.
class Starts final : public model::Outbox<model::ProbeResult> {
 public:
  Starts(const model::Plan& plan, base::MonoTime start, base::Nanos length, std::size_t room)
      : plan_(plan), start_(start), length_(length) {
    late_.reserve(room);
  }
  bool push(model::ProbeResult&& result) noexcept override {
    const auto interval = plan_.probes[result.probe].interval;
    const auto first =
        start_ + Schedule::offset(result.probe, plan_.probes.size(), std::min(interval, length_));
    late_.push_back((result.start - first) % interval);
    failed_ += result.success ? 0 : 1;
    return true;
  }
  void print(double cpu_seconds) {
    std::sort(late_.begin(), late_.end());
    const auto at = [&](double share) {
      if (late_.empty()) return 0.0;
      const auto last = static_cast<double>(late_.size() - 1);
      return base::seconds(late_[static_cast<std::size_t>(last * share)]) * 1e6;
    };
    fmt::print(
        "{{\"probes\": {}, \"failed\": {}, \"late_p50_us\": {:.0f}, \"late_p99_us\": {:.0f}, "
        "\"late_max_us\": {:.0f}, \"cpu_us_per_probe\": {:.1f}}}\n",
        late_.size(), failed_, at(0.5), at(0.99), at(1),
        late_.empty() ? 0.0 : cpu_seconds * 1e6 / static_cast<double>(late_.size()));
  }

 private:
  const model::Plan& plan_;
  const base::MonoTime start_;
  const base::Nanos length_;
  std::vector<base::Nanos> late_;
  std::uint64_t failed_ = 0;
};

double thread_cpu() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

void measure(std::uint32_t targets, base::Nanos interval, base::Nanos length) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  std::atomic<bool> over{false};
  Site site(over);
  std::thread thread([&] { site.serve(); });
  const base::SystemClock clock;
  const auto plan = plan_of(targets, interval, site);
  const auto start = clock.mono() + 2s;  // everything is made by then
  Starts starts(plan, start, length, static_cast<std::size_t>(length / interval + 2) * targets);
  Nowhere<model::ScrapeResult> scrapes;
  Nowhere<model::CanarySent> canaries;
  Nowhere<model::OwnTuple> tuples;
  {
    Prober prober(plan, {starts, scrapes, canaries, tuples}, clock, "bench");
    const double before = thread_cpu();
    prober.run({}, start, start + length);
    starts.print(thread_cpu() - before);
  }
  over = true;
  thread.join();
}

}  // namespace
}  // namespace rampart::probe

int main(int argc, char** argv) {
  const long targets = argc == 4 ? std::strtol(argv[1], nullptr, 10) : 0;
  const double interval = argc == 4 ? std::strtod(argv[2], nullptr) : 0;
  const double length = argc == 4 ? std::strtod(argv[3], nullptr) : 0;
  if (targets < 1 || targets > 1'000'000 || interval <= 0 || length <= 0) {
    fmt::print(stderr, "usage: bench_many_targets TARGETS INTERVAL_SECONDS SECONDS\n");
    return 2;
  }
  const auto nanos = [](double seconds) {
    return rampart::base::Nanos(static_cast<rampart::base::Nanos::rep>(seconds * 1e9));
  };
  rampart::probe::measure(static_cast<std::uint32_t>(targets), nanos(interval), nanos(length));
  return 0;
}
