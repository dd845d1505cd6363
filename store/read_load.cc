#include "store/read_load.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "store/sql.h"

namespace rampart::store {
namespace {

base::Result<base::Histogram> histogram(const Database& db, const Statement& s, int column) {
  auto decoded = base::decode_hdr_v2_compressed(s.bytes(column));
  if (!decoded)
    return base::fail(std::move(decoded).error().in(db.path() + ": a stored histogram"));
  return decoded;
}

// Columns of sql::Table::load_interval.
constexpr int kLoad = 1, kStep = 2, kWorker = 3, kStart = 4, kLength = 5, kCounters = 6,
              kInFlight = 20, kLatency = 27, kService = 28;

// The errors of one interval, by load, step, worker and start.
using ErrorKey = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, base::MonoTime>;
using ErrorCounts = std::array<std::uint64_t, model::kLoadErrors>;
using Errors = std::map<ErrorKey, ErrorCounts>;

base::Result<Errors> read_errors(Database& db, std::int64_t run) {
  RAMPART_TRY(auto s, db.prepare(sql::select(sql::Table::load_error)));
  const std::vector<Value> key{run};
  RAMPART_CHECK(db.bind(s, key));
  Errors errors;
  while (true) {
    RAMPART_TRY(const bool more, db.step(s));
    if (!more) return errors;
    const auto error = model::load_error_of(static_cast<unsigned>(s.count(5)));
    if (!error)
      return base::fail(base::Errc::parse,
                        fmt::format("{}: a record has error {}, which this rampart does not know",
                                    db.path(), s.count(5)));
    errors[{s.count(1), s.count(2), s.count(3), s.mono(4)}][static_cast<std::size_t>(*error)] +=
        s.count(6);
  }
}

model::LoadCounters counters_from(const Statement& s, const Errors& errors) {
  model::LoadCounters c;
  int column = kCounters;
  for (auto* field : {&c.offered, &c.started, &c.completed, &c.failed, &c.missed, &c.connects,
                      &c.connect_failures, &c.connections_lost, &c.pushed_back, &c.handshakes,
                      &c.resumed, &c.send_blocked, &c.bytes_in, &c.bytes_out})
    *field = s.count(column++);
  const auto found =
      errors.find({s.count(kLoad), s.count(kStep), s.count(kWorker), s.mono(kStart)});
  if (found != errors.end()) c.errors = found->second;
  return c;
}

// Collects the rows of one second of one load; rows come by load and start.
class SecondMerge {
 public:
  SecondMerge(model::Evidence& evidence, const Errors& errors)
      : evidence_(evidence), errors_(errors), origin_(evidence.anchors.front().mono) {}

  void add(std::uint32_t load, const Statement& s, const base::Histogram& latency,
           const base::Histogram& service) {
    const auto start = s.mono(kStart);
    const auto grid = std::llround(base::seconds(start - origin_));
    if (!open_ || second_.load != load || grid != grid_) {
      flush();
      open_ = true;
      grid_ = grid;
      second_ = {};
      second_.load = load;
      second_.start = start;
    }
    const auto counters = counters_from(s, errors_);
    second_.length = std::max(second_.length, s.duration(kLength));
    second_.counters += counters;
    second_.in_flight += s.count(kInFlight);
    latency_.merge(latency);
    service_.merge(service);
    auto& total = evidence_.load_totals[load];
    total.counters += counters;
    total.latency.merge(latency);
    total.service.merge(service);
    const auto step = s.count(kStep);
    if (step >= total.steps.size()) return;
    total.steps[step].counters += counters;
    total.steps[step].latency.merge(latency);
    total.steps[step].service.merge(service);
  }

  void flush() {
    if (!open_) return;
    second_.latency = model::Percentiles::of(latency_);
    second_.service = model::Percentiles::of(service_);
    evidence_.load.push_back(second_);
    latency_.clear();
    service_.clear();
    open_ = false;
  }

