// Files of times from any bytes: times in order, or an error, never a crash.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "scenarios/arrival_times.h"

using namespace rampart;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto times = scenarios::parse_arrival_times({reinterpret_cast<const char*>(data), size});
  if (!times) {
    if (times.error().text.empty()) std::abort();
    return 0;
  }
  if (times->empty() || times->front() < base::Nanos(0)) std::abort();
  if (!std::is_sorted(times->begin(), times->end())) std::abort();
  if (times->back() > std::chrono::hours(744)) std::abort();
  return 0;
}
