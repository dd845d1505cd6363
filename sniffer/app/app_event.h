#pragma once

#include <cstdint>
#include <string_view>

#include "sniffer/app/app_proto.h"

namespace rampart::sniffer {

// What an application's parser objects to. The names are those that rules give to
// app-layer-event, such as "http.invalid_content_length"; the table in app_event.cc has them.
enum class AppEvent : std::uint16_t {
  wrong_direction_first_data,  // applayer: the side that answers spoke first
  detected_one_direction_only,
  mismatch_both_directions,
};
std::string_view to_string(AppEvent event);

}  // namespace rampart::sniffer
