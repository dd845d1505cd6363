#include "store/records.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>

namespace rampart::store {
namespace {

std::int64_t ns(base::Nanos v) { return v.count(); }
std::int64_t ns(base::MonoTime v) { return v.time_since_epoch().count(); }
std::int64_t ns(base::WallTime v) { return v.time_since_epoch().count(); }
// SQLite integers are signed; the bits come back unchanged.
template <std::unsigned_integral T>
std::int64_t number(T v) {
  return static_cast<std::int64_t>(v);
}
std::string text(std::string_view v) { return std::string(v); }
Blob blob(const base::IpAddress& a) {
  const auto raw = a.raw();
  return {std::string(raw.begin(), raw.end())};
}
Blob blob(const base::Histogram& h) { return {base::encode_hdr_v2_compressed(h)}; }

template <std::unsigned_integral T>
T narrow(const Statement& s, int column) {
  return static_cast<T>(s.integer(column));
}

bool address_from(std::string_view bytes, base::IpAddress& out) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (bytes.size() == 4)
    out = base::IpAddress::from_bytes(std::span<const std::uint8_t, 4>(data, 4));
  else if (bytes.size() == 16)
    out = base::IpAddress::from_bytes(std::span<const std::uint8_t, 16>(data, 16));
  else
    return false;
  return true;
}

constexpr std::array kOwners = {model::Owner::other, model::Owner::load, model::Owner::probe,
                                model::Owner::canary};

}  // namespace

std::size_t Row::bytes() const {
  std::size_t sum = sizeof(Row) + values.size() * sizeof(Value);
  for (const auto& value : values) {
    if (const auto* t = std::get_if<std::string>(&value)) sum += t->size();
    if (const auto* b = std::get_if<Blob>(&value)) sum += b->bytes.size();
  }
  return sum;
}

std::size_t bytes_of(const model::ScrapeResult& r) {
  std::size_t sum = sizeof(r) + r.detail.size() + r.samples.capacity() * sizeof(r.samples[0]);
  for (const auto& sample : r.samples) sum += sample.series.size();
  return sum;
}

Row row_of(std::int64_t run, const model::ClockAnchor& r) {
  return {sql::Table::anchor, {run, ns(r.mono), ns(r.wall)}};
}

Row row_of(std::int64_t run, const model::LoadInterval& r) {
  const auto& c = r.counters;
  Row row{sql::Table::load_interval,
          {run, number(r.load), number(r.step), number(r.worker), ns(r.start), ns(r.length)}};
  for (const auto count : {c.offered, c.started, c.completed, c.failed, c.missed, c.connects,
                           c.connect_failures, c.connections_lost, c.pushed_back, c.handshakes,
                           c.resumed, c.send_blocked, c.bytes_in, c.bytes_out, r.in_flight})
    row.values.emplace_back(number(count));
  for (const auto* h : {&r.latency, &r.service}) {
    row.values.emplace_back(ns(h->at(50)));
    row.values.emplace_back(ns(h->at(99)));
    row.values.emplace_back(ns(h->max()));
  }
  row.values.emplace_back(blob(r.latency));
  row.values.emplace_back(blob(r.service));
  return row;
}

Row row_of(std::int64_t run, const model::LoadInterval& r, model::LoadError error) {
  return {sql::Table::load_error,
          {run, number(r.load), number(r.step), number(r.worker), ns(r.start),
           number(model::code_of(error)), number(r.counters.error(error))}};
}

Row row_of(std::int64_t run, const model::LoadInterval& r, const model::TlsFacts& tls) {
  return {sql::Table::load_tls,
          {run, number(r.load), ns(r.start), tls.version, tls.cipher, tls.group, tls.alpn,
           tls.key_type, number(tls.key_bits)}};
}

Row row_of(std::int64_t run, const model::ClientInterval& r) {
  return {sql::Table::client_interval,
          {run, number(r.worker), ns(r.start), ns(r.length), ns(r.busy), ns(r.cpu),
           number(r.starved), ns(r.loop_lag.at(99)), ns(r.schedule_lag.at(99)), blob(r.loop_lag),
           blob(r.schedule_lag), ns(r.steal)}};
}

