#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "model/json_pointer.h"
#include "model/template.h"
#include "scenarios/compile.h"
#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

// Each step has histograms of its own on every worker.
constexpr std::size_t kMostSteps = 100;
constexpr std::size_t kMostExtracted = 100;
constexpr std::array kVerbs{"get", "post", "put", "patch", "delete", "head", "options"};

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

// Whether the columns of each data set are known. A file that cannot be read has been reported.
bool all_read(const model::LoadSpec& load) {
  return std::all_of(load.data.begin(), load.data.end(),
                     [](const auto& set) { return set.rows != nullptr; });
}

// A template's place is that of its value. What the check of the value refused is empty here.
void check_template(const Section& section, const Place& place, std::string_view text,
                    const std::vector<std::string>& names) {
  if (auto parts = model::parse_template(text, names); !parts)
    section.error(place, std::move(parts).error().text);
}

class FlowCompiler {
 public:
  FlowCompiler(const Section& load, model::LoadSpec& spec, const Draft& draft)
      : load_(load), spec_(spec), draft_(draft) {}

  void run() {
    spec_.flow = true;
    const auto items = load_.items("flow");
    for (const auto& section : items)
      if (spec_.steps.size() <= kMostSteps && extracted_ <= kMostExtracted) item(section);
    if (items.empty())
      load_.error("flow", "a flow needs at least one request, such as { get: /login }");
    if (spec_.steps.size() > kMostSteps)
      load_.error("flow", fmt::format("a flow may have {} requests", kMostSteps));
    if (extracted_ > kMostExtracted)
      load_.error("flow", fmt::format("a flow may extract {} values", kMostExtracted));
  }

 private:
  void item(const Section& section) {
    std::vector<std::string_view> verbs;
    std::copy_if(kVerbs.begin(), kVerbs.end(), std::back_inserter(verbs),
                 [&](const char* verb) { return section.has(verb); });
    if (section.has("think")) return pause(section, !verbs.empty());
    if (verbs.size() > 1)
      section.error(verbs[1], fmt::format("a step is one request, and this one has {} and {}: make "
                                          "them two steps",
                                          verbs[0], verbs[1]));
    else if (verbs.empty())
      section.error(section.place(),
                    "a step is a request such as { get: /login }, or { think: 500ms }");
    else
      request(section, verbs.front());
  }

  void pause(const Section& section, bool also_request) {
    if (also_request)
      return section.error("think", "a pause is a step of its own, after the request: make it two");
    for (const auto* key : {"name", "headers", "body", "extract", "expect"})
      if (section.has(key))
        section.error(key, fmt::format("{} belongs to a request, and this step is a pause", key));
    const auto think = think_of(section);
    if (spec_.steps.empty())
      return section.error("think",
                           "a pause follows the request before it, and there is none: begin the "
                           "flow with a request");
    auto& before = spec_.steps.back().think;
    using Kind = model::ThinkTime::Kind;
    if (before.kind == Kind::none)
      before = think;
    else if (before.kind == Kind::fixed && think.kind == Kind::fixed)
      before.low += think.low;
    else
      section.error("think", "the request before has a pause already, and only fixed ones add up");
  }

  void request(const Section& section, std::string_view verb) {
    const auto names = model::variables_of(spec_);
    model::Step step;
    step.request.method = upper(verb);
    step.request.path = section.text(verb);
    step.request.headers = headers_of(section);
    step.request.body = section.text("body");
    if (all_read(spec_)) {
      check_template(section, section.place(verb), step.request.path, names);
      check_template(section, section.place("body"), step.request.body, names);
      for (const auto& [name, value] : section.entries("headers"))
        check_template(section, value.place, value.text, names);
    }
    const auto expect = section.section("expect");
    step.request.expect_status = statuses_of(expect, "status");
    step.expect_body = pattern_of(expect, "body", draft_);
    extract(section, step);
    if (verb == "head" && !step.expect_body.empty())
      expect.error("body", "the answer to HEAD has no body");
    name(section, step);
    spec_.steps.push_back(std::move(step));
  }

