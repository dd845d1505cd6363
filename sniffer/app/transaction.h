#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sniffer/app/app_event.h"
#include "sniffer/decode/packet.h"
#include "sniffer/flow/direction.h"
#include "sniffer/rules/buffer_id.h"

namespace rampart::sniffer {

// One buffer of a transaction as far as it is known.
struct BufferView {
  Bytes data;              // holds until the parser is called again
  std::uint64_t base = 0;  // of data[0]; above 0 where a body's beginning was let go
  bool whole = true;       // no more will come
  std::size_t fresh = 0;   // what lies before this index was shown before
};

// Where rules stand with a transaction; detect/ alone reads and writes it. What one direction shows
// is judged without the other.
struct RuleProgress {
  struct Candidate {
    std::uint32_t rule;
    std::uint32_t found;  // bit i: the rule's section i has matched
    std::uint32_t tried;  // bit i: it was tried on all that was shown
  };
  struct Side {
    std::vector<Candidate> candidates;  // the lowest rule first
    std::vector<std::uint32_t> done;    // rules that have matched, or never will
    std::uint64_t searched = 0;         // bit i: the i-th of the searches is over
    bool begun = false;
  };
  std::array<Side, 2> sides;     // by Direction
  std::vector<AppEvent> events;  // that it raised, once each
  [[nodiscard]] bool has(AppEvent event) const {
    return std::find(events.begin(), events.end(), event) != events.end();
  }
  void clear();
};

// A request and its answer, or what else a protocol's parser takes for one. Its parser owns it, and
// uses it again for the next once it has ended.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // The i-th of its buffers of that kind; nullopt where there is none, or none yet. hot
  [[nodiscard]] virtual std::optional<BufferView> buffer(BufferId id, Direction direction,
                                                         unsigned i) const = 0;

  std::uint64_t number = 0;      // in its flow, from 0
  std::array<Stage, 2> stage{};  // by Direction; never goes back
  RuleProgress rules;
  // HTTP/1, while it is told that a direction is complete: how many bytes of that direction its
  // parser was given and has, or will have, beyond the message. Unset: not known.
  std::optional<std::uint64_t> behind;
};

}  // namespace rampart::sniffer
