#include <nlohmann/json.hpp>
#include <string>

#include "model/result.h"

// The document of `--json`. Key names and their order are a contract (docs: result JSON, schema 1).
// What was not measured is null, never 0.

namespace rampart::model {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;

Json measured(bool known, Json value) { return known ? std::move(value) : Json(nullptr); }

Json to_value(const Interval& interval) { return Json::array({interval.low, interval.high}); }

// All members null where nothing was recorded.
Json to_value(const Percentiles& p) {
  const auto ms = [&p](base::Nanos value) { return measured(p.count > 0, base::millis(value)); };
  return Json{{"p50", ms(p.p50)},     {"p90", ms(p.p90)}, {"p95", ms(p.p95)},   {"p99", ms(p.p99)},
              {"p99_9", ms(p.p99_9)}, {"max", ms(p.max)}, {"mean", ms(p.mean)}, {"count", p.count}};
}

// Medians of the probes that succeeded; all null where none did.
Json phases_of(const ProbeSummary& probe) {
  const auto ms = [&probe](base::Nanos v) {
    return measured(probe.succeeded > 0, base::millis(v));
  };
  const auto& phases = probe.phases;
  return Json{{"resolve", ms(phases.resolve)},
              {"connect", ms(phases.connect)},
              {"tls", ms(phases.tls)},
              {"processing", ms(phases.processing)},
              {"transfer", ms(phases.transfer)}};
}

Json errors_of(const LoadCounters& counters) {
  Json errors = Json::object();
  for (std::size_t i = 0; i < kErrorClasses; ++i) {
    const auto kind = static_cast<ErrorClass>(i);
    errors[std::string(to_string(kind))] = counters.error(kind);
  }
  return errors;
}

// Those that occurred, by number.
Json error_codes_of(const LoadCounters& counters) {
  Json codes = Json::array();
  for (std::size_t i = 0; i < kLoadErrors; ++i) {
    const auto error = static_cast<LoadError>(i);
    if (counters.error(error) > 0)
      codes.push_back(Json{
          {"code", code_of(error)}, {"name", to_string(error)}, {"count", counters.error(error)}});
  }
  return codes;
}

Json to_value(const StepSummary& step) {
  const auto& c = step.counters;
  return Json{{"name", step.name},
              {"started", c.started},
              {"completed", c.completed},
              {"failed", c.failed},
              {"in_flight", step.in_flight},
              {"latency_ms", to_value(step.latency)},
              {"service_ms", to_value(step.service)},
              {"errors", errors_of(c)}};
}

Json to_value(const TlsFacts& tls, const LoadCounters& counters) {
  return Json{{"version", tls.version},
              {"cipher", tls.cipher},
              {"group", tls.group},
              {"alpn", tls.alpn},
              {"key_type", tls.key_type},
              {"key_bits", tls.key_bits},
              {"handshakes", counters.handshakes},
              {"resumed", counters.resumed}};
}

Json to_value(const LoadSummary& load) {
  const auto& c = load.counters;
  Json steps = Json::array();
  for (const auto& step : load.steps) steps.push_back(to_value(step));
  return Json{
      {"name", load.name},
      {"protocol", load.protocol},
      {"target", load.target},
      {"offered", c.offered},
      {"started", c.started},
      {"completed", c.completed},
      {"failed", c.failed},
      {"missed", c.missed},
      {"in_flight", load.in_flight},
      {"oldest_in_flight_ms", measured(load.in_flight > 0, base::millis(load.oldest_in_flight))},
      {"asked_rate", measured(load.asked_rate > 0, load.asked_rate)},
      {"rate", load.rate},
      {"flow_rate", measured(!load.steps.empty(), load.flow_rate)},
      {"latency_ms", to_value(load.latency)},
      {"service_ms", to_value(load.service)},
      {"errors", errors_of(c)},
      {"error_codes", error_codes_of(c)},
      {"connects", c.connects},
      {"connect_failures", c.connect_failures},
      {"connections_lost", c.connections_lost},
      {"pushed_back", c.pushed_back},
      {"bytes_in", c.bytes_in},
      {"bytes_out", c.bytes_out},
      {"send_blocked", c.send_blocked},
      {"tls", load.tls ? to_value(*load.tls, c) : Json()},
      {"steps", std::move(steps)},
      {"histogram", load.histogram}};
}

// A run without a load has no load generator to measure.
Json client_of(const RunResult& result) {
  const auto& client = result.client;
  const auto figure = [&result](double value) { return measured(!result.load.empty(), value); };
  return Json{{"cpu_percent", figure(client.cpu_percent)},
              {"busy_percent", figure(client.busy_percent)},
              {"loop_lag_ms_p99", figure(base::millis(client.loop_lag_p99))},
              {"schedule_lag_ms_p99", figure(base::millis(client.schedule_lag_p99))},
              {"schedule_lag_ms_max", figure(base::millis(client.schedule_lag_max))},
              {"steal_percent", figure(client.steal_percent)},
              {"limited_by", client.limited_by}};
}

Json to_value(const ProbeSummary& probe) {
  Json reasons = Json::object();
  for (const auto& [reason, count] : probe.reasons) reasons[reason] = count;
  return Json{{"name", probe.name},
              {"module", probe.module},
              {"target", probe.target},
              {"sent", probe.sent},
              {"succeeded", probe.succeeded},
              {"availability", measured(probe.sent > 0, probe.availability)},
              {"ci95", measured(probe.sent > 0, to_value(probe.ci95))},
              {"duration_ms", to_value(probe.duration)},
              {"phases_ms", phases_of(probe)},
              {"reasons", std::move(reasons)},
              {"why", probe.why}};
}

Json to_value(const UpSummary& up) {
  Json reasons = Json::object();
  for (const auto& [reason, count] : up.reasons) reasons[reason] = count;
  return Json{{"name", up.name},     {"scrapes", up.scrapes}, {"succeeded", up.succeeded},
              {"series", up.series}, {"gone", up.gone},       {"reasons", std::move(reasons)},
              {"why", up.why}};
}

Json wire_of(const RunResult& result) {
  const auto& totals = result.wire.totals;
  const auto figure = [&result](std::uint64_t value) {
    return measured(result.wire.captured, value);
  };
  Json detections = Json::array();
  for (const auto& d : result.wire.detections)
    detections.push_back(Json{{"gid", d.gid}, {"sid", d.sid}, {"msg", d.msg}, {"count", d.count}});
  return Json{{"captured", result.wire.captured},
              {"packets", figure(totals.packets)},
              {"bytes", figure(totals.bytes)},
              {"dropped_kernel", figure(totals.dropped_kernel)},
              {"dropped_interface", figure(totals.dropped_interface)},
              {"dropped_ring", figure(result.drops.wire)},
              {"invalid", figure(totals.invalid)},
              {"flows", figure(totals.flows)},
              {"flows_evicted", figure(totals.flows_evicted)},
              {"stream_gaps", figure(totals.stream_gaps)},
              {"alerts_suppressed", figure(totals.alerts_suppressed)},
              {"rules_loaded", figure(totals.rules_loaded)},
              {"rules_failed", figure(totals.rules_failed)},
              {"detections", std::move(detections)}};
}

// The canaries; sent is 0 and the rest null where the run had none.
Json detection_of(const std::optional<CanarySummary>& canaries) {
  const auto c = canaries.value_or(CanarySummary{});
  const bool known = c.sent > 0;
  Json by_source = Json::array();
  if (known)
    by_source.push_back(Json{{"source", "rampart"}, {"seen", c.seen}, {"recall", c.recall}});
  return Json{{"sent", c.sent},
              {"seen", c.seen},
              {"recall", measured(known, c.recall)},
              {"ci95", measured(known, to_value(c.ci95))},
              {"delay_ms", to_value(c.delay)},
              {"by_source", std::move(by_source)}};
}

Json to_value(const EvidenceItem& item) {
  return Json{
      {"series", item.series},
      {"window", Json::array({base::seconds(item.window.from), base::seconds(item.window.to)})},
      {"value", item.value},
      {"unit", item.unit},
      {"expected", item.expected}};
}

Json to_value(const RuledOut& ruled_out) {
  return Json{{"cause", to_string(ruled_out.cause)}, {"because", ruled_out.because}};
}

Json to_value(const Verdict& verdict);
Json to_value(const ObjectiveResult& objective);
Json to_value(const CapacityResult::Tried& tried);

template <class T>
Json list_of(const std::vector<T>& items) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(to_value(item));
  return list;
}

