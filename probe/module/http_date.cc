#include "probe/module/http_date.h"

#include <array>
#include <ctime>

namespace rampart::probe {

std::optional<std::chrono::sys_seconds> read_http_date(const std::string& text) {
  constexpr std::array kForms{"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                              "%a %b %e %H:%M:%S %Y"};
  for (const auto* form : kForms) {
    std::tm parts{};
    const char* end = strptime(text.c_str(), form, &parts);
    if (end == nullptr || end != text.c_str() + text.size()) continue;
    const int day = parts.tm_mday, second = parts.tm_sec;
    const auto seconds = timegm(&parts);
    // timegm makes 31 April 1 May.
    if (parts.tm_mday != day || parts.tm_sec != second) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
  }
  return std::nullopt;
}

}  // namespace rampart::probe
