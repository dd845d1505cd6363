#pragma once

#include <atomic>

#include "base/clock.h"
#include "exporter/exporter.h"
#include "net/timer.h"

namespace rampart::exporter {

// Looks to signals, to what may be probed and to idle clients while an exporter serves. Loop thread
// only.
class Caretaker final : private net::Timer::Listener {
 public:
  // All outlive it.
  struct Charges {
    net::Loop& loop;
    const base::Clock& clock;
    Exporter& exporter;
    const std::atomic<int>& stops;    // any thread or signal; above 0: the loop is stopped
    const std::atomic<int>& hangups;  // any thread or signal; each is a reload
  };

  explicit Caretaker(const Charges& charges);

 private:
  void on_timer(net::Timer&) override;

  const Charges charges_;
  net::Timer timer_;
  int seen_ = 0;  // hangups
  base::MonoTime renewed_;
};

}  // namespace rampart::exporter
