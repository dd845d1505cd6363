#include "scenarios/values.h"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/spelling.h"
#include "model/plan.h"
#include "scenarios/network_name.h"

namespace rampart::scenarios {
namespace {

using base::Errc;
using base::fail;

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// What follows `sign` ("<", ">="), which must not be part of a longer sign.
base::Result<std::string_view> after_sign(std::string_view text, std::string_view sign,
                                          std::string_view example) {
  auto rest = trim(text);
  if (!rest.starts_with(sign) || rest.substr(sign.size()).starts_with('='))
    return fail(Errc::parse, fmt::format("'{}' is not of the form '{}'", text, example));
  rest.remove_prefix(sign.size());
  return trim(rest);
}

base::Result<StopCondition> parse_stop(std::string_view text, std::string_view sign,
                                       std::string_view example) {
  RAMPART_TRY(const std::string_view rest, after_sign(text, sign, example));
  const auto mark = rest.find(" for ");
  if (mark == std::string_view::npos)
    return fail(Errc::parse,
                fmt::format("'{}' does not say for how long, as in '{}'", text, example));
  StopCondition out;
  RAMPART_TRY(out.limit, base::parse_percent(rest.substr(0, mark)));
  RAMPART_TRY(out.over, base::parse_duration(rest.substr(mark + 5)));
  if (out.over < std::chrono::seconds(1))
    return fail(Errc::parse, fmt::format("'{}' must hold for 1s or longer: less is noise", text));
  return out;
}

base::Status check_range(const Option& option, std::string_view text) {
  const auto magnitude = [&](std::string_view word) -> base::Result<double> {
    if (option.type == Type::duration) {
      RAMPART_TRY(const base::Nanos value, base::parse_duration(word));
      return base::seconds(value);
    }
    if (option.type == Type::rate) {
      RAMPART_TRY(const base::Rps value, base::parse_rate(word));
      return value.per_second;
    }
    if (option.type == Type::bytes) {
      RAMPART_TRY(const std::uint64_t value, base::parse_bytes(word));
      return static_cast<double>(value);
    }
    if (option.type == Type::byte_rate) {
      RAMPART_TRY(const std::uint64_t value, base::parse_byte_rate(word));
      return static_cast<double>(value);
    }
    if (option.type == Type::percent) {
      RAMPART_TRY(const base::Ratio value, base::parse_percent(word));
      return value.value;
    }
    RAMPART_TRY(const std::uint64_t value, base::parse_count(word));
    return static_cast<double>(value);
  };
  RAMPART_TRY(const double value, magnitude(text));
  const bool low = !option.min.empty() && value < *magnitude(option.min);
  const bool high = !option.max.empty() && value > *magnitude(option.max);
  if (!low && !high) return {};
  if (option.max.empty())
    return fail(Errc::parse, fmt::format("{} is too little: {} or more", text, option.min));
  if (option.min.empty())
    return fail(Errc::parse, fmt::format("{} is too much: {} at most", text, option.max));
  return fail(Errc::parse,
              fmt::format("{} is out of range: {} to {}", text, option.min, option.max));
}

base::Status check_choice(const Option& option, std::string_view text) {
  const auto known = words(option.choices);
  const auto planned = words(option.planned_choices);
  if (std::find(known.begin(), known.end(), text) != known.end()) return {};
  std::string list;
  for (const auto word : known) list += fmt::format("{}{}", list.empty() ? "" : ", ", word);
  if (std::find(planned.begin(), planned.end(), text) != planned.end())
    return fail(Errc::config, fmt::format("'{}' is not supported yet: use {}", text, list));
  const auto near = base::nearest(text, known);
  if (!near.empty())
    return fail(Errc::parse, fmt::format("unknown word '{}': did you mean '{}'?", text, near));
  return fail(Errc::parse, fmt::format("unknown word '{}': known are {}", text, list));
}

// Without the text, in which a password may stand.
base::Status check_url(const Option& option, std::string_view text) {
  if (!option.schemes.empty()) {
    const auto schemes = words(option.schemes);
    const auto scheme = text.substr(0, text.find("://"));
    if (std::find(schemes.begin(), schemes.end(), scheme) == schemes.end())
      return fail(Errc::parse,
                  fmt::format("the URL must start with {}://", fmt::join(schemes, ":// or ")));
  }
  if (auto url = model::parse_url(text); !url) return fail(std::move(url).error());
  return {};
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
bool is_name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
}

base::Status check_text(const Option& option, std::string_view text) {
  // The one text of several lines; that which an answer is compared with is one line.
  const bool body = option.key() == "body" && !option.path.ends_with("expect.body");
  if (!body && text.empty()) return fail(Errc::parse, "the text is empty");
  if (!body && text.size() > 1024) return fail(Errc::parse, "longer than 1024 bytes");
  if (!body && std::any_of(text.begin(), text.end(), is_control))
    return fail(Errc::parse, "line breaks and control characters are not allowed here");
  return {};
}

base::Status check_name(std::string_view text) {
  if (!text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_name_char))
    return {};
  return fail(Errc::parse,
              fmt::format("'{}' is not a name: 1 to 64 letters, digits, '.', '_' or '-'", text));
}

base::Status check_request_path(std::string_view text) {
  const auto printable = [](char c) { return c > ' ' && c != 0x7F; };
  if (!text.starts_with('/'))
    return fail(Errc::parse, fmt::format("'{}' must begin with '/'", text));
  if (!std::all_of(text.begin(), text.end(), printable) || text.find('#') != std::string::npos)
    return fail(Errc::parse,
                fmt::format("'{}': percent-encode blanks, '#' and bytes beyond ASCII", text));
  return {};
}

// What stands in braces is a name, for which the compile step looks.
base::Status check_path_template(std::string_view text) {
  if (text.starts_with("{{")) return check_request_path(text);  // says what stands there
  std::string path;
  for (auto rest = text; !rest.empty();) {
    const auto open = rest.find("{{");
    const auto close = open == rest.npos ? rest.npos : rest.find("}}", open);
    path += rest.substr(0, close == rest.npos ? rest.npos : open);
    rest.remove_prefix(close == rest.npos ? rest.size() : close + 2);
  }
  return check_request_path(path);
}

}  // namespace

