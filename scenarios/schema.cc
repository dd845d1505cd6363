#include <fmt/core.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "scenarios/options.h"
#include "scenarios/scenario.h"

namespace rampart::scenarios {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kCount = "[0-9.]+[kKMG]?";
constexpr std::string_view kPercent = "[0-9.]+ *%";
constexpr std::string_view kDuration = "([0-9.]+ *(ns|us|ms|s|m|h) *)+";

Json pattern(const std::string& expression) {
  return {{"type", "string"}, {"pattern", "^" + expression + "$"}};
}

// A number where one may be written plainly, else text of the given form.
Json number_or(std::string_view number, const std::string& expression) {
  return {{"anyOf", {{{"type", number}}, pattern(expression)}}};
}

Json count_schema(const Option& option) {
  Json out = number_or("integer", std::string(kCount));
  auto& integer = out["anyOf"][0];
  integer["minimum"] = option.min.empty() ? 0 : *base::parse_count(option.min);
  if (!option.max.empty()) integer["maximum"] = *base::parse_count(option.max);
  return out;
}

Json choice_schema(const Option& option) {
  Json out{{"enum", Json::array()}};
  for (const auto word : words(option.choices)) {
    out["enum"].push_back(std::string(word));
    // YAML reads a plain 1.2 as a number.
    const auto number = Json::parse(word, nullptr, false);
    if (number.is_number()) out["enum"].push_back(number);
  }
  return out;
}

Json url_schema(const Option& option) {
  const auto schemes = words(option.schemes.empty() ? "http https tcp udp icmp" : option.schemes);
  return pattern(fmt::format("({})://.+", fmt::join(schemes, "|")));
}

Json scalar_schema(const Option& option) {
  switch (option.type) {
    case Type::choice: return choice_schema(option);
    case Type::boolean: return {{"type", "boolean"}};
    case Type::count: return count_schema(option);
    case Type::rate: return number_or("number", fmt::format("{} *(/ *[smh])?", kCount));
    case Type::bytes: return number_or("number", "[0-9.]+ *([kKMG]i?)?B?");
    case Type::byte_rate: return pattern("[0-9.]+ *([kKMG]i?)?B? */ *s");
    case Type::duration: return pattern(std::string(kDuration));
    case Type::percent: return pattern(std::string(kPercent));
    case Type::url: return url_schema(option);
    case Type::name: return pattern("[A-Za-z0-9._-]{1,64}");
    case Type::method: return pattern("[A-Z]{1,16}");
    case Type::request_path: return pattern("/[^ #]*");
    case Type::path_template: return pattern("/[^#]*");
    case Type::at_least: return pattern(fmt::format(">= *{}", kPercent));
    case Type::below_share: return pattern(fmt::format("< *{}", kPercent));
    case Type::below_duration: return pattern(fmt::format("< *{}", kDuration));
    case Type::stop_below: return pattern(fmt::format("< *{} +for +{}", kPercent, kDuration));
    case Type::stop_above: return pattern(fmt::format("> *{} +for +{}", kPercent, kDuration));
    // YAML reads a plain 8 or true as something else than text, and rampart takes both.
    case Type::text:
    case Type::header: return {{"type", {"string", "number", "boolean"}}};
    default: return {{"type", "string"}};
  }
}

class SchemaWriter {
 public:
  explicit SchemaWriter(const OptionTable& table) : table_(table) {}

  [[nodiscard]] Json map(std::string_view path) const {
    Json out{{"type", "object"}, {"properties", Json::object()}};
    Json required = Json::array();
    for (const Option* option : table_.children(path)) {
      if (option->planned) continue;
      const std::string key(option->key());
      out["properties"][key] = value(*option);
      if (option->required) required.push_back(key);
    }
    if (!required.empty()) out["required"] = std::move(required);
    out["additionalProperties"] = false;
    return out;
  }

 private:
  [[nodiscard]] Json value(const Option& option) const {
    Json out = shape(option);
    auto help = std::string(option.help);
    if (!option.fallback.empty()) help += fmt::format(" (default {})", option.fallback);
    out["description"] = help;
    return out;
  }

  [[nodiscard]] Json shape(const Option& option) const {
    if (option.type == Type::map) return map(option.path);
    if (option.type == Type::list)
      return {{"type", "array"}, {"items", map(std::string(option.path) + "[]")}};
    if (option.type == Type::named) {
      Json out{{"type", "object"}};
      if (option.key() == "latency") out["propertyNames"] = {{"pattern", "^p[0-9]+([.][0-9]+)?$"}};
      out["additionalProperties"] = value(*table_.any_child(option.path));
      return out;
    }
    Json one = scalar_schema(option);
    if (option.or_map) return {{"anyOf", {one, map(option.path)}}};
    if (option.many)
      return {{"anyOf", {one, {{"type", "array"}, {"minItems", 1}, {"items", one}}}}};
    return one;
  }

  const OptionTable& table_;
};

}  // namespace

std::string json_schema() {
  Json out{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
           {"title", "rampart scenario"}};
  out.update(SchemaWriter(scenario_options()).map(""));
  return out.dump(2) + "\n";
}

}  // namespace rampart::scenarios
