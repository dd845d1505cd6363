#include "scenarios/blackbox/field_value.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/ip_address.h"
#include "base/spelling.h"
#include "scenarios/options.h"

namespace rampart::scenarios::blackbox {
namespace {

using base::Errc;
using base::fail;

constexpr double kTooLarge = 9223372036854775808.0;  // 2^63

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

struct Unit {
  std::string_view name;
  double factor;
};

// The sum of numbers with a unit each, such as 1h30m: nothing where it is none.
std::optional<double> parse_sum(std::string_view text, std::span<const Unit> units) {
  double sum = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto number = text.substr(0, end);
    text.remove_prefix(end);
    const auto name = text.substr(0, std::min(text.find_first_of("0123456789."), text.size()));
    text.remove_prefix(name.size());
    const auto unit = std::find_if(units.begin(), units.end(),
                                   [&](const Unit& known) { return known.name == name; });
    double value = 0;
    const auto* last = number.data() + number.size();
    const auto [stop, error] =
        std::from_chars(number.data(), last, value, std::chars_format::fixed);
    if (unit == units.end() || error != std::errc{} || stop != last) return std::nullopt;
    sum += value * unit->factor;
  }
  return sum;
}

base::Status check_choice(const Field& field, std::string_view text) {
  if (text.empty()) return {};  // the default
  const auto known = words(field.choices);
  if (std::find(known.begin(), known.end(), text) != known.end()) return {};
  std::string list;
  for (const auto word : known) list += fmt::format("{}{}", list.empty() ? "" : ", ", word);
  const auto refused = words(field.refused_choices);
  if (std::find(refused.begin(), refused.end(), text) != refused.end())
    return fail(Errc::config, fmt::format("'{}' is not supported: use {}", text, list));
  const auto near = base::nearest(text, known);
  if (near.empty())
    return fail(Errc::parse, fmt::format("unknown word '{}': known are {}", text, list));
  return fail(Errc::parse, fmt::format("unknown word '{}': did you mean '{}'?", text, near));
}

base::Status check_integer(const Field& field, const Node& node) {
  if (node.quoted)
    return fail(Errc::parse, fmt::format("\"{}\" is a text: a number has no quotes", node.value));
  RAMPART_TRY(const std::int64_t value, parse_integer(node.value));
  if (value < field.min || value > field.max)
    return fail(Errc::parse,
                fmt::format("{} is out of range: {} to {}", node.value, field.min, field.max));
  return {};
}

base::Status check_boolean(const Node& node) {
  const bool word = !node.quoted || (lower(node.value) != "true" && lower(node.value) != "false");
  if (word && parse_boolean(node.value)) return {};
  if (node.quoted)
    return fail(Errc::parse,
                fmt::format("\"{}\" is a text: write true or false without quotes", node.value));
  return fail(Errc::parse, fmt::format("'{}' is neither true nor false", node.value));
}

base::Status check_line(std::string_view text, std::string_view what) {
  if (std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\t'; }))
    return {};
  return fail(Errc::parse, fmt::format("{} is one line without control characters", what));
}

// For messages, which quote no password, wherever it stands in what is no URL.
std::string shown_url(std::string_view text) {
  return text.find('@') == text.npos ? fmt::format("'{}'", text) : "this URL";
}

base::Status check_host(std::string_view authority, std::string_view text) {
  const auto at = authority.rfind('@');
  if (at != authority.npos) authority.remove_prefix(at + 1);
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == authority.npos || !base::IpAddress::parse(authority.substr(1, close - 1)))
      return fail(Errc::parse, fmt::format("{}: what stands in [] is no address", shown_url(text)));
    port = authority.substr(close + 1);
  } else {
    const auto colon = authority.find(':');
    if (colon == 0 || authority.empty())
      return fail(Errc::parse, fmt::format("{} has no host", shown_url(text)));
    if (colon != authority.npos) port = authority.substr(colon);
  }
  if (port.empty()) return {};
  unsigned value = 0;
  const auto* last = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data() + 1, last, value);
  if (port.front() != ':' || error != std::errc{} || stop != last || value == 0 || value > 65535)
    return fail(Errc::parse, fmt::format("{}: the port is 1 to 65535", shown_url(text)));
  return {};
}

