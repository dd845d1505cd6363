#include "exporter/caretaker.h"

#include <chrono>

#include "net/loop.h"

namespace rampart::exporter {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kTick = 100ms;
constexpr base::Nanos kRenew = 10s;

}  // namespace

Caretaker::Caretaker(const Charges& charges)
    : charges_(charges), timer_(charges.loop, *this), renewed_(charges.clock.mono()) {
  timer_.arm(renewed_);
}

void Caretaker::on_timer(net::Timer&) {
  if (charges_.stops > 0) {
    charges_.loop.stop();
    return;
  }
  const auto now = charges_.clock.mono();
  if (const int hangups = charges_.hangups; hangups != seen_) {
    seen_ = hangups;
    (void)charges_.exporter.reload();  // it logs how it went
  }
  if (now - renewed_ >= kRenew) {
    renewed_ = now;
    charges_.exporter.renew_permission();
    charges_.exporter.prune();
  }
  timer_.arm(now + kTick);
}

}  // namespace rampart::exporter
