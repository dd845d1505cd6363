#include <fmt/core.h>

#include <algorithm>

#include "scenarios/compile.h"

namespace rampart::scenarios {
namespace {

constexpr std::uint32_t kOpenConnections = 64;
constexpr std::uint32_t kIcmpSockets = 4;  // the kernel offers each reply to every one of them
constexpr std::uint64_t kMostAtOnce = 1'000'000;
constexpr base::Nanos kLongest = std::chrono::hours(744);  // 31 days

// One stage as written; `rate` is where the last one ended and becomes where this one ends. False
// where something is wrong with it, which has been reported.
bool append_stage(const Section& stage, base::Rps& rate, model::Arrival& arrival) {
  const bool hold = stage.has("hold");
  if (hold && (stage.has("to") || stage.has("over"))) {
    stage.error("hold", "a stage either holds, or goes to a rate over a time: make it two stages");
    return false;
  }
  if (!hold && !(stage.has("to") && stage.has("over"))) {
    stage.error(stage.place(), "a stage is { to: 500/s, over: 30s } or { hold: 2m }");
    return false;
  }
  if (stage.has("from")) rate = stage.rate("from");
  const auto from = rate;
  const auto length = stage.duration(hold ? "hold" : "over");
  if (!hold) rate = stage.rate("to");
  if (hold && arrival.duration == base::Nanos(0) && rate.per_second <= 0 && stage.valid("hold")) {
    stage.error("hold", "the first stage holds at 0/s: begin with { to: 500/s, over: 30s }");
    return false;
  }
  // A jump takes no time, and so is no stage of the plan.
  if (length > base::Nanos(0)) arrival.stages.push_back({from, rate, length});
  arrival.duration += length;
  return hold ? stage.valid("hold") : stage.valid("to") && stage.valid("over");
}

void compile_stages(const Section& section, model::Arrival& arrival) {
  for (const auto* other : {"rate", "duration"})
    if (section.has(other))
      section.error(other, fmt::format("stages already say it: leave {} out", other));
  base::Rps rate{0};
  bool sound = true;
  for (const auto& stage : section.items("stages")) sound &= append_stage(stage, rate, arrival);
  if (arrival.duration > kLongest)
    section.error("stages", "all stages together last longer than 744h");
  const auto idle = [](const model::Stage& stage) {
    return stage.from.per_second <= 0 && stage.to.per_second <= 0;
  };
  if (sound && std::all_of(arrival.stages.begin(), arrival.stages.end(), idle))
    section.error(
        "stages",
        "no stage sends anything: hold a rate, as in { to: 500/s, over: 0s }, { hold: 2m }");
}

void compile_open(const Section& section, const Draft& draft, model::Arrival& arrival) {
  if (section.has("users"))
    section.error("users",
                  "users belong to the closed model: write model: closed, or a rate instead");
  if (section.has("replay")) return compile_replay(section, draft, arrival);
  if (section.has("stages")) return compile_stages(section, arrival);
  arrival.duration = section.duration("duration");
  if (!section.has("rate")) {
    section.error(section.place(),
                  "an open arrival needs rate: 200/s, stages: [...] or replay: times.txt");
    return;
  }
  const auto rate = section.rate("rate");
  arrival.stages.push_back({rate, rate, arrival.duration});
}

void compile_closed(const Section& section, model::Arrival& arrival) {
  for (const auto* other : {"rate", "stages", "replay", "distribution", "burst"})
    if (section.has(other))
      section.error(other, fmt::format("{} belongs to the open model: closed users wait for their "
                                       "answers and offer no rate",
                                       other));
  if (!section.has("users")) section.error(section.place(), "a closed arrival needs users: 32");
  arrival.users = static_cast<std::uint32_t>(section.count("users"));
  arrival.duration = section.duration("duration");
}

model::Arrival arrival_of(const Section& section, const Draft& draft) {
  model::Arrival arrival;
  if (!section.present()) return arrival;
  const auto word = section.text("model");
  const bool closed = word.empty() ? section.has("users") && !section.has("rate") &&
                                         !section.has("stages") && !section.has("replay")
                                   : word == "closed";
  arrival.model = closed ? model::Arrival::Model::closed : model::Arrival::Model::open;
  const auto distribution = section.text("distribution");
  if (distribution == "poisson") arrival.distribution = model::Arrival::Distribution::poisson;
  if (distribution == "uniform") arrival.distribution = model::Arrival::Distribution::uniform;
  arrival.burst = static_cast<std::uint32_t>(section.count("burst"));
  arrival.max_requests = section.count("requests");
  if (closed)
    compile_closed(section, arrival);
  else
    compile_open(section, draft, arrival);
  return arrival;
}

std::uint32_t connections_of(const Section& load, const model::LoadSpec& spec) {
  const auto& arrival = spec.arrival;
  const auto streams = spec.streams;
  const auto given = static_cast<std::uint32_t>(load.count("connections"));
  const auto usual = spec.protocol == model::Protocol::icmp ? kIcmpSockets : kOpenConnections;
  if (arrival.model == model::Arrival::Model::open) return given == 0 ? usual : given;
  const auto needed = (arrival.users + streams - 1) / streams;
  if (given != 0 && given < needed)
    load.error(
        "connections",
        fmt::format("{} users need {} connections: leave connections out, or give {} or more",
                    arrival.users, needed, needed));
  return given == 0 ? needed : given;
}

std::vector<base::Cidr> sources_of(const Section& load) {
  std::vector<base::Cidr> out;
  for (const auto& item : load.many("sources")) {
    auto network = base::Cidr::parse(item.text);
    if (network)
      out.push_back(*network);
    else
      load.error(item.place, fmt::format("'{}' is no address or network of this host, such as "
                                         "127.0.1.0/24",
                                         item.text));
  }
  return out;
}

void compile_connections(const Section& section, model::LoadSpec& load) {
  load.streams = section.has("streams") ? static_cast<std::uint32_t>(section.count("streams"))
                                        : default_streams(load.protocol);
  load.streams = std::max(load.streams, 1U);  // what is out of range has been reported
  if (load.protocol == model::Protocol::http1 && section.has("streams"))
    section.error("streams", "streams belong to HTTP/2: add protocol: http2");
  load.connections = connections_of(section, load);
  if (std::uint64_t{load.connections} * load.streams > kMostAtOnce)
    section.error("streams", "connections times streams: at most a million requests at a time");
  load.requests_per_connection = section.count("requests_per_connection");
  if (section.has("connection_rate")) load.connection_rate = section.rate("connection_rate");
  load.sources = sources_of(section);
  load.connect_timeout = section.duration("connect_timeout");
  load.first_byte_timeout = section.duration("first_byte_timeout");
  load.timeout =
      section.has("timeout") ? section.duration("timeout") : default_timeout(load.protocol);
}

model::HttpRequest request_of(const Section& section) {
  model::HttpRequest request;
  request.method = section.text("method");
  request.path = section.text("path");
  request.headers = headers_of(section);
  request.body = section.text("body");
  request.expect_status = statuses_of(section.section("expect"), "status");
  return request;
}

void compile_request(const Section& section, model::LoadSpec& load) {
  auto& step = load.steps.emplace_back();
  step.request = request_of(section.section("request"));
  step.name = step.request.method + " " + step.request.path;
  if (!section.has("think")) return;
  step.think = think_of(section);
  if (load.arrival.model == model::Arrival::Model::open)
    section.error("think",
                  "users of a closed load pause, and arrivals of an open one come by the "
                  "clock: write model: closed, or put it into a flow");
}

// What is asked, and by whom.
void compile_steps(const Section& section, const Draft& draft, model::LoadSpec& load) {
  compile_data(section, load, draft);
  if (section.has("flow"))
    compile_flow(section, load, draft);
  else
    compile_request(section, load);
  if (section.has("cookies") && !load.flow)
    section.error("cookies", "a single request keeps no cookies: write a flow");
  if (load.flow) check_values(section, load);
  load.cookies = load.flow && (!section.has("cookies") || section.boolean("cookies"));
  std::vector<Headers*> requests;
  for (auto& step : load.steps) requests.push_back(&step.request.headers);
  add_auth(section, draft, requests);
}

void compile_pace(const Section& load, model::LoadSpec& out) {
  const auto section = load.section("pace");
  if (!section.present()) return;
  const auto bytes = [&](std::string_view key) {
    return base::parse_byte_rate(section.text(key)).value_or(0);
  };
  out.pace = {bytes("read"), bytes("write")};
  if (!section.has("read") && !section.has("write"))
    section.error(section.place(), "say how slow: { read: 1KB/s }, { write: 10B/s } or both");
  if (out.protocol != model::Protocol::http1)
    load.error("pace", "only http1 can be paced: leave protocol out");
}

model::Protocol protocol_of(std::string_view word) {
  using enum model::Protocol;
  for (const auto protocol : {http2, tcp, udp, icmp})
    if (word == to_string(protocol)) return protocol;
  return http1;
}

void refuse_socket_keys(const Section& load) {
  for (const auto* key : {"tcp", "udp", "icmp"})
    if (load.has(key)) load.error(key, fmt::format("{} belongs to protocol: {}", key, key));
}

}  // namespace

void compile_loads(const Section& root, Draft& draft) {
  require_unique_names(root, "load");
  for (const auto& section : root.items("load")) {
    model::LoadSpec load;
    load.name = section.text("name");
    const auto target = target_of(section, "target", draft);
    load.target = target.value_or(0);
    load.protocol = protocol_of(section.text("protocol"));
    const auto arrival = section.section("arrival");
    load.arrival = root.has("find") ? searched_arrival(arrival) : arrival_of(arrival, draft);
    if (!root.has("find") && !section.has("arrival"))
      section.error(section.place(), "'arrival' is missing in load: when requests are due");
    compile_connections(section, load);
    if (!model::is_http(load.protocol)) {
      compile_socket(section, target ? &draft.plan.targets[*target] : nullptr, load);
      draft.plan.loads.push_back(std::move(load));
      continue;
    }
    if (target)
      require_http(section, *target, fmt::format("protocol {}", to_string(load.protocol)), draft);
    refuse_socket_keys(section);
    compile_steps(section, draft, load);
    compile_pace(section, load);
    draft.plan.loads.push_back(std::move(load));
  }
}

void compile_lengths(const Section& root, Draft& draft) {
  auto& plan = draft.plan;
  const auto sections = root.items("load");
  base::Nanos longest{0};
  for (const auto& load : plan.loads) longest = std::max(longest, load.arrival.duration);
  const auto whole = root.duration("duration");
  plan.duration = whole > base::Nanos(0) ? whole : longest;
  if (plan.duration <= base::Nanos(0) && plan.loads.empty() && !root.has("duration"))
    root.error(root.place(), "nothing says how long: add duration: 1m");
  for (std::size_t i = 0; i < plan.loads.size(); ++i) {
    auto& load = plan.loads[i];
    auto& arrival = load.arrival;
    const auto section = sections[i].section("arrival");
    if (whole > base::Nanos(0) && arrival.duration > whole)
      root.error("duration",
                 fmt::format("the run would end after {}, before load '{}', which lasts {}",
                             base::format_duration(whole), load.name,
                             base::format_duration(arrival.duration)));
    if (arrival.duration > base::Nanos(0)) continue;
    if (plan.duration <= base::Nanos(0) && section.present() && !section.has("stages") &&
        !section.has("duration") && !root.has("duration"))
      section.error(section.place(),
                    "nothing says how long: add duration: 30s here, or to the whole scenario");
    arrival.duration = plan.duration;
    if (arrival.stages.size() == 1) arrival.stages.front().over = plan.duration;
  }
}

}  // namespace rampart::scenarios
