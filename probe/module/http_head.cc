#include "probe/module/http_head.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <optional>

namespace rampart::probe {
namespace {

constexpr unsigned kMostInformational = 5;

tl::unexpected<base::Error> bad(std::string_view what) {
  return base::fail(base::Errc::parse, fmt::format("not an HTTP answer: {}", what));
}

bool digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// "HTTP/1.1"; of HTTP/2 libcurl writes "HTTP/2".
std::optional<std::string> protocol_of(std::string_view word) {
  constexpr std::string_view kName = "HTTP/";
  if (!word.starts_with(kName)) return std::nullopt;
  const auto number = word.substr(kName.size());
  if (number.size() == 1 && digit(number[0])) return std::string(word) + ".0";
  if (number.size() != 3 || !digit(number[0]) || number[1] != '.' || !digit(number[2]))
    return std::nullopt;
  return std::string(word);
}

}  // namespace

bool is_redirect(int status) {
  constexpr std::array kRedirects{301, 302, 303, 307, 308};
  return std::find(kRedirects.begin(), kRedirects.end(), status) != kRedirects.end();
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7F; });
}

bool same_field_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::vector<std::string> HttpHead::values(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [own, value] : fields)
    if (same_field_name(own, name)) out.push_back(value);
  return out;
}

std::string HttpHead::value(std::string_view name) const {
  for (const auto& [own, value] : fields)
    if (same_field_name(own, name)) return value;
  return {};
}

double HttpHead::version() const {
  constexpr std::size_t kMajor = 5, kMinor = 7;  // "HTTP/1.1"
  if (protocol.size() <= kMinor) return 0;
  return (protocol[kMajor] - '0') + (protocol[kMinor] - '0') / 10.0;
}

base::Status HeadReader::take(std::string_view line) {
  if (whole_) return {};
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!begun_) return status_line(line);
  return line.empty() ? end() : field(line);
}

base::Status HeadReader::status_line(std::string_view line) {
  const auto space = line.find(' ');
  const auto protocol = protocol_of(line.substr(0, space));
  if (!protocol || space == std::string_view::npos) return bad("its first line has no status");
  const auto rest = line.substr(std::min(line.find_first_not_of(' ', space), line.size()));
  const auto status = rest.substr(0, rest.find(' '));
  if (status.size() != 3 || !std::all_of(status.begin(), status.end(), digit))
    return bad("its status is not a number of three digits");
  head_ = {};
  head_.protocol = *protocol;
  std::from_chars(status.data(), status.data() + status.size(), head_.status);
  begun_ = true;
  return {};
}

base::Status HeadReader::field(std::string_view line) {
  if (line[0] == ' ' || line[0] == '\t') {  // goes on with the line before
    if (head_.fields.empty()) return bad("its first field begins with a space");
    head_.fields.back().second.append(" ").append(trimmed(line));
    return {};
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return bad("a field without a colon");
  head_.fields.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  return {};
}

base::Status HeadReader::end() {
  constexpr int kSwitching = 101;
  if (head_.status / 100 == 1 && head_.status != kSwitching) {
    if (++informational_ > kMostInformational) return bad("informational answers without end");
    begun_ = false;
    return {};
  }
  RAMPART_CHECK(find_length());
  whole_ = true;
  return {};
}

base::Status HeadReader::find_length() {
  const auto codings = head_.values("Transfer-Encoding");
  if (codings.size() > 1 || (!codings.empty() && !same_field_name(codings[0], "chunked")))
    return bad("a transfer encoding other than chunked");
  const auto lengths = head_.values("Content-Length");
  for (const auto& other : lengths)
    if (other != lengths[0]) return bad("two lengths that differ");
  if (!of_head_ && (head_.status == 204 || head_.status == 304)) {
    head_.content_length = 0;
    return {};
  }
  if (!codings.empty() || lengths.empty() || lengths[0].empty()) return {};
  const auto& text = lengths[0];
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!digit(text[0]) || error != std::errc() || stop != text.data() + text.size())
    return bad("its length is no number");
  head_.content_length = value;
  return {};
}

}  // namespace rampart::probe
