#pragma once

#include <fmt/core.h>

#include <string_view>

namespace rampart::base::log {

// error = the run is spoiled, warn = a result is doubtful.
enum class Level { debug, info, warn, error, off };

// Writes to standard error. Set before threads start.
void set_level(Level level);
// False for a name that is not one of debug, info, warn, error, off.
bool set_level(std::string_view name);

// Any thread; never on a hot path.
void write(Level level, fmt::string_view format, fmt::format_args args);
// The same whatever level is set: lines that were asked for by a switch of their own.
void write_asked(Level level, fmt::string_view format, fmt::format_args args);

template <class... T>
void debug(fmt::format_string<T...> format, T&&... args) {
  write(Level::debug, format, fmt::make_format_args(args...));
}
template <class... T>
void info(fmt::format_string<T...> format, T&&... args) {
  write(Level::info, format, fmt::make_format_args(args...));
}
template <class... T>
void warn(fmt::format_string<T...> format, T&&... args) {
  write(Level::warn, format, fmt::make_format_args(args...));
}
template <class... T>
void error(fmt::format_string<T...> format, T&&... args) {
  write(Level::error, format, fmt::make_format_args(args...));
}
template <class... T>
void asked(Level level, fmt::format_string<T...> format, T&&... args) {
  write_asked(level, format, fmt::make_format_args(args...));
}

}  // namespace rampart::base::log
