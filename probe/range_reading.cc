#include "probe/range_reading.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/units.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

// How many points the first ask is for; from then on so many that they hold about kValues.
constexpr std::size_t kFirst = 20;
constexpr std::size_t kMost = 500;
constexpr std::size_t kValues = 100'000;

// After so many good answers more is asked for again.
constexpr unsigned kGood = 8;

// The time of day may be moved by this much before points are told apart by the new one: a little
// each time would read a sample twice, or not at all.
constexpr std::int64_t kMovedMs = 100;

// How long the server may take to say which ends its ranges hold. It reads nothing for it, and at
// the end of the run not much more time is left than this.
constexpr base::Nanos kEnds = std::chrono::seconds(1);

// How long what found no room waits at the end of the run.
constexpr base::Nanos kRoom = std::chrono::milliseconds(20);

// A Date is in whole seconds.
constexpr base::Nanos kSameClock = std::chrono::seconds(2);

// A query that is too much for the server: too many samples, or too slow.
bool too_much_for_server(std::uint16_t status) { return status == 422 || status == 503; }

std::int64_t millis(base::Nanos time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

}  // namespace

RangeReading::RangeReading(const Context& context, const model::Plan& plan, std::uint32_t index,
                           base::MonoTime start, OwnTrouble& trouble,
                           model::Outbox<model::ScrapeResult>& results)
    : context_(context),
      spec_(plan.scrapes[index]),
      index_(index),
      start_(start),
      trouble_(trouble),
      results_(results),
      stored_(spec_.limits.series),
      exchange_(context, *this),
      again_(context.loop, *this),
      most_(kFirst),
      ceiling_(kMost) {}

void RangeReading::start(Job::Listener& listener) {
  if (closing_) return listener.on_job_done();
  listener_ = &listener;
  const auto settled = context_.clock.mono() - spec_.settle - start_;
  if (settled >= base::Nanos(0)) due_ = static_cast<std::uint64_t>(settled / spec_.interval) + 1;
  ask();
}

void RangeReading::close(base::MonoTime end, Job::Listener& listener) {
  closing_ = true;
  end_ = end;
  listener_ = &listener;
  due_ = static_cast<std::uint64_t>(std::max(base::Nanos(0), end - start_) / spec_.interval) + 1;
  if (!busy_) ask();
}

void RangeReading::ask() {
  // At the end of the run there is no time for it: the points come first.
  if (!closing_ && !ends_ && ends_wait_ == 0)
    ask_ends();
  else if (next_ < due_)
    ask_points();
  else
    done();
}

void RangeReading::ask_ends() {
  ends_asked_ = true;
  asked_at_ = context_.clock.mono();
  const auto timeout = std::min(spec_.timeout, kEnds);
  post(ends_form(millis(context_.clock.wall().time_since_epoch()), timeout), timeout);
}

void RangeReading::take_ends(const HttpAnswer& answer) {
  if (answer.reason == ProbeReason::none && answer.status == 200)
    ends_ = ends_of(parse_range_answer(answer.body, spec_.limits));
  if (!ends_) {
    ends_wait_ = ends_step_;
    ends_step_ *= 2;
  }
  ask();
}

void RangeReading::ask_points() {
  if (ends_wait_ > 0) --ends_wait_;
  asked_at_ = context_.clock.mono();
  const auto step = millis(spec_.interval);
  asked_ = {.first_ms = origin(asked_at_ - start_) + static_cast<std::int64_t>(next_) * step,
            .step_ms = step,
            .count = static_cast<std::size_t>(std::min<std::uint64_t>(due_ - next_, most_))};
  post(range_form(spec_, asked_, ends_.value_or(RangeEnds::both)), spec_.timeout);
}

void RangeReading::post(std::string form, base::Nanos timeout) {
  busy_ = true;
  HttpAsk ask{.url = spec_.url,
              .tls = spec_.tls,
              .endpoints = spec_.endpoints,
              .request = {},
              .timeout = timeout,
              .owner = model::Owner::probe,
              .keep_method = true,
              .keep_body = static_cast<std::size_t>(spec_.limits.body),
              .refuse_longer = true};
  ask.request.method = "POST";
  ask.request.path = range_path(spec_.url.path);
  ask.request.body = std::move(form);
  ask.request.headers = {{"Accept", "application/json"},
                         {"Content-Type", "application/x-www-form-urlencoded"}};
  ask.request.headers.insert(ask.request.headers.end(), spec_.headers.begin(), spec_.headers.end());
  exchange_.start(std::move(ask));
}