Json to_value(const Verdict& verdict) {
  return Json{{"target", verdict.target},
              {"state", to_string(verdict.state)},
              {"cause", to_string(verdict.cause)},
              {"impact", to_string(verdict.impact)},
              {"actor", to_string(verdict.actor)},
              {"confidence", verdict.confidence},
              {"from", base::seconds(verdict.window.from)},
              {"to", base::seconds(verdict.window.to)},
              {"summary", verdict.summary},
              {"evidence", list_of(verdict.evidence)},
              {"ruled_out", list_of(verdict.ruled_out)}};
}

Json to_value(const ObjectiveResult& objective) {
  return Json{{"name", objective.name},
              {"target", objective.target},
              {"wanted", objective.wanted},
              {"actual", objective.actual},
              {"ci95", objective.ci95 ? to_value(*objective.ci95) : Json(nullptr)},
              {"outcome", to_string(objective.outcome)}};
}

Json to_value(const CapacityResult::Tried& tried) {
  const auto& t = tried.trial;
  const auto ms = [&t](base::Nanos value) { return measured(t.measured(), base::millis(value)); };
  return Json{{"rate", t.rate.per_second},
              {"from", base::seconds(tried.judged.from)},
              {"to", base::seconds(tried.judged.to)},
              {"offered", t.offered},
              {"completed", t.completed},
              {"failed", t.failed},
              {"missed", t.missed},
              {"latency_ms", Json{{"p50", ms(t.p50)}, {"p99", ms(t.p99)}, {"max", ms(t.max)}}},
              {"outcome", to_string(t.outcome)},
              {"limited_by", t.limited_by}};
}