Row row_of(std::int64_t run, const model::ProbeResult& r) {
  return {sql::Table::probe_result,
          {run, number(r.probe), ns(r.start), ns(r.duration), std::int64_t{r.success},
           text(model::to_string(r.reason)), r.detail, ns(r.phases.resolve), ns(r.phases.connect),
           ns(r.phases.tls), ns(r.phases.processing), ns(r.phases.transfer), number(r.status)}};
}

Row row_of(std::int64_t run, const model::ScrapeResult& r) {
  const auto gone =
      std::count_if(r.samples.begin(), r.samples.end(), [](const auto& s) { return s.gone; });
  return {sql::Table::scrape_result,
          {run, number(r.scrape), ns(r.start), ns(r.duration), std::int64_t{r.up},
           text(model::to_string(r.reason)), r.detail,
           static_cast<std::int64_t>(r.samples.size()) - gone, std::int64_t{gone}}};
}

Row row_of(std::int64_t run, const model::ScrapeResult& r, const model::SeriesSample& s) {
  return {sql::Table::series_sample,
          {run, number(r.scrape), ns(r.start), s.series, s.value, std::int64_t{s.gone}}};
}

Row row_of(std::int64_t run, const model::WireInterval& r) {
  return {sql::Table::wire_interval,
          {run,
           ns(r.start),
           ns(r.length),
           number(r.packets),
           number(r.bytes),
           number(r.own_packets),
           number(r.own_bytes),
           number(r.syn),
           number(r.own_syn),
           number(r.syn_ack),
           number(r.handshakes),
           number(r.other_handshakes),
           number(r.rst),
           number(r.retransmits),
           number(r.icmp_echo),
           number(r.flows_opened),
           number(r.flows_closed),
           ns(r.handshake_rtt_p50),
           number(r.dropped_kernel),
           number(r.dropped_interface)}};
}

Row row_of(std::int64_t run, const model::Detection& r) {
  return {sql::Table::detection,
          {run, ns(r.at), number(r.gid), number(r.sid), number(r.rev), number(r.severity), r.msg,
           r.category, blob(r.source.address), number(r.source.port), blob(r.destination.address),
           number(r.destination.port), number(r.proto), text(model::to_string(r.owner)),
           number(r.flow_id), r.behaviour ? model::to_json(*r.behaviour) : std::string()}};
}

Row row_of(std::int64_t run, const model::CanarySent& r) {
  return {sql::Table::canary_sent, {run, number(r.sid), ns(r.at), std::int64_t{r.delivered}}};
}

Row row_of(std::int64_t run, const model::Trial& r) {
  return {sql::Table::trial,
          {run, number(r.position), r.rate.per_second, ns(r.from), ns(r.to), number(r.offered),
           number(r.completed), number(r.failed), number(r.missed), ns(r.p50), ns(r.p99), ns(r.max),
           text(model::to_string(r.outcome)), r.limited_by}};
}

Row row_of(std::int64_t run, const model::WireTotals& r) {
  return {sql::Table::wire_total,
          {run, number(r.packets), number(r.bytes), number(r.dropped_kernel),
           number(r.dropped_interface), number(r.invalid), number(r.flows), number(r.flows_evicted),
           number(r.stream_gaps), number(r.alerts_suppressed), number(r.rules_loaded),
           number(r.rules_failed)}};
}

Row row_of(std::int64_t run, std::size_t position, const model::Verdict& r) {
  return {sql::Table::verdict,
          {run, number(position), r.target, text(model::to_string(r.state)),
           text(model::to_string(r.cause)), text(model::to_string(r.impact)),
           text(model::to_string(r.actor)), r.confidence, ns(r.window.from), ns(r.window.to),
           r.summary}};
}

model::ClockAnchor anchor_from(const Statement& s) { return {s.mono(1), s.wall(2)}; }

model::ProbeResult probe_from(const Statement& s) {
  return {.probe = narrow<std::uint32_t>(s, 1),
          .start = s.mono(2),
          .duration = s.duration(3),
          .success = s.integer(4) != 0,
          .reason = model::probe_reason_from(s.bytes(5)),
          .detail = s.text(6),
          .phases = {s.duration(7), s.duration(8), s.duration(9), s.duration(10), s.duration(11)},
          .status = narrow<std::uint16_t>(s, 12)};
}

