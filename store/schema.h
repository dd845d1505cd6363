#pragma once

#include <span>
#include <string_view>

namespace rampart::store {

// The files store/schema/NNN_*.sql in order, embedded at build. Number N (from 1) takes a database
// from user_version N - 1 to N; a released file is never changed.
std::span<const std::string_view> schema_steps();

}  // namespace rampart::store