// null where none was searched.
Json capacity_of(const std::optional<CapacityResult>& capacity) {
  if (!capacity) return nullptr;
  const auto& c = *capacity;
  return Json{{"load", c.load},
              {"target", c.target},
              {"wanted", c.wanted},
              {"unit", c.flows ? "flows/s" : "requests/s"},
              {"rate", measured(c.rate > 0, c.rate)},
              {"low", measured(c.rate > 0, c.rate)},
              {"high", measured(c.high.has_value(), c.high.value_or(0))},
              {"ci95", c.ci95 ? Json::array({c.ci95->low, c.ci95->high}) : Json(nullptr)},
              {"ended", to_string(c.ended)},
              {"reason", c.reason},
              {"seconds", base::seconds(c.length)},
              {"trials", list_of(c.trials)}};
}

Json document(const RunResult& r) {
  Json d = Json::object();
  d["schema"] = kSchema;
  d["rampart"] = r.run.version;
  d["run"] = r.run.id;
  d["scenario"] = r.scenario;
  d["started"] = base::format_time(r.started);
  d["seconds"] = base::seconds(r.length);
  d["host"] = r.run.host;
  d["command"] = r.run.command;
  d["end"] = Json{{"how", to_string(r.run.end)},
                  {"signal", measured(r.run.end == RunEnd::interrupted, r.run.end_signal)},
                  {"reason", r.run.end_reason}};
  d["notes"] = r.run.notes;
  d["exit"] = r.exit_code;
  d["validity"] = to_string(r.validity);
  d["validity_reason"] = r.validity_reason;
  d["load"] = list_of(r.load);
  d["client"] = client_of(r);
  d["probes"] = list_of(r.probes);
  d["up"] = list_of(r.up);
  d["wire"] = wire_of(r);
  d["detection"] = detection_of(r.detection);
  d["verdicts"] = list_of(r.verdicts);
  d["objectives"] = list_of(r.objectives);
  d["capacity"] = capacity_of(r.capacity);
  d["drops"] = Json{{"load", r.drops.load}, {"probe", r.drops.probe}, {"wire", r.drops.wire}};
  return d;
}

}  // namespace

std::string to_json(const RunResult& result) {
  const Json whole = document(result);
  std::string text = "{";
  const char* separator = "\n";
  for (const auto& [key, value] : whole.items()) {
    text += separator;
    text += '"' + key + "\": ";
    // Strings come from peers: bytes that are not UTF-8 become U+FFFD, nothing throws.
    text += value.dump(-1, ' ', false, Json::error_handler_t::replace);
    separator = ",\n";
  }
  text += "\n}\n";
  return text;
}

}  // namespace rampart::model
