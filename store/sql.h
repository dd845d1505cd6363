#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

// Every SQL text besides the schema. Inserts and selects of the record tables are made from one
// list of columns each, so that they cannot disagree.

namespace rampart::store::sql {

enum class Table : std::uint8_t {
  note,
  anchor,
  load_interval,
  load_error,
  load_tls,
  client_interval,
  probe_result,
  scrape_result,
  series_sample,
  wire_interval,
  detection,
  canary_sent,
  load_finish,
  wire_total,
  result,
  verdict,
  trial,
};
inline constexpr std::size_t kTables = 17;

struct Columns {
  std::string_view table;
  std::string_view names;  // run is always the first
  std::string_view order;
};
inline constexpr std::array<Columns, kTables> kColumns{{
    {"note", "run, position, text", "position"},
    {"anchor", "run, mono_ns, wall_ns", "mono_ns"},
    {"load_interval",
     "run, load, step, worker, start_mono_ns, length_ns, offered, started, completed, failed, "
     "missed, connects, connect_failures, connections_lost, pushed_back, handshakes, resumed, "
     "send_blocked, bytes_in, bytes_out, in_flight, latency_p50_ns, latency_p99_ns, "
     "latency_max_ns, service_p50_ns, service_p99_ns, "
     "service_max_ns, latency, service",
     "load, start_mono_ns"},
    {"load_error", "run, load, step, worker, start_mono_ns, code, count", "load, start_mono_ns"},
    {"load_tls",
     "run, load, start_mono_ns, version, cipher, key_exchange, alpn, key_type, key_bits",
     "load, start_mono_ns"},
    {"client_interval",
     "run, worker, start_mono_ns, length_ns, busy_ns, cpu_ns, starved, loop_lag_p99_ns, "
     "schedule_lag_p99_ns, loop_lag, schedule_lag, steal_ns",
     "start_mono_ns"},
    {"probe_result",
     "run, probe, start_mono_ns, duration_ns, success, reason, detail, resolve_ns, connect_ns, "
     "tls_ns, processing_ns, transfer_ns, status",
     "start_mono_ns"},
    {"scrape_result", "run, scrape, start_mono_ns, duration_ns, up, reason, detail, series, gone",
     "start_mono_ns"},
    {"series_sample", "run, scrape, start_mono_ns, series, value, gone", "start_mono_ns"},
    {"wire_interval",
     "run, start_wall_ns, length_ns, packets, bytes, own_packets, own_bytes, syn, own_syn, "
     "syn_ack, handshakes, other_handshakes, rst, retransmits, icmp_echo, flows_opened, "
     "flows_closed, handshake_rtt_p50_ns, dropped_kernel, dropped_interface",
     "start_wall_ns"},
    {"detection",
     "run, at_wall_ns, gid, sid, rev, severity, msg, category, source, source_port, destination, "
     "destination_port, proto, owner, flow_id, behaviour",
     "at_wall_ns"},
    {"canary_sent", "run, sid, at_mono_ns, delivered", "at_mono_ns"},
    {"load_finish", "run, load, in_flight, oldest_in_flight_ns", "load"},
    {"wire_total",
     "run, packets, bytes, dropped_kernel, dropped_interface, invalid, flows, flows_evicted, "
     "stream_gaps, alerts_suppressed, rules_loaded, rules_failed",
     "run"},
    {"result", "run, json", "run"},
    {"verdict",
     "run, position, target, state, cause, impact, actor, confidence, from_ns, to_ns, summary",
     "position"},
    {"trial",
     "run, position, rate, from_mono_ns, to_mono_ns, offered, completed, failed, missed, "
     "latency_p50_ns, latency_p99_ns, latency_max_ns, outcome, limited_by",
     "position"},
}};

std::string insert(Table table);
std::string select(Table table);  // of the run ?1
std::string clear(Table table);   // of the run ?1
// As select() of series_sample, of so many metrics: their names are ?2 and on.
std::string select_series(std::size_t metrics);

inline constexpr const char* kBegin = "BEGIN IMMEDIATE";
inline constexpr const char* kBeginRead = "BEGIN";
inline constexpr const char* kCommit = "COMMIT";
inline constexpr const char* kRollback = "ROLLBACK";

// WAL lets readers in while a run writes. synchronous=NORMAL: see Writer.
inline constexpr const char* kWriterSettings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;";
inline constexpr std::string_view kMaxPages = "PRAGMA max_page_count = ";

// "rmpt": marks the file as rampart's.
inline constexpr std::int64_t kApplicationId = 0x726D7074;
inline constexpr std::string_view kGetApplication = "PRAGMA application_id";
inline constexpr std::string_view kSetApplication = "PRAGMA application_id = ";
inline constexpr std::string_view kGetVersion = "PRAGMA user_version";
inline constexpr std::string_view kSetVersion = "PRAGMA user_version = ";
inline constexpr std::string_view kCountTables = "SELECT count(*) FROM sqlite_schema";
inline constexpr std::string_view kIntegrity = "PRAGMA integrity_check(1)";

inline constexpr std::string_view kInsertRun =
    "INSERT INTO run (id, version, host, command, scenario, plan, ending, end_signal, end_reason) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
inline constexpr std::string_view kFinishRun =
    "UPDATE run SET ending = ?2, end_signal = ?3, end_reason = ?4, stop_mono_ns = ?5, "
    "wire_captured = ?6, dropped_load = ?7, dropped_probe = ?8, dropped_wire = ?9 WHERE key = ?1";
inline constexpr std::string_view kFindExact = "SELECT key FROM run WHERE id = ?1";
inline constexpr std::string_view kFindPrefix =
    "SELECT key, id FROM run WHERE substr(id, 1, length(?1)) = ?1 ORDER BY key LIMIT 2";
inline constexpr std::string_view kFindLast = "SELECT key FROM run ORDER BY key DESC LIMIT 1";
// Of the run ?1, at most ?2; costs no more than it takes to find these.
inline constexpr std::string_view kCountSeries =
    "SELECT count(*) FROM (SELECT DISTINCT scrape, series FROM series_sample WHERE run = ?1 LIMIT "
    "?2)";
inline constexpr std::string_view kAllRuns = "SELECT key FROM run ORDER BY key";
inline constexpr std::string_view kRun =
    "SELECT id, version, host, command, ending, end_signal, end_reason FROM run WHERE key = ?1";
inline constexpr std::string_view kRunState =
    "SELECT plan, stop_mono_ns, wire_captured, dropped_load, dropped_probe, dropped_wire FROM run "
    "WHERE key = ?1";

}  // namespace rampart::store::sql
