#include "probe/range_reading.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/units.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

// A point is read once the server has had this long to scrape and to store it.
constexpr base::Nanos kSettle = std::chrono::seconds(2);

// How many points the first ask is for; from then on so many that they hold about kSamples.
constexpr std::size_t kFirst = 20;
constexpr std::size_t kMost = 500;  // half of the ring that they go into
constexpr std::size_t kSamples = 100'000;

std::int64_t millis(base::Nanos time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

}  // namespace

RangeReading::RangeReading(const Context& context, const model::Plan& plan, std::uint32_t index,
                           base::MonoTime start, model::Outbox<model::ScrapeResult>& results)
    : context_(context),
      spec_(plan.scrapes[index]),
      index_(index),
      start_(start),
      results_(results),
      exchange_(context, *this),
      most_(kFirst),
      ceiling_(kMost) {}

void RangeReading::start(Job::Listener& listener) {
  if (closing_) return listener.on_job_done();
  listener_ = &listener;
  const auto settled = context_.clock.mono() - kSettle - start_;
  if (settled >= base::Nanos(0)) due_ = static_cast<std::uint64_t>(settled / spec_.interval) + 1;
  ask();
}

void RangeReading::close(base::MonoTime end, Job::Listener& listener) {
  closing_ = true;
  listener_ = &listener;
  due_ = static_cast<std::uint64_t>(std::max(base::Nanos(0), end - start_) / spec_.interval) + 1;
  if (!busy_) ask();
}

void RangeReading::ask() {
  if (next_ >= due_) return done();
  busy_ = true;
  asked_at_ = context_.clock.mono();
  const auto first = start_ + static_cast<std::int64_t>(next_) * spec_.interval;
  const auto age = asked_at_ - first;
  asked_ = {.first_ms = millis(context_.clock.wall().time_since_epoch() - age),
            .step_ms = millis(spec_.interval),
            .count = static_cast<std::size_t>(std::min<std::uint64_t>(due_ - next_, most_))};
  HttpAsk ask{.url = spec_.url,
              .tls = spec_.tls,
              .endpoints = spec_.endpoints,
              .request = {},
              .timeout = spec_.timeout,
              .owner = model::Owner::probe,
              .keep_body = static_cast<std::size_t>(spec_.limits.body),
              .refuse_longer = true};
  ask.request.method = "POST";
  ask.request.path = range_path(spec_.url.path);
  ask.request.body = range_form(spec_, asked_);
  ask.request.headers = {{"Accept", "application/json"},
                         {"Content-Type", "application/x-www-form-urlencoded"}};
  ask.request.headers.insert(ask.request.headers.end(), spec_.headers.begin(), spec_.headers.end());
  exchange_.start(std::move(ask));
}

void RangeReading::on_answer(HttpAnswer&& answer) {
  busy_ = false;
  const bool too_long = answer.body_bytes > spec_.limits.body;
  if (answer.reason != ProbeReason::none && !too_long)
    return fail(answer.start, answer.duration, answer.reason, std::move(answer.detail));
  const auto read = too_long ? RangeAnswer{.series = {}, .error = {}, .too_much = true}
                             : parse_range_answer(answer.body, spec_.limits);
  if (read.too_much && asked_.count > 1) {
    ceiling_ = asked_.count / 2;
    most_ = std::min(most_, ceiling_);
    return ask();
  }
  if (too_long)
    return fail(answer.start, answer.duration, ProbeReason::protocol, std::move(answer.detail));
  if (answer.status != 200)
    return fail(answer.start, answer.duration, ProbeReason::http_status,
                read.of_server ? fmt::format("status {}: {}", answer.status, read.error->text)
                               : fmt::format("status {}, expected 200", answer.status));
  if (read.error)
    return fail(answer.start, answer.duration, ProbeReason::protocol, read.error->text);
  take(read);
  ask();
}

void RangeReading::take(const RangeAnswer& answer) {
  for (auto& samples : samples_by_point(answer, asked_)) {
    model::ScrapeResult result{
        .scrape = index_,
        .start = start_ + static_cast<std::int64_t>(next_++) * spec_.interval,
        .up = true,
        .detail = {},
        .samples = std::move(samples)};
    staleness_.apply(result);
    results_.push(std::move(result));
  }
  most_ = std::clamp<std::size_t>(kSamples / std::max<std::size_t>(answer.series.size(), 1), 1,
                                  ceiling_);
}

void RangeReading::fail(base::MonoTime at, base::Nanos duration, ProbeReason reason,
                        std::string detail) {
  push_failure(at, duration, reason, std::move(detail));
  done();
}

void RangeReading::push_failure(base::MonoTime at, base::Nanos duration, ProbeReason reason,
                                std::string detail) {
  results_.push({.scrape = index_,
                 .start = at,
                 // The run is over: nothing that is recorded reaches beyond it.
                 .duration = closing_ ? base::Nanos(0) : duration,
                 .up = false,
                 .reason = reason,
                 .detail = std::move(detail),
                 .samples = {}});
}

void RangeReading::give_up() {
  if (!busy_) return;
  const auto waited = context_.clock.mono() - asked_at_;
  push_failure(asked_at_, waited, ProbeReason::timeout_transfer,
               fmt::format("the last {} points did not come within {} at the end of the run",
                           due_ - next_, base::format_duration(waited)));
}

void RangeReading::done() { std::exchange(listener_, nullptr)->on_job_done(); }

}  // namespace rampart::probe
