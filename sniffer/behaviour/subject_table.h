#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/ip_address.h"
#include "sniffer/behaviour/book.h"
#include "sniffer/behaviour/limits.h"

namespace rampart::sniffer::behaviour {

// How users of a host or service fare, in one second or as a mean per second. Neither those who
// attack it are users, nor is this run, but for own_handshakes.
enum class Vital : std::uint8_t {
  handshakes,      // completed
  repeated_syns,   // by clients that got no answer from a service
  resets,          // by the server, of connections that were open
  retransmits,     // of data, either way
  requests,        // HTTP/1, whole
  answers,         //
  server_errors,   // answers with 5xx
  rtt_ms,          // sum over
  rtts,            // so many handshakes
  answer_ms,       // from the end of a request to the first line of its answer, sum over
  answers_timed,   // so many
  own_handshakes,  // completed by this run
};
inline constexpr std::size_t kVitals = 12;
struct Vitals {
  std::array<double, kVitals> values{};
  double& operator[](Vital v) { return values[static_cast<std::size_t>(v)]; }
  double operator[](Vital v) const { return values[static_cast<std::size_t>(v)]; }
};

inline constexpr std::uint16_t kNoIncident = 0xFFFF;

// One quantity of a subject, its usual size and what is being made of it.
struct Watch {
  std::uint32_t now = 0;       // in the open second
  std::uint32_t refused = 0;   // SYN flood: of those, answered with a reset
  std::uint32_t again = 0;     // SYN flood: SYNs that were sent again
  std::uint32_t finished = 0;  // SYN flood: handshakes completed by others, attackers or not
  std::uint32_t refusals = 0;  // logins: without a book, this minute
  bool by_length = false;      // logins: told from short sessions
  double usual = 0;            // moving average of the quantity while there is no attack
  std::uint32_t over = 0;      // seconds above the threshold, one after the other
  double over_sum = 0;         // of the quantity in those
  std::uint16_t incident = kNoIncident;
  std::uint16_t book = kNoBook;
};

// What a Watch counts: of a host (the first three) or of an endpoint of it.
enum class Quantity : std::uint8_t { syn, icmp, udp, requests, slow, logins };
inline constexpr std::size_t kQuantities = 3;  // of each subject
constexpr bool of_host(Quantity q) { return q <= Quantity::udp; }
constexpr std::size_t index(Quantity q) { return static_cast<std::size_t>(q) % kQuantities; }

// A host (port 0) or one of its endpoints.
struct Subject {
  base::Endpoint key;
  bool used = false;
  std::uint32_t seconds = 0;  // since it is known
  std::uint32_t idle = 0;     // seconds without anything
  bool speaks = false;        // the capture holds packets of it
  Vitals now;
  Vitals usual;  // moving average while there is no attack
  std::array<Watch, kQuantities> watches;

  Watch& watch(Quantity q) { return watches[index(q)]; }
  [[nodiscard]] bool attacked() const {
    for (const auto& w : watches)
      if (w.incident != kNoIncident) return true;
    return false;
  }
};

// All subjects, in sets of kWays places. Where a set is full, the newcomer takes the place of that
// which was idle longest, but never of one that is attacked. No allocation after construction. One
// thread.
class SubjectTable {
 public:
  SubjectTable() : subjects_(kSubjects) {}

  // Null where there is none.
  Subject* find(const base::Endpoint& key, std::uint64_t hash) {
    for (auto i = first_of(hash), end = i + kWays; i < end; ++i)
      if (subjects_[i].used && subjects_[i].key == key) return &subjects_[i];
    return nullptr;
  }
  // Null where its places are all taken by subjects under attack. hot
  Subject* find_or_add(const base::Endpoint& key, std::uint64_t hash, Books& books);
  void remove(Subject& subject, Books& books);

  template <class Visit>
  void each(Visit visit) {
    for (auto& s : subjects_)
      if (s.used) visit(s);
  }
  [[nodiscard]] std::uint64_t displaced() const { return displaced_; }

 private:
  static std::size_t first_of(std::uint64_t hash) { return hash % (kSubjects / kWays) * kWays; }

  std::vector<Subject> subjects_;
  std::uint64_t displaced_ = 0;
};

}  // namespace rampart::sniffer::behaviour
