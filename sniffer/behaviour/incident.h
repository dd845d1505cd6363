#pragma once

#include <optional>

#include "model/wire.h"
#include "sniffer/behaviour/book.h"
#include "sniffer/behaviour/kernel_counters.h"
#include "sniffer/behaviour/subject_table.h"

namespace rampart::sniffer::behaviour {

// An attack that is under way.
struct Incident {
  bool used = false;
  model::Cause cause = model::Cause::unknown;
  std::uint64_t number = 0;  // in the capture, from 1
  base::Endpoint target;
  bool several_hosts = false;  // target is one of them
  bool datagrams = false;      // a scan of UDP ports
  std::optional<model::BehaviourSource> scanner;
  bool elsewhere = false;  // the scanner was seen at work in another place
  double threshold = 0;
  double baseline = 0;
  base::WallTime from{};
  base::WallTime to{};      // end of the last second above the threshold
  unsigned seconds = 0;     // since it began
  unsigned above = 0;       // of those, above the threshold
  unsigned calm = 0;        // since the last of those
  unsigned since_told = 0;  // seconds
  double sum = 0;           // of the quantity, over the seconds above
  double peak = 0;
  bool witnessed = false;                       // how its target fares is known: the next two hold
  Vitals before;                                // mean per second
  Vitals during;                                // sum
  std::optional<KernelCounters> kernel_before;  // where the target is this host
  std::optional<KernelCounters> kernel_now;

  // One second of it. `vitals` is null where nothing is known of the target.
  void add(base::WallTime end, double value, bool is_above, const Vitals* vitals);
  // The mean of the seconds above; of a scan, contacts over its whole time.
  [[nodiscard]] double rate() const;
};

// What there is to say of each kind of attack.
struct AttackWords {
  model::Cause cause;
  std::string_view message;   // of the alert
  std::string_view category;  // as classification.config of the field has it
  std::string_view unit;      // of what is counted
  std::uint32_t severity;     // 1 is the worst; 1 as well where users suffer
  std::uint8_t proto;
};
const AttackWords& words_of(model::Cause cause);

struct ImpactFound {
  model::Impact impact = model::Impact::unknown;
  std::vector<model::BehaviourMeasure> evidence;  // what was compared; never empty
};
// Whether users of the target suffered, from what the wire and the kernel show of the time of the
// attack and of that before it; unknown where neither shows any. Pure.
ImpactFound judge_impact(const Incident& incident);

// `book` is null where its sources are not known. Not hot.
model::Detection report(const Incident& incident, const Book* book, model::BehaviourPhase phase,
                        base::WallTime at);

}  // namespace rampart::sniffer::behaviour