model::ScrapeResult scrape_from(const Statement& s) {
  return {.scrape = narrow<std::uint32_t>(s, 1),
          .start = s.mono(2),
          .duration = s.duration(3),
          .up = s.integer(4) != 0,
          .reason = model::probe_reason_from(s.bytes(5)),
          .detail = s.text(6),
          .samples = {}};
}

model::WireInterval wire_from(const Statement& s) {
  return {.start = s.wall(1),
          .length = s.duration(2),
          .packets = s.count(3),
          .bytes = s.count(4),
          .own_packets = s.count(5),
          .own_bytes = s.count(6),
          .syn = s.count(7),
          .own_syn = s.count(8),
          .syn_ack = s.count(9),
          .handshakes = s.count(10),
          .other_handshakes = s.count(11),
          .rst = s.count(12),
          .retransmits = s.count(13),
          .icmp_echo = s.count(14),
          .flows_opened = s.count(15),
          .flows_closed = s.count(16),
          .handshake_rtt_p50 = s.duration(17),
          .dropped_kernel = s.count(18),
          .dropped_interface = s.count(19)};
}

base::Result<model::Detection> detection_from(const Statement& s) {
  model::Detection d;
  d.at = s.wall(1);
  d.gid = narrow<std::uint32_t>(s, 2);
  d.sid = narrow<std::uint32_t>(s, 3);
  d.rev = narrow<std::uint32_t>(s, 4);
  d.severity = narrow<std::uint32_t>(s, 5);
  d.msg = s.text(6);
  d.category = s.text(7);
  if (!address_from(s.bytes(8), d.source.address) ||
      !address_from(s.bytes(10), d.destination.address))
    return base::fail(base::Errc::parse, "a detection's address has neither 4 nor 16 bytes");
  d.source.port = narrow<std::uint16_t>(s, 9);
  d.destination.port = narrow<std::uint16_t>(s, 11);
  d.proto = narrow<std::uint8_t>(s, 12);
  for (const auto owner : kOwners)
    if (model::to_string(owner) == s.bytes(13)) d.owner = owner;
  d.flow_id = s.count(14);
  if (const auto text = s.bytes(15); !text.empty()) {
    RAMPART_TRY(auto behaviour, model::behaviour_from_json(text));
    d.behaviour = std::make_shared<const model::Behaviour>(std::move(behaviour));
  }
  return d;
}

model::CanarySent canary_from(const Statement& s) {
  return {narrow<std::uint32_t>(s, 1), s.mono(2), s.integer(3) != 0};
}

base::Result<model::Trial> trial_from(const Statement& s) {
  const auto outcome = model::trial_outcome_from(s.bytes(12));
  if (!outcome)
    return base::fail(base::Errc::parse, fmt::format("a trial has the outcome '{}', which this "
                                                     "rampart does not know",
                                                     s.bytes(12)));
  return model::Trial{.position = narrow<std::uint32_t>(s, 1),
                      .rate = base::Rps{s.real(2)},
                      .from = s.mono(3),
                      .to = s.mono(4),
                      .offered = s.count(5),
                      .completed = s.count(6),
                      .failed = s.count(7),
                      .missed = s.count(8),
                      .p50 = s.duration(9),
                      .p99 = s.duration(10),
                      .max = s.duration(11),
                      .outcome = *outcome,
                      .limited_by = s.text(13)};
}

model::WireTotals wire_total_from(const Statement& s) {
  return {.packets = s.count(1),
          .bytes = s.count(2),
          .dropped_kernel = s.count(3),
          .dropped_interface = s.count(4),
          .invalid = s.count(5),
          .flows = s.count(6),
          .flows_evicted = s.count(7),
          .stream_gaps = s.count(8),
          .alerts_suppressed = s.count(9),
          .rules_loaded = s.count(10),
          .rules_failed = s.count(11)};
}

}  // namespace rampart::store