// From after "://" up to the path.
std::pair<std::size_t, std::size_t> authority_of(std::string_view url) {
  const auto mark = url.find("://");
  if (mark == url.npos) return {url.size(), url.size()};
  return {mark + 3, std::min(url.find_first_of("/?#", mark + 3), url.size())};
}

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) {
  for (const auto* word : {"true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"})
    if (text == word) return true;
  for (const auto* word :
       {"false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF"})
    if (text == word) return false;
  return std::nullopt;
}

base::Result<std::int64_t> parse_integer(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return c != '_'; });
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.erase(0, 1);
  int radix = 10;
  const auto prefix = lower(digits.substr(0, 2));
  if (prefix == "0x") radix = 16;
  if (prefix == "0o") radix = 8;
  if (prefix == "0b") radix = 2;
  if (radix != 10)
    digits.erase(0, 2);
  else if (digits.size() > 1 && digits.front() == '0')
    radix = 8;
  std::int64_t value = 0;
  const auto* last = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), last, value, radix);
  if (error != std::errc{} || stop != last || value < 0)
    return fail(Errc::parse, fmt::format("'{}' is not a whole number", text));
  return negative ? -value : value;
}

base::Result<base::Nanos> parse_timeout(std::string_view text) {
  constexpr double kSecond = 1e9;
  constexpr double kDay = 24 * 3600 * kSecond;
  static constexpr Unit kUnits[] = {
      {"ns", 1},   {"us", 1e3},     {"\u00B5s", 1e3},    {"\u03BCs", 1e3},
      {"ms", 1e6}, {"s", kSecond},  {"m", 60 * kSecond}, {"h", 3600 * kSecond},
      {"d", kDay}, {"w", 7 * kDay}, {"y", 365 * kDay},
  };
  const auto bare = text.substr(text.starts_with('+') ? 1 : 0);
  if (bare == "0") return base::Nanos(0);
  if (text.starts_with('-')) return fail(Errc::parse, "a timeout is not negative");
  const auto sum = parse_sum(bare, kUnits);
  if (!sum)
    return fail(Errc::parse, fmt::format("'{}' is not a duration such as 5s or 1m30s", text));
  if (*sum >= kTooLarge) return fail(Errc::parse, fmt::format("{} is too long", text));
  return base::Nanos(std::llround(*sum));
}

base::Result<std::uint64_t> parse_size(std::string_view text) {
  static constexpr Unit kUnits[] = {
      {"B", 1},        {"KB", 0x1p10},  {"KiB", 0x1p10}, {"MB", 0x1p20},  {"MiB", 0x1p20},
      {"GB", 0x1p30},  {"GiB", 0x1p30}, {"TB", 0x1p40},  {"TiB", 0x1p40}, {"PB", 0x1p50},
      {"PiB", 0x1p50}, {"EB", 0x1p60},  {"EiB", 0x1p60},
  };
  const auto bare = text.substr(text.starts_with('+') || text.starts_with('-') ? 1 : 0);
  if (bare == "0") return 0;
  const auto sum = parse_sum(bare, kUnits);
  if (!sum) return fail(Errc::parse, fmt::format("'{}' is not a size such as 10MB or 512KB", text));
  if (text.starts_with('-')) return fail(Errc::parse, "a size is not negative");
  if (*sum >= kTooLarge) return fail(Errc::parse, fmt::format("{} is too large", text));
  return static_cast<std::uint64_t>(*sum);
}