base::Status check_method(std::string_view text) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (text.empty() || text.size() > 16 || !std::all_of(text.begin(), text.end(), upper))
    return fail(Errc::parse, fmt::format("'{}' is not an HTTP method such as GET or POST", text));
  // CONNECT turns the connection into a tunnel, which is no request any more.
  if (text == "CONNECT") return fail(Errc::parse, "CONNECT is not for load");
  return {};
}

bool is_label_name(std::string_view text) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0 &&
         std::all_of(text.begin(), text.end(), fits);
}

bool is_header_name(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || kMarks.find(c) != kMarks.npos;
  });
}

base::Status check_header_name(std::string_view text) {
  // Framing, and the marks by which an owner can tell rampart's requests.
  constexpr std::string_view kOwn[] = {"connection", "content-length", "user-agent", "upgrade",
                                       "transfer-encoding"};
  if (!is_header_name(text))
    return fail(Errc::parse, fmt::format("'{}' is not a header's name", text));
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower.starts_with("x-rampart-") ||
      std::find(std::begin(kOwn), std::end(kOwn), lower) != std::end(kOwn))
    return fail(Errc::config, fmt::format("'{}' is written by rampart itself", text));
  return {};
}

base::Result<bool> parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return fail(Errc::parse, fmt::format("'{}' is neither true nor false", text));
}

base::Result<base::Ratio> parse_at_least(std::string_view text) {
  RAMPART_TRY(const std::string_view rest, after_sign(text, ">=", ">= 98%"));
  return base::parse_percent(rest);
}

base::Result<base::Ratio> parse_below_share(std::string_view text) {
  RAMPART_TRY(const std::string_view rest, after_sign(text, "<", "< 0.1%"));
  RAMPART_TRY(const base::Ratio limit, base::parse_percent(rest));
  if (limit.value <= 0) return fail(Errc::parse, "nothing can be below 0%");
  return limit;
}

base::Result<base::Nanos> parse_below_duration(std::string_view text) {
  RAMPART_TRY(const std::string_view rest, after_sign(text, "<", "< 250ms"));
  RAMPART_TRY(const base::Nanos limit, base::parse_duration(rest));
  if (limit <= base::Nanos(0)) return fail(Errc::parse, "no answer takes less than no time");
  return limit;
}

std::optional<double> percentile_of(std::string_view key) {
  double value = 0;
  if (!key.starts_with('p')) return std::nullopt;
  key.remove_prefix(1);
  const auto [end, error] =
      std::from_chars(key.data(), key.data() + key.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != key.data() + key.size() || !(value > 0) || value > 100)
    return std::nullopt;
  return value;
}

base::Result<StopCondition> parse_stop_below(std::string_view text) {
  return parse_stop(text, "<", "< 50% for 10s");
}

base::Result<StopCondition> parse_stop_above(std::string_view text) {
  return parse_stop(text, ">", "> 20% for 5s");
}

base::Status check_value(const Option& option, std::string_view text) {
  const auto status = [](const auto& result) -> base::Status {
    if (!result) return fail(base::Error(result.error()));
    return {};
  };
  switch (option.type) {
    case Type::boolean: return status(parse_boolean(text));
    case Type::count:
    case Type::rate:
    case Type::bytes:
    case Type::byte_rate:
    case Type::duration:
    case Type::percent: return check_range(option, text);
    case Type::url: return check_url(option, text);
    case Type::at_least: return status(parse_at_least(text));
    case Type::below_share: return status(parse_below_share(text));
    case Type::below_duration: return status(parse_below_duration(text));
    case Type::stop_below: return status(parse_stop_below(text));
    case Type::stop_above: return status(parse_stop_above(text));
    case Type::instant: return status(parse_instant(text, false));
    case Type::network: return status(NetworkName::parse(text));
    case Type::choice: return check_choice(option, text);
    case Type::name: return check_name(text);
    case Type::method: return check_method(text);
    case Type::request_path: return check_request_path(text);
    case Type::path_template: return check_path_template(text);
    case Type::header:
      if (std::any_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\t'; }))
        return fail(Errc::parse, "a header's value is one line");
      return {};
    case Type::text:
    case Type::file:
    case Type::glob:
    case Type::reference: return check_text(option, text);
    case Type::map:
    case Type::named:
    case Type::list: break;
  }
  return fail(Errc::internal, "a map or list has no single value");
}

}  // namespace rampart::scenarios
