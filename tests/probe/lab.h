#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/outbox.h"
#include "model/plan.h"
#include "net/loop.h"
#include "net/timer.h"
#include "probe/curl_multi.h"
#include "probe/http_exchange.h"
#include "probe/http_probe.h"
#include "probe/own_sockets.h"
#include "probe/tcp_probe.h"

namespace rampart::probe {

template <class T>
class Kept final : public model::Outbox<T> {
 public:
  bool push(T&& record) noexcept override {
    if (on_push) on_push(record);
    records.push_back(std::move(record));
    return true;
  }
  std::vector<T> records;
  std::function<void(const T&)> on_push;
};

// Jobs and the servers that they ask, on one loop and one thread. Gives up after 10 s, so that a
// lost answer fails a test instead of hanging it.
class Lab final : private Job::Listener,
                  private HttpExchange::Listener,
                  private net::Timer::Listener {
 public:
  base::SystemClock clock;
  net::Loop loop;
  model::Plan plan;
  Kept<model::OwnTuple> tuples;
  OwnSockets sockets{plan.permitted, tuples, clock};
  CurlMulti curl{loop, clock};
  HostTable hosts;
  std::string run_id = "20261121-020000-test";
  Context context{loop, curl, sockets, clock, hosts, run_id};
  bool gave_up = false;

  // One target at `to`, one probe of it.
  model::ProbeSpec& add_probe(const std::string& url, const base::Endpoint& to,
                              base::Nanos timeout = std::chrono::seconds(5)) {
    model::Target target;
    target.name = "web";
    target.url = model::parse_url(url).value();
    target.endpoints = {to};
    plan.targets = {target};
    model::ProbeSpec spec;
    spec.name = "p";
    spec.timeout = timeout;
    plan.probes = {spec};
    return plan.probes.back();
  }

  // Runs a job once.
  void run(Job& job) {
    done_ = false;
    job.start(*this);
    wait();
  }
  template <class Probe>
  model::ProbeResult run_probe() {
    Kept<model::ProbeResult> results;
    Probe probe(context, plan, 0, results);
    run(probe);
    return results.records.empty() ? model::ProbeResult{} : results.records.front();
  }
  model::ProbeResult run_http() { return run_probe<HttpProbe>(); }

  HttpAnswer ask(HttpAsk ask) {
    HttpExchange exchange(context, *this);
    done_ = false;
    exchange.start(std::move(ask));
    wait();
    return std::move(answer_);
  }

 private:
  void wait() {
    if (done_) return;
    net::Timer::Listener& self = *this;
    net::Timer limit(loop, self);
    limit.arm(clock.mono() + std::chrono::seconds(10));
    waiting_ = true;
    loop.run();
    waiting_ = false;
  }
  void on_job_done() override {
    done_ = true;
    if (waiting_) loop.stop();
  }
  void on_answer(HttpAnswer&& answer) override {
    answer_ = std::move(answer);
    on_job_done();
  }
  void on_timer(net::Timer&) override {
    ADD_FAILURE() << "gave up after 10 s";
    gave_up = true;
    loop.stop();
  }

  bool done_ = false;
  bool waiting_ = false;
  HttpAnswer answer_;
};

}  // namespace rampart::probe