base::Status check_url(std::string_view text, std::string_view schemes) {
  if (text.empty()) return {};
  if (std::any_of(text.begin(), text.end(), [](char c) { return is_control(c) || c == ' '; }))
    return fail(Errc::parse, "blanks and control characters are percent-encoded in a URL");
  for (std::size_t i = text.find('%'); i != text.npos; i = text.find('%', i + 1))
    if (i + 2 >= text.size() || std::isxdigit(static_cast<unsigned char>(text[i + 1])) == 0 ||
        std::isxdigit(static_cast<unsigned char>(text[i + 2])) == 0)
      return fail(Errc::parse,
                  fmt::format("{}: two hexadecimal digits follow a '%'", shown_url(text)));
  const auto known = words(schemes);
  const auto scheme = lower(text.substr(0, text.find("://")));
  const auto [begin, end] = authority_of(text);
  if (std::find(known.begin(), known.end(), scheme) == known.end() || text.find("://") == text.npos)
    return fail(Errc::parse, fmt::format("{} is not one such as {}://host:8080", shown_url(text),
                                         known.front()));
  return check_host(text.substr(begin, end - begin), text);
}

std::string masked_url(std::string_view text) {
  const auto [begin, end] = authority_of(text);
  const auto authority = text.substr(begin, end - begin);
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  if (at == authority.npos || colon == authority.npos || colon > at) return std::string(text);
  return fmt::format("{}:xxxxx{}", text.substr(0, begin + colon), text.substr(begin + at));
}

bool accepts_encoding(std::string_view header, std::string_view compression) {
  if (header.empty() || compression.empty()) return true;
  double best = -1;  // of the coding and of "*"; the first of equals
  for (bool more = true; more;) {
    const auto comma = header.find(',');
    more = comma != header.npos;
    const auto part = header.substr(0, comma);
    if (more) header.remove_prefix(comma + 1);
    const auto semicolon = part.rfind(';');
    const auto coding = trim(part.substr(0, semicolon));
    if (coding != compression && coding != "*") continue;
    double quality = 1;
    if (semicolon != part.npos) {
      auto number = trim(part.substr(semicolon + 1));
      if (number.starts_with("q=")) number.remove_prefix(2);
      const auto* last = number.data() + number.size();
      const auto [stop, error] = std::from_chars(number.data(), last, quality);
      if (error != std::errc{} || stop != last) quality = 0;
      quality = std::round(quality * 1000) / 1000;
    }
    best = std::max(best, quality);
  }
  return best > 0;
}

bool is_credential(std::string_view name) {
  const auto word = lower(name);
  for (const auto* part : {"authorization", "cookie", "token", "secret", "password", "passwd",
                           "api-key", "apikey", "api_key", "assertion", "credential"})
    if (word.find(part) != word.npos) return true;
  return false;
}

base::Status check_value(const Field& field, const Node& node) {
  const auto status = [](const auto& result) -> base::Status {
    if (!result) return fail(base::Error(result.error()));
    return {};
  };
  const auto& text = node.value;
  switch (field.kind) {
    case Kind::text:
    case Kind::parameter:
    case Kind::pattern: return {};
    case Kind::secret: return check_line(text, "a secret");
    case Kind::header: return check_line(text, "a header's value");
    case Kind::file: return check_line(text, "a path");
    case Kind::boolean: return check_boolean(node);
    case Kind::integer: return check_integer(field, node);
    case Kind::size: return status(parse_size(text));
    case Kind::duration:
      if (!node.quoted && std::all_of(text.begin(), text.end(), is_digit))
        return fail(Errc::parse,
                    fmt::format("{} has no unit: write {}s or {}ms", text, text, text));
      return status(parse_timeout(text));
    case Kind::proxy: return check_url(text, "http https socks5");
    case Kind::url: return check_url(text, "http https");
    case Kind::choice: return check_choice(field, text);
    case Kind::address:
      if (text.empty() || base::IpAddress::parse(text)) return {};
      return fail(Errc::parse, fmt::format("'{}' is not an IP address", text));
  }
  return fail(Errc::internal, "a field without a kind");
}

}  // namespace rampart::scenarios::blackbox
