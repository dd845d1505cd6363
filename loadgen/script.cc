#include "loadgen/script.h"

#include <fmt/core.h>

#include <span>
#include <string>
#include <utility>

#include "model/template.h"

namespace rampart::loadgen {

using model::LoadError;

namespace {

template <class T>
base::Result<T> of_step(base::Result<T> made, const model::LoadSpec& load, std::size_t step) {
  if (!made)
    return base::fail(
        std::move(made).error().in(fmt::format("load '{}', step {}", load.name, step + 1)));
  return made;
}

}  // namespace

base::Result<std::unique_ptr<Script>> Script::make(const Options& options) {
  const auto& load = options.load;
  const auto names = model::variables_of(load);
  auto uses = model::value_uses(load);
  std::vector<Step> steps;
  for (std::size_t i = 0; i < load.steps.size(); ++i) {
    const auto known = std::span(names).first(model::known_before(load, i));
    RAMPART_TRY(auto request, of_step(RequestTemplate::parse(load.protocol, options.target,
                                                             request_of(load, load.steps[i]),
                                                             options.run_id, known),
                                      load, i));
    RAMPART_TRY(auto check, of_step(AnswerCheck::make(load.steps[i], names), load, i));
    steps.push_back({std::move(request), std::move(check)});
  }
  auto feeder = Feeder::make(load, options.seed, uses);
  if (!feeder) return base::fail(std::move(feeder).error().in(fmt::format("load '{}'", load.name)));
  return std::unique_ptr<Script>(
      new Script(options, std::move(steps), std::move(uses), *std::move(feeder)));
}

Script::Script(const Options& options, std::vector<Step> steps, std::vector<ValueUse> uses,
               Feeder feeder)
    : session_options_{.variables = uses.size(),
                       .cookies = options.load.cookies,
                       .tls = options.target.url.tls(),
                       .clock = options.clock},
      steps_(std::move(steps)),
      uses_(std::move(uses)),
      feeder_(feeder),
      stride_(options.share.count),
      next_(options.share.index) {}

bool Script::observes(std::uint32_t step) const {
  return session_options_.cookies || steps_[step].check.observes();
}

void Script::begin(Exchange& exchange) {
  if (exchange.session == nullptr) exchange.session = &sessions_.emplace_back(session_options_);
  exchange.session->begin(next_);
  feeder_.draw(next_, exchange.session->values);
  next_ += stride_;
}

const Request* Script::request(Exchange& exchange) {
  auto& session = *exchange.session;
  const auto& step = steps_[exchange.step];
  session.expect(step.check);
  if (step.request.constant() && !session.keeps_cookies()) return nullptr;
  const auto values = session.values.all();
  step.request.fill_path(session.target, values);
  const auto cookies = session.cookies();
  if (step.request.constant() && cookies.empty()) return nullptr;
  step.request.fill(session.request, values, session.target, cookies);
  session.request.observe = observes(exchange.step);
  return &session.request;
}

std::optional<LoadError> Script::judge(Exchange& exchange) const {
  auto& session = *exchange.session;
  return steps_[exchange.step].check.judge(session.answer, uses_, session.values);
}

}  // namespace rampart::loadgen