 private:
  model::Evidence& evidence_;
  const Errors& errors_;
  base::MonoTime origin_;
  bool open_ = false;
  long long grid_ = 0;
  model::LoadSecond second_;
  base::Histogram latency_;
  base::Histogram service_;
};

// The newest of each load; rows come by time.
base::Status read_tls(Database& db, std::int64_t run, model::Evidence& evidence) {
  RAMPART_TRY(auto s, db.prepare(sql::select(sql::Table::load_tls)));
  const std::vector<Value> key{run};
  RAMPART_CHECK(db.bind(s, key));
  while (true) {
    RAMPART_TRY(const bool more, db.step(s));
    if (!more) return {};
    const auto load = s.count(1);
    if (load >= evidence.load_totals.size())
      return base::fail(base::Errc::parse,
                        fmt::format("{}: a handshake names load {}, which the plan does not have",
                                    db.path(), load));
    evidence.load_totals[load].tls = {.version = s.text(3),
                                      .cipher = s.text(4),
                                      .group = s.text(5),
                                      .alpn = s.text(6),
                                      .key_type = s.text(7),
                                      .key_bits = static_cast<std::uint32_t>(s.count(8))};
  }
}

base::Status read_in_flight(Database& db, std::int64_t run, model::Evidence& evidence) {
  for (auto& total : evidence.load_totals) {
    const auto& c = total.counters;
    const auto ended = c.completed + c.failed;
    total.in_flight = c.started > ended ? c.started - ended : 0;
  }
  RAMPART_TRY(auto s, db.prepare(sql::select(sql::Table::load_finish)));
  const std::vector<Value> key{run};
  RAMPART_CHECK(db.bind(s, key));
  while (true) {
    RAMPART_TRY(const bool more, db.step(s));
    if (!more) return {};
    const auto load = s.count(1);
    if (load >= evidence.load_totals.size())
      return base::fail(
          base::Errc::parse,
          fmt::format("{}: the stop names load {}, which the plan does not have", db.path(), load));
    evidence.load_totals[load].in_flight = s.count(2);
    evidence.load_totals[load].oldest_in_flight = s.duration(3);
  }
}

}  // namespace

base::Status read_load(Database& db, std::int64_t run, model::Evidence& evidence) {
  RAMPART_TRY(auto s, db.prepare(sql::select(sql::Table::load_interval)));
  const std::vector<Value> key{run};
  RAMPART_CHECK(db.bind(s, key));
  RAMPART_TRY(const auto errors, read_errors(db, run));
  for (std::size_t i = 0; i < evidence.load_totals.size(); ++i)
    if (const auto steps = evidence.plan.loads[i].steps.size(); steps > 1)
      evidence.load_totals[i].steps.resize(steps);
  SecondMerge merge(evidence, errors);
  while (true) {
    RAMPART_TRY(const bool more, db.step(s));
    if (!more) break;
    const auto load = s.count(kLoad);
    if (load >= evidence.load_totals.size())
      return base::fail(
          base::Errc::parse,
          fmt::format("{}: a record names load {}, which the plan does not have", db.path(), load));
    RAMPART_TRY(const auto latency, histogram(db, s, kLatency));
    RAMPART_TRY(const auto service, histogram(db, s, kService));
    merge.add(static_cast<std::uint32_t>(load), s, latency, service);
    evidence.end = std::max(evidence.end, s.mono(kStart) + s.duration(kLength));
  }
  merge.flush();
  std::stable_sort(evidence.load.begin(), evidence.load.end(),
                   [](const auto& a, const auto& b) { return a.start < b.start; });
  RAMPART_CHECK(read_tls(db, run, evidence));
  return read_in_flight(db, run, evidence);
}

base::Status read_client(Database& db, std::int64_t run, model::Evidence& evidence) {
  RAMPART_TRY(auto s, db.prepare(sql::select(sql::Table::client_interval)));
  const std::vector<Value> key{run};
  RAMPART_CHECK(db.bind(s, key));
  while (true) {
    RAMPART_TRY(const bool more, db.step(s));
    if (!more) return {};
    evidence.client.push_back({.worker = static_cast<std::uint32_t>(s.integer(1)),
                               .start = s.mono(2),
                               .length = s.duration(3),
                               .busy = s.duration(4),
                               .cpu = s.duration(5),
                               .loop_lag_p99 = s.duration(7),
                               .schedule_lag_p99 = s.duration(8),
                               .starved = s.count(6),
                               .steal = s.duration(11)});
    RAMPART_TRY(const auto loop_lag, histogram(db, s, 9));
    RAMPART_TRY(const auto schedule_lag, histogram(db, s, 10));
    evidence.client_total.loop_lag.merge(loop_lag);
    evidence.client_total.schedule_lag.merge(schedule_lag);
    evidence.end = std::max(evidence.end, s.mono(2) + s.duration(3));
  }
}

}  // namespace rampart::store
