#include "probe/canary.h"

#include <fmt/core.h>

#include <utility>

namespace rampart::probe {

Canary::Canary(const Context& context, const model::Plan& plan, std::uint32_t sid,
               model::Outbox<model::CanarySent>& sent)
    : target_(plan.targets[plan.canaries->target]),
      sid_(sid),
      sent_(sent),
      exchange_(context, *this) {}

void Canary::start(Job::Listener& listener) {
  constexpr auto kTimeout = std::chrono::seconds(2);
  listener_ = &listener;
  const auto sid = std::to_string(sid_);
  HttpAsk ask{.url = target_.url,
              .tls = target_.tls,
              .endpoints = target_.endpoints,
              .request = {},
              .timeout = kTimeout,
              .owner = model::Owner::canary,
              .follow_redirects = false};
  ask.request.path = "/rampart-canary/" + sid;
  ask.request.headers = {{"X-Rampart-Canary", sid}};
  exchange_.start(std::move(ask));
}

void Canary::on_answer(HttpAnswer&& answer) {
  sent_.push({.sid = sid_, .at = answer.start, .delivered = answer.status != 0});
  std::exchange(listener_, nullptr)->on_job_done();
}

}  // namespace rampart::probe
