// For how long a metrics page at its limits keeps the one thread of all probes to itself: pages are
// scraped from a thread of this process while a timer of the prober's loop fires each millisecond.
//
//   bench_page_stall
//
// Prints a line of JSON for each page: the longest time between two ticks, how much of the
// processor the thread used in one, and how long the scrape took, in milliseconds; of several
// scrapes the worst.
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/gzip.h"
#include "net/loop.h"
#include "net/timer.h"
#include "probe/agenda.h"
#include "probe/curl_multi.h"
#include "probe/descriptor.h"
#include "probe/own_sockets.h"
#include "probe/scrape.h"
#include "probe/self_check.h"

namespace rampart::probe {
namespace {

using namespace std::chrono_literals;

constexpr int kScrapes = 5;

// Answers so many connections with the same page, one after the other.
class Exporter {
 public:
  Exporter(std::string body, bool packed)
      : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        page_(fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{}Content-Length: "
                          "{}\r\n\r\n",
                          packed ? "Content-Encoding: gzip\r\n" : "", body.size()) +
              body) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_.get(), any, length) != 0 || listen(listener_.get(), 8) != 0 ||
        getsockname(listener_.get(), any, &length) != 0)
      std::exit(1);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] {
      for (int i = 0; i < kScrapes; ++i) serve();
    });
  }
  [[nodiscard]] base::Endpoint endpoint() const {
    return {base::IpAddress::v4(127, 0, 0, 1), port_};
  }

 private:
  void serve() const {
    const Descriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    char bytes[4096];
    if (recv(client.get(), bytes, sizeof bytes, 0) <= 0) return;
    for (std::string_view left = page_; !left.empty();) {
      const auto sent = send(client.get(), left.data(), left.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
    while (recv(client.get(), bytes, sizeof bytes, 0) > 0) continue;
  }

  Descriptor listener_;
  const std::string page_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

template <class T>
struct Nowhere final : model::Outbox<T> {
  bool push(T&&) noexcept override { return true; }
};

struct Last final : model::Outbox<model::ScrapeResult> {
  bool push(model::ScrapeResult&& result) noexcept override {
    record = std::move(result);
    return true;
  }
  model::ScrapeResult record;
};

base::Nanos thread_cpu() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto of = [](const timeval& t) {
    return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

// Ticks each millisecond and remembers the longest pause, by the clock and by what the thread
// itself worked in it, which a busy host does not stretch.
class Ticks final : private net::Timer::Listener {
 public:
  Ticks(net::Loop& loop, const base::Clock& clock)
      : clock_(clock), timer_(loop, *this), last_(clock.mono()), last_cpu_(thread_cpu()) {
    timer_.arm(last_ + 1ms);
  }
  // The pause that still lasts as well.
  void look() {
    const auto now = clock_.mono();
    const auto cpu = thread_cpu();
    worst = std::max(worst, now - last_);
    worst_cpu = std::max(worst_cpu, cpu - last_cpu_);
    last_ = now;
    last_cpu_ = cpu;
  }
  base::Nanos worst{0};
  base::Nanos worst_cpu{0};

 private:
  void on_timer(net::Timer&) override {
    look();
    timer_.arm(last_ + 1ms);
  }
  const base::Clock& clock_;
  net::Timer timer_;
  base::MonoTime last_;
  base::Nanos last_cpu_;
};

struct StopLoop final : Job::Listener {
  explicit StopLoop(net::Loop& of) : loop(of) {}
  void on_job_done() override { loop.stop(); }
  net::Loop& loop;
};

void measure(const char* name, const std::string& text, bool packed) {
  const Exporter exporter(packed ? base::gzip(text) : text, packed);
  const base::SystemClock clock;
  net::Loop loop;
  model::Plan plan;
  auto& spec = plan.scrapes.emplace_back();
  spec.url = model::parse_url("http://127.0.0.1/metrics").value();
  spec.timeout = 60s;
  spec.keep = {"kept_*"};
  spec.endpoints = {exporter.endpoint()};
  Nowhere<model::OwnTuple> tuples;
  OwnSockets sockets(plan.permitted, tuples, clock);
  CurlMulti curl(loop, clock);
  const HostTable hosts;
  const std::string run_id = "bench";
  const Context context{loop, curl, sockets, clock, hosts, run_id};
  Agenda agenda(loop, clock);
  const SelfCheck self(loop, agenda, sockets, clock);
  OwnTrouble trouble(self);
  Last last;
  Scrape job(context, plan, 0, trouble, last);
  StopLoop stop(loop);
  base::Nanos worst{0}, worst_cpu{0}, longest{0};
  for (int i = 0; i < kScrapes; ++i) {
    Ticks ticks(loop, clock);
    job.start(stop);
    loop.run();
    ticks.look();
    worst = std::max(worst, ticks.worst);
    worst_cpu = std::max(worst_cpu, ticks.worst_cpu);
    longest = std::max(longest, last.record.duration);
  }
  const auto millis = [](base::Nanos time) { return base::seconds(time) * 1e3; };
  fmt::print(
      "{{\"page\": \"{}\", \"stall_ms\": {:.1f}, \"stall_cpu_ms\": {:.1f}, \"scrape_ms\": {:.1f}, "
      "\"series\": {}, "
      "\"detail\": \"{}\"}}\n",
      name, millis(worst), millis(worst_cpu), millis(longest), last.record.samples.size(),
      last.record.detail);
}

std::string series(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += fmt::format(
        "kept_requests_total{{code=\"200\",handler=\"/api/v1/items/{:06}\",instance=\"a\"}} {}\n",
        (i * 7919) % count, i);
  return out;
}

std::string repeated(std::string_view line, std::size_t size) {
  std::string out;
  while (out.size() + line.size() <= size) out += line;
  return out;
}

}  // namespace
}  // namespace rampart::probe

int main() {
  using namespace rampart::probe;
  constexpr std::size_t kLimit = 16U << 20;  // bytes, as a page has it where nothing else is said
  measure("16 MiB of empty lines, packed", std::string(kLimit, '\n'), true);
  measure("16 MiB of one line, packed", repeated("other{b=\"c\"} 1\n", kLimit), true);
  measure("16 MiB of one line, plain", repeated("other{b=\"c\"} 1\n", kLimit), false);
  measure("16 MiB of one kept line, packed", repeated("kept_a{b=\"c\"} 1\n", kLimit), true);
  measure("100,000 kept series, packed", series(100'000), true);
  measure("100,000 kept series, plain", series(100'000), false);
  return 0;
}
