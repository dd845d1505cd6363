#include "store/reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <map>

#include "base/units.h"
#include "model/plan_json.h"
#include "model/series.h"
#include "model/service_map.h"
#include "store/database.h"
#include "store/read_load.h"
#include "store/records.h"
#include "store/schema.h"
#include "store/sql.h"

namespace rampart::store {
namespace {

constexpr std::array kEnds = {model::RunEnd::unfinished, model::RunEnd::completed,
                              model::RunEnd::interrupted, model::RunEnd::stopped,
                              model::RunEnd::failed};

// A worker says what it missed only at the stop. Without one, what came due and was not started by
// the last record is missed; a start that was recorded before its second's arrivals were counted is
// an arrival.
void complete_unfinished(model::Evidence& e) {
  for (auto& total : e.load_totals) {
    auto& c = total.counters;
    c.offered = std::max(c.offered, c.started);
    c.missed = c.offered - c.started;
  }
}

}  // namespace

class Reader::Query {
 public:
  Query(Database db, const Options& options) : db_(std::move(db)), options_(options) {}

  base::Result<std::int64_t> find(std::string_view run);
  base::Result<model::RunRecord> record(std::int64_t key);
  base::Result<model::Evidence> evidence(std::int64_t key);

  // Calls take(statement) -> Status for every row.
  template <class Take>
  base::Status each(std::string_view text, const std::vector<Value>& values, Take take) {
    RAMPART_TRY(auto s, db_.prepare(text));
    RAMPART_CHECK(db_.bind(s, values));
    while (true) {
      RAMPART_TRY(const bool more, db_.step(s));
      if (!more) return {};
      RAMPART_CHECK(take(s));
    }
  }

  Database& db() { return db_; }

 private:
  base::Status read_run(std::int64_t key, model::Evidence& e);
  base::Status read_probes(std::int64_t key, model::Evidence& e);
  base::Status read_scrapes(std::int64_t key, model::Evidence& e);
  base::Status read_samples(std::int64_t key, model::Evidence& e);
  base::Status read_wire(std::int64_t key, model::Evidence& e);
  base::Status read_trials(std::int64_t key, model::Evidence& e);

  tl::unexpected<base::Error> damaged(std::string_view why) const {
    return base::fail(base::Errc::parse, fmt::format("{}: {}", db_.path(), why));
  }

