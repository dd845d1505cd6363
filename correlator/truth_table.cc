#include "correlator/truth_table.h"

namespace rampart::correlator {

Reading read_signals(const Signals& s) {
  using enum model::State;
  if (!s.probe) {
    if (s.up == true && s.service_up == true)
      return {unknown, false, "the service says that it runs, but no probe saw it"};
    if (s.up == false)
      return {unknown, false, "its exporter cannot be scraped, and no probe saw the service"};
    return {unknown, false, "no probe saw the service"};
  }
  if (*s.probe) {
    if (s.up == false)
      return {healthy, true, "the service is served, but its exporter cannot be scraped"};
    if (s.up == true && s.service_up == false)
      return {healthy, true, "the service is served, but its status page says that it is down"};
    return {healthy, false, "the service is served"};
  }
  if (s.up == true && s.service_up == true)
    return {down, false,
            "the service runs by its own word, but users are not served: the path, the "
            "certificate or the answer is at fault"};
  if (s.up == true) return {down, false, "the host is alive, but users are not served"};
  if (s.up == false) return {down, false, "neither the service nor its exporter answers"};
  return {down, false, "users are not served"};
}

}  // namespace rampart::correlator
