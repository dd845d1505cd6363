#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace rampart::base::log {
namespace {

spdlog::logger& logger() {
  // The one singleton that the project allows itself.
  static const auto instance = [] {
    auto made = spdlog::stderr_color_mt("rampart");
    made->set_pattern("%^%l%$: %v");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *instance;
}

// Of the same sink.
spdlog::logger& asked_logger() {
  static const auto instance = [] {
    auto made = logger().clone("rampart");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    case Level::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

}  // namespace

void set_level(Level level) { logger().set_level(to_spdlog(level)); }

bool set_level(std::string_view name) {
  if (name == "debug")
    set_level(Level::debug);
  else if (name == "info")
    set_level(Level::info);
  else if (name == "warn")
    set_level(Level::warn);
  else if (name == "error")
    set_level(Level::error);
  else if (name == "off")
    set_level(Level::off);
  else
    return false;
  return true;
}

void write(Level level, fmt::string_view format, fmt::format_args args) {
  const auto to = to_spdlog(level);
  if (logger().should_log(to)) logger().log(to, fmt::vformat(format, args));
}

void write_asked(Level level, fmt::string_view format, fmt::format_args args) {
  asked_logger().log(to_spdlog(level), fmt::vformat(format, args));
}

}  // namespace rampart::base::log
