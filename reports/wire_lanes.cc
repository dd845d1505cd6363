#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "reports/lanes.h"

namespace rampart::reports {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
// Marks of one shape closer than this share of the run are drawn once.
constexpr double kCloseMarks = 1.0 / 300;

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

// Adds a mark, or counts it with one of the same shape that stands so close that they would be one.
class Marks {
 public:
  explicit Marks(double seconds) : close_(seconds * kCloseMarks) {}

  void add(double at, Mark::Shape shape, std::string text) {
    auto& last = last_.at(static_cast<std::size_t>(shape));
    if (last && std::abs(at - marks_[*last].at) < close_) {
      ++marks_[*last].count;
      return;
    }
    last = marks_.size();
    marks_.push_back({at, shape, std::move(text)});
  }
  std::vector<Mark> take() {
    for (auto& mark : marks_)
      if (mark.count > 1) mark.text += fmt::format(", and {} more", mark.count - 1);
    return std::move(marks_);
  }

 private:
  double close_;
  std::array<std::optional<std::size_t>, 3> last_;
  std::vector<Mark> marks_;
};

Lane alert_lane(const model::Evidence& evidence, const RunAxis& axis) {
  Marks marks(axis.seconds());
  for (const auto& c : evidence.canaries)
    marks.add(axis.at(c.at), Mark::Shape::tick, fmt::format("canary {} sent", c.sid));
  for (const auto& d : evidence.detections) {
    if (!is_alert(d)) continue;
    marks.add(axis.at(d.at),
              d.owner == model::Owner::canary ? Mark::Shape::circle : Mark::Shape::triangle,
              fmt::format("sid {}:{}: {}", d.gid, d.sid, d.msg));
  }
  return {.kind = Lane::Kind::marks,
          .title = "Alerts and canaries",
          .height = 30,
          .marks = marks.take()};
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
