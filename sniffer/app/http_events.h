#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "sniffer/app/app_event.h"
#include "sniffer/flow/direction.h"

namespace rampart::sniffer {

// What a message of libhtp's log means to rules. `direction` is that of the bytes that caused it.
// An error without a name of its own is http.unknown_error; nullopt: nothing that rules know.
std::optional<AppEvent> http_event_of(std::string_view message, bool error, Direction direction);

// Whether the value of a Content-Range says which bytes of how many a body is (RFC 9110, section
// 14.4), or that it is none of them. What follows the size is not looked at.
bool is_content_range(std::string_view value);

// A flag that libhtp sets on a transaction, and what it means.
struct HttpFlagEvent {
  std::uint64_t flag;
  AppEvent event;
};
// All of them are known once the fields of a request are.
std::span<const HttpFlagEvent> http_flag_events();

}  // namespace rampart::sniffer
