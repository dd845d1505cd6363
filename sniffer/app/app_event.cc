#include "sniffer/app/app_event.h"

namespace rampart::sniffer {

std::string_view to_string(AppEvent event) {
  switch (event) {
    case AppEvent::wrong_direction_first_data:
      return "applayer.applayer_wrong_direction_first_data";
    case AppEvent::detected_one_direction_only:
      return "applayer.applayer_detect_protocol_only_one_direction";
    case AppEvent::mismatch_both_directions:
      return "applayer.applayer_mismatch_protocol_both_directions";
  }
  return "";
}

std::optional<AppEvent> event_of(std::string_view name) {
  constexpr std::string_view kPrefix = "applayer.";
  for (std::uint16_t i = 0; i < 0xFFFF; ++i) {
    const auto event = static_cast<AppEvent>(i);
    const auto text = to_string(event);
    if (text.empty()) return std::nullopt;  // behind the last one
    if (text == name || (text.starts_with(kPrefix) && text.substr(kPrefix.size()) == name))
      return event;
  }
  return std::nullopt;
}

}  // namespace rampart::sniffer