  void extract(const Section& section, model::Step& step) {
    for (const auto& [name, source] : section.named("extract")) {
      if (extracted_ > kMostExtracted) return;
      if (name.text == "flow.number" || of_data(name.text))
        section.error(name.place, fmt::format("'{}' is taken: choose another name", name.text));
      std::vector<std::string_view> ways;
      for (const auto* key : {"header", "regex", "json"})
        if (source.has(key)) ways.push_back(key);
      if (ways.size() != 1) {
        source.error(source.place(),
                     "a value comes from one of header, regex and json, such as "
                     "{ header: X-Csrf }");
        continue;
      }
      ++extracted_;
      auto& one = step.extract.emplace_back();
      one.name = name.text;
      find_in(source, ways.front(), one);
      if (one.from != model::Extract::From::header && step.request.method == "HEAD")
        source.error(ways.front(), "the answer to HEAD has no body");
    }
  }

  void find_in(const Section& source, std::string_view way, model::Extract& out) const {
    using From = model::Extract::From;
    out.from = way == "header" ? From::header : way == "regex" ? From::regex : From::json;
    out.expression = out.from == From::regex ? pattern_of(source, way, draft_) : source.text(way);
    if (out.expression.empty()) return;
    if (out.from == From::header && !is_header_name(out.expression))
      source.error(way, fmt::format("'{}' is not a header's name", out.expression));
    if (out.from != From::json) return;
    if (auto sound = model::check_json_pointer(out.expression); !sound)
      source.error(way, std::move(sound).error().text);
  }

  bool of_data(std::string_view name) const {
    return std::any_of(spec_.data.begin(), spec_.data.end(), [&](const auto& set) {
      return std::any_of(set.columns.begin(), set.columns.end(),
                         [&](const auto& column) { return set.name + "." + column == name; });
    });
  }

  bool taken(std::string_view name) const {
    return std::any_of(spec_.steps.begin(), spec_.steps.end(),
                       [&](const auto& step) { return step.name == name; });
  }

  void name(const Section& section, model::Step& step) const {
    step.name = section.text("name");
    if (!step.name.empty()) {
      if (taken(step.name))
        section.error("name", fmt::format("the name '{}' is taken by a step before it", step.name));
      return;
    }
    const auto plain = step.request.method + " " + step.request.path;
    step.name = plain;
    for (int number = 2; taken(step.name); ++number)
      step.name = fmt::format("{} #{}", plain, number);
  }

  const Section& load_;
  model::LoadSpec& spec_;
  const Draft& draft_;
  std::size_t extracted_ = 0;
};

}  // namespace

model::ThinkTime think_of(const Section& section) {
  using Kind = model::ThinkTime::Kind;
  const auto map = section.section("think");
  if (!map.present()) return {Kind::fixed, section.duration("think"), base::Nanos(0)};
  const bool uniform = map.has("uniform");
  if (uniform == map.has("exponential")) {
    map.error(map.place(),
              "a pause is 500ms, { uniform: [100ms, 2s] } or { exponential: 1s }: one of them");
    return {};
  }
  if (!uniform) return {Kind::exponential, map.duration("exponential"), base::Nanos(0)};
  std::vector<base::Nanos> ends;
  for (const auto& item : map.many("uniform"))
    ends.push_back(base::parse_duration(item.text).value_or(base::Nanos(0)));
  if (ends.size() != 2 || ends[0] > ends[1]) {
    map.error("uniform", "write the shortest and the longest pause, as in [100ms, 2s]");
    return {};
  }
  return {Kind::uniform, ends[0], ends[1]};
}

void compile_flow(const Section& section, model::LoadSpec& load, const Draft& draft) {
  if (section.has("request"))
    section.error("request", "a load has a request or a flow: make it the flow's first step");
  if (section.has("think"))
    section.error("think", "the pauses of a flow are steps of it: put this one there");
  FlowCompiler(section, load, draft).run();
}

std::string pattern_of(const Section& section, std::string_view key, const Draft& draft) {
  auto pattern = section.text(key);
  if (pattern.empty() || draft.check_pattern == nullptr) return pattern;
  if (auto sound = draft.check_pattern(pattern); !sound)
    section.error(key, fmt::format("{} is {}", key, sound.error().text));
  return pattern;
}

}  // namespace rampart::scenarios
