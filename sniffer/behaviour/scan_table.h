#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "sniffer/behaviour/distinct.h"
#include "sniffer/behaviour/limits.h"

namespace rampart::sniffer::behaviour {

// What a source tries: many ports of one host, or one port of many hosts.
enum class ScanKind : std::uint8_t { ports, hosts, datagram_ports };

// One source in one of its ways. What it tried is kept as sets of hashed ports or hosts; the failed
// ones are what was refused, or asked a while ago, less what answered.
struct Scout {
  using Set = BitmapSet<512>;  // nearly exact up to the thresholds, full at about 3000

  base::IpAddress source;
  base::Endpoint target;   // hosts: the last one that was tried; ports: port 0
  std::uint16_t port = 0;  // hosts
  ScanKind kind = ScanKind::ports;
  bool used = false;
  std::uint16_t incident = 0xFFFF;
  base::WallTime began{};
  base::WallTime last{};
  Set asked;    // since the last tick
  Set waiting;  // between the last two
  Set silent;   // before: not answered in time
  Set refused;
  Set answered;
  double failed = 0;  // at the last second's end

  [[nodiscard]] double count() const { return Set::count_of(silent, refused, answered); }
  // Nothing is answered any more. Who was mostly answered so far may have lost the last answers to
  // the end of the capture.
  void give_up() {
    auto open = silent;
    open.unite(waiting);
    open.unite(asked);
    if (Set::count_of(open, refused, answered) >= answered.count()) silent = open;
  }
};

// A bounded number of them, in sets of kWays places. A newcomer takes the place of the one with the
// fewest failures, so that a flood of forged sources displaces itself and not a scanner. No
// allocation after construction. One thread.
//
// What counts as a failed contact is that of V. Paxson's and others' work on scan detection
// (J. Jung, V. Paxson, A. W. Berger, H. Balakrishnan: "Fast portscan detection using sequential
// hypothesis testing", 2004); the test is Zeek's: so many different failures in a window.
class ScanTable {
 public:
  ScanTable() : scouts_(kScouts) {}

  struct Contact {
    base::IpAddress source;
    base::Endpoint target;
    base::WallTime at;
  };
  enum class Outcome : std::uint8_t { asked, refused, answered };

  // `key` is a keyed hash of source, kind, and host or port; `item` one of the port or host. An
  // answer to what is not known is passed over. hot
  void contact(ScanKind kind, std::uint64_t key, std::uint64_t item, const Contact& contact,
               Outcome outcome);

  // Once per second: ages what waits, forgets what is over, then visits each one that is left.
  template <class Visit>
  void tick(base::WallTime now, Visit visit) {
    const bool turn = ++seconds_ % kPatience == 0;
    used_ = 0;
    for (auto& s : scouts_) {
      if (!s.used) continue;
      if (turn) {
        s.silent.unite(s.waiting);
        s.waiting = s.asked;
        s.asked.clear();
      }
      if (s.incident == 0xFFFF && now - s.began > kScanWindow) {
        s = {};
        continue;
      }
      visit(s);
      used_ += s.used ? 1U : 0U;
    }
  }
  // At the end of the capture: what waits has failed.
  template <class Visit>
  void close(Visit visit) {
    each([&](Scout& s) {
      s.give_up();
      visit(s);
    });
  }
  template <class Visit>
  void each(Visit visit) {
    for (auto& s : scouts_)
      if (s.used) visit(s);
  }
  // Right after a tick.
  [[nodiscard]] bool empty() const { return used_ == 0; }
  [[nodiscard]] std::uint64_t displaced() const { return displaced_; }

 private:
  Scout* find(ScanKind kind, std::uint64_t key, const Contact& contact, bool add);

  std::vector<Scout> scouts_;
  unsigned seconds_ = 0;
  std::size_t used_ = 0;  // at the last tick
  std::uint64_t displaced_ = 0;
};

}  // namespace rampart::sniffer::behaviour
