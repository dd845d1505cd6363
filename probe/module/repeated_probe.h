#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/timer.h"
#include "probe/module/module_context.h"
#include "probe/module/module_probe.h"

namespace rampart::probe {

// How often a probe is tried before it is called a failure.
struct Attempts {
  static constexpr unsigned kMost = 10;
  unsigned most = 1;    // one after another, 1 to kMost
  unsigned needed = 1;  // so many of them must succeed, 1 to `most`
};

// Tries a probe until as many attempts succeeded as are needed, or too few can. The time is cut
// into as many parts as there are attempts, and each has to end within its part. After one that
// failed the next one waits for its part to begin, so that a blip may pass; after one that
// succeeded it begins at once. The outcome is that of the attempt which decided, for as long as all
// of them took, with probe_attempts and probe_attempts_failed, and its steps behind a line for each
// that failed before. What this host does not permit or cannot do fails at once.
class RepeatedProbe final : public ModuleProbe,
                            private ModuleProbe::Listener,
                            private net::Timer::Listener {
 public:
  using Make = std::function<std::unique_ptr<ModuleProbe>(base::Nanos timeout)>;  // never null

  // `timeout` is that of all attempts together, > 0.
  RepeatedProbe(const ModuleContext& context, Attempts attempts, base::Nanos timeout, Make make);
  void start(ModuleProbe::Listener& listener) override;

 private:
  void on_outcome(ModuleOutcome&& outcome) override;
  void on_timer(net::Timer& timer) override;
  void attempt();
  void finish(ModuleOutcome&& outcome);
  // When the part of attempt `number` begins; that of `most` is the end.
  [[nodiscard]] base::MonoTime part(unsigned number) const;

  const base::Clock& clock_;
  const Attempts attempts_;
  const base::Nanos timeout_;
  const Make make_;
  ModuleProbe::Listener* listener_ = nullptr;
  net::Timer timer_;
  base::MonoTime begun_;
  unsigned done_ = 0;
  unsigned failed_ = 0;
  std::vector<std::string> log_;        // of the attempts before
  std::unique_ptr<ModuleProbe> probe_;  // the attempt that runs, or the last one
};

}  // namespace rampart::probe