// The run's start, which is `age` ago, in milliseconds of the time of day.
std::int64_t RangeReading::origin(base::Nanos age) {
  const auto now = millis(context_.clock.wall().time_since_epoch() - age);
  if (!origin_ms_ || std::abs(*origin_ms_ - now) > kMovedMs) origin_ms_ = now;
  return *origin_ms_;
}

void RangeReading::shrink() {
  ceiling_ = asked_.count / 2;
  most_ = std::min(most_, ceiling_);
  good_ = 0;
}

void RangeReading::grow(std::size_t series) {
  if (++good_ % kGood == 0) ceiling_ = std::min(2 * ceiling_, kMost);
  most_ = std::clamp<std::size_t>(kValues / std::max<std::size_t>(series, 1), 1, ceiling_);
}

void RangeReading::on_answer(HttpAnswer&& answer) {
  busy_ = false;
  if (std::exchange(ends_asked_, false)) return take_ends(answer);
  trouble_.judge(answer, spec_.timeout);
  const bool too_long = answer.body_bytes > spec_.limits.body;
  if (answer.reason != ProbeReason::none && !too_long && asked_.count > 1 &&
      (answer.reason == ProbeReason::timeout_first_byte ||
       answer.reason == ProbeReason::timeout_transfer))
    shrink();  // for the next time
  if (answer.reason != ProbeReason::none && !too_long)
    return fail(answer.start, answer.duration, answer.reason, std::move(answer.detail));
  const auto read = too_long ? RangeAnswer{.series = {}, .error = {}, .too_much = true}
                             : parse_range_answer(answer.body, spec_.limits);
  if ((read.too_much || too_much_for_server(answer.status)) && asked_.count > 1) {
    shrink();
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
  const bool all = take(read, remark_of(answer));
  grow(read.series.size());
  if (all)
    ask();
  else if (closing_)
    again_.arm(context_.clock.mono() + kRoom);
  else
    done();
}

// False where there was no room for all.
bool RangeReading::take(const RangeAnswer& answer, const std::string& remark) {
  auto points = samples_by_point(answer, asked_);
  const bool empty =
      std::all_of(points.begin(), points.end(), [](const auto& p) { return p.empty(); });
  for (std::size_t i = 0; i < points.size(); ++i, ++next_) {
    const auto at = start_ + static_cast<std::int64_t>(next_) * spec_.interval;
    stored_.apply(at, points[i]);
    if (points[i].empty() && !(empty && i + 1 == points.size())) continue;
    if (results_.offer({.scrape = index_,
                        .start = at,
                        .up = true,
                        .detail = remark,
                        .samples = std::move(points[i])}))
      continue;
    stored_.undo();
    return false;
  }
  return true;
}

// What is to be known of an answer that was good. Once.
std::string RangeReading::remark_of(const HttpAnswer& answer) {
  if (remarked_ || !answer.date) return {};
  const auto ours = context_.clock.wall().time_since_epoch();
  const auto off = answer.date->time_since_epoch() - ours;
  if (std::chrono::abs(off) <= kSameClock + answer.duration) return {};
  remarked_ = true;
  return fmt::format("the server's clock is {} {} ours: what it stored is taken for {} by as much",
                     base::format_duration(std::chrono::abs(off)),
                     off.count() > 0 ? "ahead of" : "behind",
                     off.count() > 0 ? "later" : "earlier");
}

void RangeReading::fail(base::MonoTime at, base::Nanos duration, ProbeReason reason,
                        std::string detail) {
  push_failure(at, duration, reason, std::move(detail));
  done();
}

void RangeReading::push_failure(base::MonoTime at, base::Nanos duration, ProbeReason reason,
                                std::string detail) {
  results_.push({.scrape = index_,
                 // Nothing that is recorded reaches beyond the run.
                 .start = std::min(at, end_),
                 .duration = closing_ ? base::Nanos(0) : duration,
                 .up = false,
                 .reason = reason,
                 .detail = std::move(detail),
                 .samples = {}});
}

void RangeReading::give_up() {
  if (next_ >= due_) return;
  const auto waited = context_.clock.mono() - asked_at_;
  HttpAnswer none;
  none.start = asked_at_;
  none.reason = ProbeReason::timeout_transfer;
  none.detail = fmt::format("the last {} points did not come within {} at the end of the run",
                            due_ - next_, base::format_duration(waited));
  trouble_.judge(none, waited);
  push_failure(none.start, waited, none.reason, std::move(none.detail));
}

void RangeReading::done() { std::exchange(listener_, nullptr)->on_job_done(); }

}  // namespace rampart::probe
