#include "probe/http_probe.h"

#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "probe/curl_reason.h"
#include "probe/status_list.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

constexpr std::size_t kKeptBody = 1 << 20;

std::unique_ptr<re2::RE2> compile(const std::string& pattern) {
  if (pattern.empty()) return nullptr;
  re2::RE2::Options options;
  options.set_log_errors(false);
  return std::make_unique<re2::RE2>(pattern, options);
}

bool expected(const model::HttpRequest& request, std::uint16_t status) {
  const auto& wanted = request.expect_status;
  if (wanted.empty()) return status >= 200 && status < 400;
  return std::find(wanted.begin(), wanted.end(), status) != wanted.end();
}

std::string wanted_text(const model::HttpRequest& request) {
  if (request.expect_status.empty()) return "2xx or 3xx";
  return status_list({request.expect_status.begin(), request.expect_status.end()});
}

}  // namespace

base::Status check_pattern(std::string_view pattern) {
  const auto compiled = compile(std::string(pattern));
  if (!compiled || compiled->ok()) return {};
  return base::fail(base::Errc::config, fmt::format("not a regular expression that RE2 reads: {}",
                                                    printable(compiled->error())));
}

base::Status check_patterns(const model::Plan& plan) {
  const auto check = [](const std::string& pattern, const std::string& where) -> base::Status {
    const auto sound = check_pattern(pattern);
    if (!sound)
      return base::fail(sound.error().code, fmt::format("{} is {}", where, sound.error().text));
    return {};
  };
  for (const auto& probe : plan.probes)
    RAMPART_CHECK(
        check(probe.module.body_matches, fmt::format("probe '{}': body_matches", probe.name)));
  for (const auto& load : plan.loads)
    for (const auto& step : load.steps) {
      const auto where = fmt::format("load '{}', step '{}'", load.name, step.name);
      RAMPART_CHECK(check(step.expect_body, where + ": expect.body"));
      for (const auto& extract : step.extract)
        if (extract.from == model::Extract::From::regex)
          RAMPART_CHECK(check(extract.expression, where + ": extract." + extract.name));
    }
  return {};
}

HttpProbe::HttpProbe(const Context& context, const model::Plan& plan, std::uint32_t index,
                     model::Outbox<model::ProbeResult>& results)
    : spec_(plan.probes[index]),
      target_(plan.targets[spec_.target]),
      index_(index),
      results_(results),
      body_matches_(compile(spec_.module.body_matches)),
      exchange_(context, *this) {}

HttpProbe::~HttpProbe() = default;

void HttpProbe::start(Job::Listener& listener) {
  listener_ = &listener;
  exchange_.start({.url = target_.url,
                   .tls = target_.tls,
                   .endpoints = target_.endpoints,
                   .request = spec_.module.request,
                   .timeout = spec_.timeout,
                   .owner = model::Owner::probe,
                   .follow_redirects = spec_.module.follow_redirects,
                   .keep_body = body_matches_ ? kKeptBody : 0});
}

void HttpProbe::on_answer(HttpAnswer&& answer) {
  if (answer.reason == ProbeReason::none) judge(answer);
  results_.push({.probe = index_,
                 .start = answer.start,
                 .duration = answer.duration,
                 .success = answer.reason == ProbeReason::none,
                 .reason = answer.reason,
                 .detail = std::move(answer.detail),
                 .phases = answer.phases,
                 .status = answer.status});
  std::exchange(listener_, nullptr)->on_job_done();
}

void HttpProbe::judge(HttpAnswer& answer) const {
  if (!expected(spec_.module.request, answer.status)) {
    answer.reason = ProbeReason::http_status;
    answer.detail =
        fmt::format("status {}, expected {}", answer.status, wanted_text(spec_.module.request));
    return;
  }
  if (!body_matches_) return;
  if (!body_matches_->ok()) {
    answer.reason = ProbeReason::local;
    answer.detail = fmt::format("body_matches is not a regular expression that RE2 reads: {}",
                                printable(body_matches_->error()));
  } else if (!re2::RE2::PartialMatch(answer.body, *body_matches_)) {
    answer.reason = ProbeReason::body_mismatch;
    answer.detail = fmt::format("body of {} bytes{} does not match {}", answer.body_bytes,
                                answer.body_bytes > kKeptBody ? " (first MiB searched)" : "",
                                printable(spec_.module.body_matches));
  }
}

}  // namespace rampart::probe
