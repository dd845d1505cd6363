#include "probe/scrape.h"

#include <fmt/core.h>

#include <utility>

#include "base/clock.h"
#include "probe/exposition.h"

namespace rampart::probe {

using model::ProbeReason;

Scrape::Scrape(const Context& context, const model::Plan& plan, std::uint32_t index,
               model::Outbox<model::ScrapeResult>& results)
    : spec_(plan.scrapes[index]),
      index_(index),
      results_(results),
      keep_(spec_.keep),
      exchange_(context, *this) {}

void Scrape::start(Job::Listener& listener) {
  listener_ = &listener;
  HttpAsk ask{.url = spec_.url,
              .tls = spec_.tls,
              .endpoints = spec_.endpoints,
              .request = {},
              .timeout = spec_.timeout,
              .owner = model::Owner::probe,
              .keep_body = kMaxExpositionPage,
              .refuse_longer = true};
  ask.request.headers = {
      {"Accept", "text/plain;version=0.0.4;q=1,*/*;q=0.1"},
      {"X-Prometheus-Scrape-Timeout-Seconds", fmt::format("{}", base::seconds(spec_.timeout))}};
  ask.request.headers.insert(ask.request.headers.end(), spec_.headers.begin(), spec_.headers.end());
  exchange_.start(std::move(ask));
}

void Scrape::on_answer(HttpAnswer&& answer) {
  model::ScrapeResult result{.scrape = index_,
                             .start = answer.start,
                             .duration = answer.duration,
                             .reason = answer.reason,
                             .detail = std::move(answer.detail),
                             .samples = {}};
  if (result.reason == ProbeReason::none && answer.status != 200) {
    result.reason = ProbeReason::http_status;
    result.detail = fmt::format("status {}, expected 200", answer.status);
  }
  if (result.reason == ProbeReason::none) {
    auto page = parse_exposition(answer.body, keep_);
    result.samples = std::move(page.samples);
    if (page.error) {
      result.reason = ProbeReason::protocol;
      result.detail = std::move(page.error->text);
    }
  }
  result.up = result.reason == ProbeReason::none;
  results_.push(std::move(result));
  std::exchange(listener_, nullptr)->on_job_done();
}

}  // namespace rampart::probe
