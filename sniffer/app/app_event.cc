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

}  // namespace rampart::sniffer
