#pragma once

#include <cstdint>
#include <optional>
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
// Nullopt where no parser raises it. "applayer." may be left out, as rules do.
std::optional<AppEvent> event_of(std::string_view name);

}  // namespace rampart::sniffer