  Database db_;
  Options options_;
};

base::Result<std::int64_t> Reader::Query::find(std::string_view run) {
  std::vector<std::int64_t> keys;
  std::string ids;
  const auto take = [&](const Statement& s) -> base::Status {
    keys.push_back(s.integer(0));
    return {};
  };
  const std::vector<Value> id{std::string(run)};
  if (run == "last") {
    RAMPART_CHECK(each(sql::kFindLast, {}, take));
  } else {
    RAMPART_CHECK(each(sql::kFindExact, id, take));
    if (keys.empty() && !run.empty())
      RAMPART_CHECK(each(sql::kFindPrefix, id, [&](const Statement& s) {
        ids += (ids.empty() ? "" : ", ") + s.text(1);
        return take(s);
      }));
  }
  if (keys.size() == 1) return keys.front();
  const auto why = run == "last"  ? std::string("holds no run yet")
                   : keys.empty() ? fmt::format("has no run '{}'", run)
                                  : fmt::format("'{}' fits several runs: {}, ...", run, ids);
  return base::fail(base::Errc::not_found, fmt::format("{}: {}", db_.path(), why));
}

base::Result<model::RunRecord> Reader::Query::record(std::int64_t key) {
  model::RunRecord run;
  RAMPART_CHECK(each(sql::kRun, {key}, [&](const Statement& s) -> base::Status {
    run.id = s.text(0);
    run.version = s.text(1);
    run.host = s.text(2);
    run.command = s.text(3);
    for (const auto end : kEnds)
      if (model::to_string(end) == s.bytes(4)) run.end = end;
    run.end_signal = static_cast<int>(s.integer(5));
    run.end_reason = s.text(6);
    return {};
  }));
  RAMPART_CHECK(each(sql::select(sql::Table::note), {key}, [&](const Statement& s) -> base::Status {
    run.notes.push_back(s.text(2));
    return {};
  }));
  return run;
}

base::Status Reader::Query::read_run(std::int64_t key, model::Evidence& e) {
  RAMPART_TRY(e.run, record(key));
  RAMPART_CHECK(each(sql::kRunState, {key}, [&](const Statement& s) -> base::Status {
    auto plan = model::plan_from_json(s.bytes(0));
    if (!plan) return base::fail(std::move(plan).error().in(db_.path()));
    e.plan = *std::move(plan);
    if (!s.null(1)) e.end = s.mono(1);
    e.wire_captured = s.integer(2) != 0;
    e.drops = {s.count(3), s.count(4), s.count(5)};
    return {};
  }));
  e.load_totals.resize(e.plan.loads.size());
  RAMPART_CHECK(
      each(sql::select(sql::Table::anchor), {key}, [&](const Statement& s) -> base::Status {
        e.anchors.push_back(anchor_from(s));
        return {};
      }));
  if (e.anchors.empty()) return damaged(fmt::format("run {} ended before it started", e.run.id));
  return {};
}

base::Status Reader::Query::read_probes(std::int64_t key, model::Evidence& e) {
  return each(
      sql::select(sql::Table::probe_result), {key}, [&](const Statement& s) -> base::Status {
        e.probes.push_back(probe_from(s));
        const auto& last = e.probes.back();
        if (last.probe >= e.plan.probes.size())
          return damaged(
              fmt::format("a record names probe {}, which the plan does not have", last.probe));
        e.end = std::max(e.end, last.start + last.duration);
        return {};
      });
}

base::Status Reader::Query::read_scrapes(std::int64_t key, model::Evidence& e) {
  e.page_totals.resize(e.plan.scrapes.size());
  return each(
      sql::select(sql::Table::scrape_result), {key}, [&](const Statement& s) -> base::Status {
        e.scrapes.push_back(scrape_from(s));
        const auto& last = e.scrapes.back();
        if (last.scrape >= e.plan.scrapes.size())
          return damaged(
              fmt::format("a record names scrape {}, which the plan does not have", last.scrape));
        e.end = std::max(e.end, last.start + last.duration);
        if (!last.up) return {};
        auto& total = e.page_totals[last.scrape];
        total.series = std::max(total.series, s.count(7));
        total.gone += s.count(8);
        return {};
      });
}

// What a Prometheus server stored of hosts that are no target's: no verdict is made of it.
static bool of_nobody(const model::Plan& plan, std::uint32_t scrape, const std::string& series) {
  if (scrape >= plan.scrapes.size()) return true;
  const auto& spec = plan.scrapes[scrape];
  return spec.source == model::ScrapeSpec::Source::prometheus &&
         !model::target_of_instance(plan, spec, model::label_of(series, "instance").value_or(""));
}

base::Status Reader::Query::read_samples(std::int64_t key, model::Evidence& e) {
  constexpr auto kFew = static_cast<std::int64_t>(model::kFewSeries);
  RAMPART_CHECK(each(sql::kCountSeries, {key, kFew + 1}, [&](const Statement& s) -> base::Status {
    e.all_series = s.integer(0) <= kFew;
    return {};
  }));
  std::vector<Value> values{key};
  if (!e.all_series)
    for (auto& metric : model::state_metrics(e.plan)) values.emplace_back(std::move(metric));
  std::map<std::pair<std::uint32_t, base::MonoTime>, std::size_t> index;
  for (std::size_t i = 0; i < e.scrapes.size(); ++i)
    index[{e.scrapes[i].scrape, e.scrapes[i].start}] = i;
  std::size_t bytes = 0;
  std::uint64_t left_out = 0;
  base::MonoTime last;
  const auto text =
      e.all_series ? sql::select(sql::Table::series_sample) : sql::select_series(values.size() - 1);
  RAMPART_CHECK(each(text, values, [&](const Statement& s) -> base::Status {
    const auto at = index.find({static_cast<std::uint32_t>(s.integer(1)), s.mono(2)});
    if (at == index.end()) return damaged("a sample belongs to no scrape");
    if (!e.all_series && of_nobody(e.plan, static_cast<std::uint32_t>(s.integer(1)), s.text(3)))
      return {};
    // A vector that grows has up to twice the room that it needs.
    bytes += 2 * sizeof(model::SeriesSample) + s.bytes(3).size();
    if (bytes > options_.max_samples) {
      ++left_out;
      return {};
    }
    last = s.mono(2);
    e.scrapes[at->second].samples.push_back({s.text(3), s.real(4), s.integer(5) != 0});
    return {};
  }));
  if (left_out > 0)
    e.run.notes.push_back(fmt::format(
        "{} samples of scraped series were not looked at, those after {:.1f} s: a report reads {} "
        "of them at most; record less, with `keep` or `select`",
        left_out, std::max(base::seconds(last - e.anchors.front().mono), 0.0),
        base::format_bytes(static_cast<double>(options_.max_samples))));
  return {};
}

base::Status Reader::Query::read_wire(std::int64_t key, model::Evidence& e) {
  RAMPART_CHECK(
      each(sql::select(sql::Table::wire_interval), {key}, [&](const Statement& s) -> base::Status {
        e.wire.push_back(wire_from(s));
        return {};
      }));
  RAMPART_CHECK(
      each(sql::select(sql::Table::detection), {key}, [&](const Statement& s) -> base::Status {
        auto detection = detection_from(s);
        if (!detection) return base::fail(std::move(detection).error().in(db_.path()));
        e.detections.push_back(*std::move(detection));
        return {};
      }));
  RAMPART_CHECK(
      each(sql::select(sql::Table::canary_sent), {key}, [&](const Statement& s) -> base::Status {
        e.canaries.push_back(canary_from(s));
        e.end = std::max(e.end, e.canaries.back().at);
        return {};
      }));
  return each(sql::select(sql::Table::wire_total), {key}, [&](const Statement& s) -> base::Status {
    e.wire_totals = wire_total_from(s);
    return {};
  });
}

base::Status Reader::Query::read_trials(std::int64_t key, model::Evidence& e) {
  return each(sql::select(sql::Table::trial), {key}, [&](const Statement& s) -> base::Status {
    auto trial = trial_from(s);
    if (!trial) return base::fail(std::move(trial).error().in(db_.path()));
    e.trials.push_back(*std::move(trial));
    return {};
  });
}

base::Result<model::Evidence> Reader::Query::evidence(std::int64_t key) {
  model::Evidence e;
  RAMPART_CHECK(read_run(key, e));
  const bool stopped = e.end != base::MonoTime{};
  const auto stop = e.end;
  for (const auto& anchor : e.anchors) e.end = std::max(e.end, anchor.mono);
  RAMPART_CHECK(read_load(db_, key, e));
  RAMPART_CHECK(read_client(db_, key, e));
  RAMPART_CHECK(read_probes(key, e));
  RAMPART_CHECK(read_scrapes(key, e));
  RAMPART_CHECK(read_samples(key, e));
  RAMPART_CHECK(read_wire(key, e));
  RAMPART_CHECK(read_trials(key, e));
  if (stopped) {
    e.end = stop;
  } else {
    e.run.end = model::RunEnd::unfinished;
    complete_unfinished(e);
    // The capture was on where it left records; its stop, which says so, is missing.
    e.wire_captured = !e.wire.empty();
  }
  return e;
}

Reader::Reader(std::unique_ptr<Query> query) : query_(std::move(query)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

base::Result<Reader> Reader::open(const std::string& path, const Options& options) {
  std::error_code missing;
  if (!std::filesystem::exists(path, missing))
    return base::fail(base::Errc::not_found,
                      fmt::format("{}: no such file: no run was recorded there yet", path));
  RAMPART_TRY(auto db, Database::open(path, Database::Mode::read, std::chrono::seconds(5)));
  RAMPART_TRY(const auto application, db.integer(sql::kGetApplication));
  if (application != sql::kApplicationId)
    return base::fail(base::Errc::config, fmt::format("{}: is not a rampart database", path));
  RAMPART_TRY(const auto version, db.integer(sql::kGetVersion));
  const auto known = static_cast<std::int64_t>(schema_steps().size());
  if (version > known)
    return base::fail(base::Errc::config,
                      fmt::format("{}: has schema {}, made by a newer rampart; this one knows {}",
                                  path, version, known));
  if (version < known)
    return base::fail(base::Errc::config,
                      fmt::format("{}: has schema {}, made by an older rampart: the next run that "
                                  "is recorded there brings it to {}",
                                  path, version, known));
  return Reader(std::make_unique<Query>(std::move(db), options));
}

base::Result<model::Evidence> Reader::load(std::string_view run) {
  auto& db = query_->db();
  // One read transaction, so that a writer's commits in between do not show in part.
  RAMPART_CHECK(db.run(sql::kBeginRead));
  auto evidence = [&]() -> base::Result<model::Evidence> {
    RAMPART_TRY(const auto key, query_->find(run));
    return query_->evidence(key);
  }();
  static_cast<void>(db.run(sql::kRollback));
  return evidence;
}

base::Result<std::vector<model::RunRecord>> Reader::list() {
  std::vector<std::int64_t> keys;
  RAMPART_CHECK(query_->each(sql::kAllRuns, {}, [&](const Statement& s) -> base::Status {
    keys.push_back(s.integer(0));
    return {};
  }));
  std::vector<model::RunRecord> runs;
  for (const auto key : keys) {
    RAMPART_TRY(runs.emplace_back(), query_->record(key));
  }
  return runs;
}

base::Result<std::string> Reader::result(std::string_view run) {
  RAMPART_TRY(const auto key, query_->find(run));
  std::string json;
  RAMPART_CHECK(
      query_->each(sql::select(sql::Table::result), {key}, [&](const Statement& s) -> base::Status {
        json = s.text(1);
        return {};
      }));
  if (json.empty())
    return base::fail(base::Errc::not_found,
                      fmt::format("{}: run '{}' was never judged", query_->db().path(), run));
  return json;
}

base::Status Reader::check() {
  std::string answer;
  RAMPART_CHECK(query_->each(sql::kIntegrity, {}, [&](const Statement& s) -> base::Status {
    answer = s.text(0);
    return {};
  }));
  if (answer != "ok")
    return base::fail(base::Errc::io,
                      fmt::format("{}: is damaged: {}", query_->db().path(), answer));
  return {};
}

}  // namespace rampart::store
