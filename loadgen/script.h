#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "loadgen/answer_check.h"
#include "loadgen/exchange.h"
#include "loadgen/feeder.h"
#include "loadgen/pacer.h"
#include "loadgen/request.h"
#include "loadgen/request_template.h"
#include "loadgen/session.h"
#include "model/load.h"
#include "model/plan.h"

namespace rampart::loadgen {

// The steps of a load that is a flow (LoadSpec::flow), with the sessions of all its exchanges on
// one worker. Loop thread only.
class Script {
 public:
  struct Options {
    const model::LoadSpec& load;
    const model::Target& target;
    std::string_view run_id;
    Share share;             // among the workers that have exchanges of this load
    std::uint64_t seed = 0;  // the same on all of them
    const base::Clock& clock;
  };
  // Load and clock must outlive it. Errc::config, with load and step, where a template, an
  // expression or a data set is wrong.
  static base::Result<std::unique_ptr<Script>> make(const Options& options);

  // Whether the answers of a step are looked at, by Exchange::session.
  [[nodiscard]] bool observes(std::uint32_t step) const;

  // The exchange begins a flow. Its first one makes its session.
  void begin(Exchange& exchange);
  // hot. The request of the exchange's step where it holds variables or has cookies to send; stays
  // as it is until the next call. Null: the one that was built once will do.
  const Request* request(Exchange& exchange);
  // hot. The exchange's request has ended, by an answer that was judged or without one. Not between
  // two attempts at it.
  void forget(Exchange& exchange) const { exchange.session->forget(); }
  // hot. The exchange's flow has ended.
  void end(Exchange& exchange) const { exchange.session->end(); }
  // hot. After an answer with an expected status.
  std::optional<model::LoadError> judge(Exchange& exchange) const;

 private:
  struct Step {
    RequestTemplate request;
    AnswerCheck check;
  };

  Script(const Options& options, std::vector<Step> steps, std::vector<ValueUse> uses,
         Feeder feeder);

  const Session::Options session_options_;
  const std::vector<Step> steps_;
  const std::vector<ValueUse> uses_;  // by variable
  const Feeder feeder_;
  const std::uint64_t stride_;  // between the numbers of this worker's flows
  std::uint64_t next_;          // flow's number
  std::deque<Session> sessions_;
};

}  // namespace rampart::loadgen
