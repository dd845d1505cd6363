#include "probe/scrape.h"

#include <fmt/core.h>

#include <utility>

#include "base/clock.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

constexpr std::uint16_t kOk = 200;
constexpr std::uint16_t kUnauthorized = 401;
constexpr std::uint16_t kForbidden = 403;

// Only these may have a page behind them.
bool may_lead_on(std::uint16_t status) { return status >= 300 && status < 400; }

// A redirect's body; nobody looks at it.
constexpr std::size_t kMostAside = 64U << 10;

}  // namespace

Scrape::Scrape(const Context& context, const model::Plan& plan, std::uint32_t index,
               OwnTrouble& trouble, model::Outbox<model::ScrapeResult>& results)
    : spec_(plan.scrapes[index]),
      index_(index),
      trouble_(trouble),
      results_(results),
      keep_(spec_.keep, spec_.also),
      exchange_(context, *this) {}

void Scrape::start(Job::Listener& listener) {
  listener_ = &listener;
  page_.reset();
  refused_ = false;
  HttpAsk ask{.url = spec_.url,
              .tls = spec_.tls,
              .endpoints = spec_.endpoints,
              .request = {},
              .timeout = spec_.timeout,
              .owner = model::Owner::probe,
              .sink = this};
  // As Prometheus asks.
  ask.request.headers = {
      {"Accept",
       "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
       "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"},
      {"Accept-Encoding", "gzip"},
      {"X-Prometheus-Scrape-Timeout-Seconds", fmt::format("{}", base::seconds(spec_.timeout))}};
  ask.request.headers.insert(ask.request.headers.end(), spec_.headers.begin(), spec_.headers.end());
  exchange_.start(std::move(ask));
}

void Scrape::begin(const BodyHead& head) {
  status_ = head.status;
  page_.reset();
  aside_ = 0;
  if (status_ == kOk)
    page_.emplace(head.content_type, head.content_encoding,
                  ExpositionReader::Options{.keep = keep_,
                                            .limits = spec_.limits,
                                            .labels = spec_.labels,
                                            .honor_labels = spec_.honor_labels});
}

std::optional<std::size_t> Scrape::take(std::string_view bytes) {
  std::optional<std::size_t> taken;
  if (page_) {
    taken = page_->take(bytes);
  } else {
    aside_ += bytes.size();
    if (may_lead_on(status_) && aside_ <= kMostAside) taken = bytes.size();
  }
  refused_ = !taken;
  return taken;
}

void Scrape::read_page(model::ScrapeResult& result) {
  auto page = page_->finish();
  if (page.error) {
    result.reason =
        page.error->code == base::Errc::config ? ProbeReason::over_limit : ProbeReason::protocol;
    result.detail = std::move(page.error->text);
    return;
  }
  result.reason = ProbeReason::none;
  result.detail.clear();
  result.samples = std::move(page.samples);
  if (page.repeated > 0)
    result.detail =
        fmt::format("{} lines repeat a series of the page; the first one counts", page.repeated);
}

void Scrape::on_answer(HttpAnswer&& answer) {
  model::ScrapeResult result{.scrape = index_,
                             .start = answer.start,
                             .duration = answer.duration,
                             .reason = answer.reason,
                             .detail = std::move(answer.detail),
                             .samples = {}};
  if (answer.status != kOk && answer.status != 0 &&
      (result.reason == ProbeReason::none || refused_)) {
    const bool denied = answer.status == kUnauthorized || answer.status == kForbidden;
    result.reason = denied ? ProbeReason::denied : ProbeReason::http_status;
    result.detail = fmt::format("status {}, expected 200", answer.status);
  } else if (page_ && (result.reason == ProbeReason::none || refused_)) {
    read_page(result);
  }
  trouble_.judge(result, spec_.timeout, answer.put_off);
  result.up = result.reason == ProbeReason::none;
  if (result.reason != ProbeReason::local) staleness_.apply(result);
  page_.reset();
  if (!results_.push(std::move(result))) staleness_.undo();
  std::exchange(listener_, nullptr)->on_job_done();
}

}  // namespace rampart::probe
