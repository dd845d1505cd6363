#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "model/outbox.h"
#include "model/plan.h"
#include "probe/http_exchange.h"
#include "probe/job.h"

namespace re2 {
class RE2;
}

namespace rampart::probe {

// Whether RE2 reads a regular expression; Errc::config says what is wrong with it.
base::Status check_pattern(std::string_view pattern);

// Whether RE2 reads every regular expression of the plan; Errc::config names the probe or the step.
// To be asked before a run: in one, such a probe only fails with ProbeReason::local.
base::Status check_patterns(const model::Plan& plan);

// Asks once and judges status and body. body_matches is searched in the first MiB of the body.
class HttpProbe final : public Job, private HttpExchange::Listener {
 public:
  HttpProbe(const Context& context, const model::Plan& plan, std::uint32_t index,
            model::Outbox<model::ProbeResult>& results);
  ~HttpProbe() override;

  void start(Job::Listener& listener) override;

 private:
  void on_answer(HttpAnswer&& answer) override;
  void judge(HttpAnswer& answer) const;

  const model::ProbeSpec& spec_;
  const model::Target& target_;
  const std::uint32_t index_;
  model::Outbox<model::ProbeResult>& results_;
  std::unique_ptr<re2::RE2> body_matches_;  // null: any body
  HttpExchange exchange_;
  Job::Listener* listener_ = nullptr;
};

}  // namespace rampart::probe
