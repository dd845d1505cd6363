#include <fmt/format.h>

#include <limits>

#include "reports/lanes.h"

namespace rampart::reports {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
// Marks closer than this share of the run, of the same shape and text, are drawn once.
constexpr double kCloseMarks = 1.0 / 400;

Lane packet_lane(const model::Evidence& evidence, const RunAxis& axis) {
  Lane lane{.title = "Packets", .unit = "/s", .height = 80};
  lane.series = {{"of this run", "main", {}}, {"of others", "other", {}}};
  for (const auto& w : evidence.wire) {
    const double from = axis.at(w.start);
    const double length = base::seconds(w.length);
    if (length <= 0) continue;
    const auto others = w.packets - std::min(w.packets, w.own_packets);
    lane.series[0].samples.push_back(
        {from, from + length, static_cast<double>(w.own_packets) / length});
    lane.series[1].samples.push_back({from, from + length, static_cast<double>(others) / length});
  }
  return lane;
}

Lane handshake_lane(const model::Evidence& evidence, const RunAxis& axis) {
  Lane lane{.title = "TCP handshake, median round trip", .unit = "ms", .height = 44};
  lane.series = {{"p50", "quiet", {}}};
  for (const auto& w : evidence.wire) {
    const double from = axis.at(w.start);
    const double ms = w.handshake_rtt_p50.count() > 0 ? base::millis(w.handshake_rtt_p50) : kNone;
    lane.series[0].samples.push_back({from, from + base::seconds(w.length), ms});
  }
  return lane;
}

Lane alert_lane(const model::Evidence& evidence, const RunAxis& axis) {
  Lane lane{.kind = Lane::Kind::marks, .title = "Alerts and canaries", .unit = "", .height = 30};
  const double close = axis.seconds() * kCloseMarks;
  for (const auto& c : evidence.canaries)
    lane.marks.push_back({axis.at(c.at), Mark::Shape::tick, fmt::format("canary {} sent", c.sid)});
  for (const auto& d : evidence.detections) {
    const bool expected = d.owner == model::Owner::canary;
    Mark mark{axis.at(d.at), expected ? Mark::Shape::circle : Mark::Shape::triangle,
              fmt::format("sid {}: {}", d.sid, d.msg)};
    if (!lane.marks.empty()) {
      const auto& last = lane.marks.back();
      if (last.shape == mark.shape && mark.at - last.at < close) continue;
    }
    lane.marks.push_back(std::move(mark));
  }
  return lane;
}

}  // namespace

void add_wire_lanes(std::vector<Lane>& lanes, const model::Evidence& evidence,
                    const RunAxis& axis) {
  if (!evidence.wire.empty()) {
    lanes.push_back(packet_lane(evidence, axis));
    lanes.push_back(handshake_lane(evidence, axis));
  }
  if (!evidence.detections.empty() || !evidence.canaries.empty())
    lanes.push_back(alert_lane(evidence, axis));
}

}  // namespace rampart::reports
