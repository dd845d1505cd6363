#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "lab.h"
#include "model/plan.h"
#include "net/loop.h"
#include "net/name_resolver.h"
#include "net/timer.h"
#include "probe/curl_multi.h"
#include "probe/module/kept_files.h"
#include "probe/module/module_context.h"
#include "probe/module/module_probe.h"
#include "probe/module/tls_contexts.h"
#include "probe/own_sockets.h"
#include "tests/support/dns_server.h"

namespace rampart::probe {

// Probes of modules and the servers that they ask, on one loop and one thread. Names are asked for
// at a server of its own, which knows what `zone` has: "name type" to the data of one record; the
// rest does not exist. Gives up after 10 s.
class ModuleLab final : private ModuleProbe::Listener, private net::Timer::Listener {
 public:
  ModuleLab()
      : name_server(loop, [this](const testing::DnsQuery& query) { return answer(query); }),
        names(net::NameResolver::open(
                  loop, clock,
                  {.servers = {name_server.endpoint()}, .search = std::vector<std::string>()})
                  .value()) {}

  base::SystemClock clock;
  net::Loop loop;
  model::Permitted permitted;
  Kept<model::OwnTuple> tuples;
  OwnSockets sockets{permitted, tuples, clock};
  std::map<std::string, std::vector<std::string>> zone;  // "web.test. 1" -> data
  std::string silent;                                    // a name that gets no answer
  testing::DnsServer name_server;
  std::unique_ptr<net::NameResolver> names;
  TlsContexts tls;
  CurlMulti curl{loop, clock};
  KeptFiles files{clock};
  ModuleContext context{loop, *names, sockets, clock, tls, curl, files};
  bool gave_up = false;

  template <class Probe>
  ModuleOutcome run(const model::BlackboxModule& module, const std::string& target,
                    base::Nanos timeout = std::chrono::seconds(5),
                    const std::string& hostname = {}) {
    outcome_.reset();
    Probe probe(context,
                {.module = &module, .target = target, .hostname = hostname, .timeout = timeout});
    probe.start(*this);
    wait();
    return outcome_ ? *std::move(outcome_) : ModuleOutcome{};
  }

 private:
  std::vector<std::string> answer(const testing::DnsQuery& query) {
    if (query.name == silent) return {};
    testing::DnsMessage out(query);
    bool known = false;
    for (const auto type : {1U, 28U}) {
      const auto found = zone.find(query.name + " " + std::to_string(type));
      if (found == zone.end()) continue;
      known = true;
      if (type != query.type) continue;
      for (const auto& data : found->second) out.add(testing::DnsMessage::answer, type, data);
    }
    return {known ? out.bytes() : out.rcode(3).bytes()};
  }
  void wait() {
    if (outcome_) return;
    net::Timer::Listener& self = *this;
    net::Timer limit(loop, self);
    limit.arm(clock.mono() + std::chrono::seconds(10));
    waiting_ = true;
    loop.run();
    waiting_ = false;
  }
  void on_outcome(ModuleOutcome&& outcome) override {
    outcome_ = std::move(outcome);
    if (waiting_) loop.stop();  // else it would stop the next one
  }
  void on_timer(net::Timer&) override {
    ADD_FAILURE() << "gave up after 10 s";
    gave_up = true;
    loop.stop();
  }

  bool waiting_ = false;
  std::optional<ModuleOutcome> outcome_;
};

// Of the family's series with these labels, as `name="value",...` in their order; empty where there
// is none.
inline std::optional<double> value_of(const ModuleOutcome& outcome, const std::string& name,
                                      const std::string& labels = {}) {
  for (const auto& family : outcome.families) {
    if (family.name != name) continue;
    for (const auto& series : family.series) {
      std::string text;
      for (const auto& [label, value] : series.labels)
        text += (text.empty() ? "" : ",") + label + "=\"" + value + "\"";
      if (text == labels) return series.value;
    }
  }
  return std::nullopt;
}

}  // namespace rampart::probe
