#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "correlator/timeline.h"

namespace rampart::correlator {

// Why requests of an open load had to wait for a connection.
struct PoolLimit {
  enum class Kind : std::uint8_t {
    none,
    server_slow,     // the pool would do, but the server answers more slowly than when it is quiet
    server_streams,  // HTTP/2: the server takes fewer requests at a time than the load asks for
    too_small        // the client's own: no server as quick as this one could be asked at that rate
  };
  Kind kind = Kind::none;
  std::string reason;  // for people; empty for none
};

// Judges seconds in which arrivals wait although every place (connection times stream) is taken.
//
// Little's law (J. D. C. Little, Operations Research 9(3), 1961): a rate needs rate * time places,
// where the time is that for which one request, or flow with its think times, keeps its place. It
// is taken from seconds in which the pool was at most half full, or where there are too few of
// them from the quickest request of the run. `too_small` where even this quiet time needs more
// places than there are and the time in the full seconds is less than twice as long: a server of
// parallelism k that is saturated by c places answers c/k times as slowly, so that a slower one is
// the limit itself.
//
// The gravest one of all loads, where it holds for three seconds in a row and a fifth of the load's
// time. Seconds that overlap `silent`, or in which more than 5 % of the requests fail, do not
// count.
PoolLimit find_pool_limit(const Timeline& t, const std::vector<model::TimeSpan>& silent);

}  // namespace rampart::correlator
