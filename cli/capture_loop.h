#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "cli/signals.h"
#include "runner/pipeline_group.h"

namespace rampart::cli {

// What signals ask of a capture that goes on. Process-wide; one at a time.
class Orders {
 public:
  // Does what was asked since the last call. A hangup opens the EVE file again, as log rotation
  // expects. False where the terminal is gone from which the program was started: the capture ends.
  [[nodiscard]] bool follow(const runner::PipelineGroup& pipeline);

 private:
  const Hangups hangups_;
  const ReloadRequests reloads_;
  int hangups_done_ = 0;
  int reloads_done_ = 0;
};

// How the capture ended.
struct End {
  int signal = 0;       // 0: by itself
  base::Status broken;  // it could not go on
};

// Captures until the file ends, a signal comes or `limit` is over (0: none), and finishes.
End capture(runner::PipelineGroup& pipeline, const Signals& signals, Orders& orders,
            base::Nanos limit, const base::Clock& clock);

}  // namespace rampart::cli
