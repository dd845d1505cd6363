#include "model/json_pointer.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace rampart::model {
namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 100;

}  // namespace

base::Status check_json_pointer(std::string_view pointer) {
  try {
    static_cast<void>(Json::json_pointer(std::string(pointer)));
    return {};
  } catch (const Json::exception&) {
    return base::fail(base::Errc::parse,
                      fmt::format("'{}' is no JSON pointer: write /name/0/name, where ~0 is ~ and "
                                  "~1 is /",
                                  pointer));
  }
}

std::optional<std::string> json_at(std::string_view text, std::string_view pointer) {
  try {
    bool deep = false;
    const auto shallow = [&deep](int depth, Json::parse_event_t, Json&) {
      deep |= depth > kDeepest;
      return !deep;
    };
    const auto document = Json::parse(text.begin(), text.end(), shallow, false);
    if (deep || document.is_discarded()) return std::nullopt;
    const Json::json_pointer place{std::string(pointer)};
    if (!document.contains(place)) return std::nullopt;
    const auto& value = document.at(place);
    if (value.is_null()) return std::nullopt;
    return value.is_string() ? value.get<std::string>() : value.dump();
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace rampart::model
