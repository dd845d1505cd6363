#include "loadgen/pace_wheel.h"

#include <algorithm>

namespace rampart::loadgen {
namespace {

constexpr base::Nanos kSlot = std::chrono::milliseconds(10);

}  // namespace

PaceWheel::PaceWheel(const base::Clock& clock)
    : clock_(clock), passed_(clock.mono().time_since_epoch() / kSlot) {}

void PaceWheel::ask(Turn& turn, base::MonoTime due) {
  turn.unlink();
  turn.due_ = due;
  const auto wanted = (due.time_since_epoch() + kSlot - base::Nanos(1)) / kSlot;
  turn.link_before(slot(std::clamp(wanted, passed_ + 1, passed_ + kSlots - 1)));
}

void PaceWheel::tick(base::MonoTime now) {
  const auto current = now.time_since_epoch() / kSlot;
  passed_ = std::max(passed_, current - kSlots);  // each slot once
  while (passed_ < current) {
    // Nothing that is asked for meanwhile goes into this slot.
    auto& head = slot(++passed_);
    while (!head.alone()) {
      auto& turn = static_cast<Turn&>(*head.next());
      turn.unlink();
      if (turn.due_ > now)
        ask(turn, turn.due_);
      else
        turn.listener_.on_turn(turn, now);
    }
  }
}

}  // namespace rampart::loadgen
