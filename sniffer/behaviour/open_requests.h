#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "sniffer/behaviour/limits.h"

namespace rampart::sniffer::behaviour {

// An HTTP request by others that is under way: being sent, or waiting for its answer.
struct OpenRequest {
  base::IpAddress client;
  base::Endpoint server;
  base::WallTime since{};      // of the state
  std::uint64_t trickled = 0;  // bytes of the request after its first segment
  base::WallTime narrow{};     // since when the client's window is too narrow; {}: it is not
  bool used = false;
  bool sent = false;  // the request is whole
  bool room = true;   // its client had room for an answer when it was whole

  [[nodiscard]] bool is_slow(base::WallTime now) const {
    if (sent) return narrow != base::WallTime{} && now - narrow >= kSlowAfter;
    const auto age = now - since;
    return age >= kSlowAfter && static_cast<double>(trickled) < kSlowRate * base::seconds(age);
  }
};

inline constexpr std::uint32_t kNoRequest = 0xFFFFFFFF;

// A fixed number of them; what finds no place is not timed, and counted. One thread.
class OpenRequests {
 public:
  OpenRequests() : requests_(kOpenRequests) {
    free_.reserve(kOpenRequests);
    for (std::uint32_t i = kOpenRequests; i-- > 0;) free_.push_back(i);
  }

  // hot
  std::uint32_t open(const base::IpAddress& client, const base::Endpoint& server,
                     base::WallTime now) {
    if (free_.empty()) {
      ++untimed_;
      return kNoRequest;
    }
    const auto i = free_.back();
    free_.pop_back();
    requests_[i] = {.client = client, .server = server, .since = now, .used = true};
    return i;
  }
  void close(std::uint32_t& i) {
    if (i == kNoRequest) return;
    requests_[i].used = false;
    free_.push_back(i);
    i = kNoRequest;
  }
  [[nodiscard]] bool empty() const { return free_.size() == requests_.size(); }
  OpenRequest& at(std::uint32_t i) { return requests_[i]; }

  template <class Visit>
  void each(Visit visit) {
    if (empty()) return;
    for (auto& r : requests_)
      if (r.used) visit(r);
  }
  [[nodiscard]] std::uint64_t untimed() const { return untimed_; }

 private:
  std::vector<OpenRequest> requests_;
  std::vector<std::uint32_t> free_;
  std::uint64_t untimed_ = 0;
};

}  // namespace rampart::sniffer::behaviour
