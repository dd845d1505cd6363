#pragma once

#include <cstdint>

#include "model/outbox.h"
#include "model/plan.h"
#include "model/wire.h"
#include "probe/http_exchange.h"
#include "probe/job.h"

namespace rampart::probe {

// One known-bad request, GET /rampart-canary/SID with X-Rampart-Canary: SID, for which a rule of
// that sid must alert. Delivered where any HTTP status came back: then it was on the wire.
class Canary final : public Job, private HttpExchange::Listener {
 public:
  // The plan has canaries.
  Canary(const Context& context, const model::Plan& plan, std::uint32_t sid,
         model::Outbox<model::CanarySent>& sent);

  void start(Job::Listener& listener) override;

 private:
  void on_answer(HttpAnswer&& answer) override;

  const model::Target& target_;
  const std::uint32_t sid_;
  model::Outbox<model::CanarySent>& sent_;
  HttpExchange exchange_;
  Job::Listener* listener_ = nullptr;
};

}  // namespace rampart::probe
