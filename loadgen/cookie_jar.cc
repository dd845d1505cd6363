#include "loadgen/cookie_jar.h"

#include <strings.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "base/reuse.h"
#include "loadgen/cookie_date.h"

namespace rampart::loadgen {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t in_seconds(base::WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool holds_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

bool equal(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && strncasecmp(text.data(), lower.data(), lower.size()) == 0;
}

// What stands before `mark`; the rest after it.
std::string_view take_until(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  const auto out = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return out;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

// RFC 6265, 5.1.4.
std::string_view default_path(std::string_view target) {
  const auto path = path_of(target);
  if (!path.starts_with('/')) return "/";
  const auto last = path.rfind('/');
  return last == 0 ? "/" : path.substr(0, last);
}

bool path_matches(std::string_view path, std::string_view cookies) {
  return path.starts_with(cookies) &&
         (path.size() == cookies.size() || cookies.ends_with('/') || path[cookies.size()] == '/');
}

// When a cookie of that Max-Age expires; nullopt where it is no number (RFC 6265, 5.2.2).
std::optional<std::int64_t> expiry_of_age(std::string_view age, std::int64_t now) {
  const bool negative = age.starts_with('-');
  if (negative) age.remove_prefix(1);
  constexpr std::int64_t kForever = std::int64_t{1} << 40;
  std::int64_t seconds = 0;
  for (const char c : age) {
    if (c < '0' || c > '9') return std::nullopt;
    seconds = std::min(seconds * 10 + (c - '0'), kForever);
  }
  if (age.empty()) return std::nullopt;
  return negative || seconds == 0 ? 0 : now + seconds;
}

}  // namespace

struct CookieJar::Attributes {
  std::string_view path;
  std::int64_t expires = kNever;
  bool secure = false;

  // RFC 6265, 5.2: Max-Age goes before Expires; of several the last one counts.
  Attributes(std::string_view text, std::string_view target, std::int64_t now)
      : path(default_path(target)) {
    std::optional<std::int64_t> date;
    std::optional<std::int64_t> age;
    while (!text.empty()) {
      auto value = take_until(text, ';');
      const auto name = trimmed(take_until(value, '='));
      value = trimmed(value);
      if (equal(name, "path")) {
        const bool usable = value.starts_with('/') && value.size() <= kLongestPath;
        path = usable ? value : default_path(target);
      } else if (equal(name, "expires")) {
        if (const auto at = parse_cookie_date(value)) date = at;
      } else if (equal(name, "max-age")) {
        if (const auto at = expiry_of_age(value, now)) age = at;
      } else if (equal(name, "secure")) {
        secure = true;
      }
    }
    expires = age.value_or(date.value_or(kNever));
  }
};

void CookieJar::clear() {
  used_ = 0;
  std::size_t kept = 0;
  for (const auto& cookie : cookies_)
    kept +=
        sizeof cookie + cookie.name.capacity() + cookie.value.capacity() + cookie.path.capacity();
  if (kept > base::kMostKept) std::vector<Cookie>().swap(cookies_);
}

void CookieJar::store(std::string_view set_cookie, std::string_view target, base::WallTime now) {
  if (holds_control(set_cookie)) return;
  auto pair = take_until(set_cookie, ';');
  if (pair.find('=') == std::string_view::npos) return;
  const auto name = trimmed(take_until(pair, '='));
  const auto value = trimmed(pair);
  if (name.empty() || name.size() + value.size() > kLongest) return;
  const auto seconds = in_seconds(now);
  const Attributes attributes(set_cookie, target, seconds);
  if (attributes.path.size() > kLongestPath) return;
  const auto old = find(name, attributes.path);
  if (attributes.expires <= seconds) {
    if (old < used_) remove(old);
  } else if (old < used_) {
    cookies_[old].value = value;
    cookies_[old].expires = attributes.expires;
    cookies_[old].secure = attributes.secure;
  } else {
    if (used_ == kMost) make_room(seconds);
    add(name, value, attributes);
  }
}

void CookieJar::append_to(std::string& out, std::string_view target, base::WallTime now) const {
  const auto path = path_of(target);
  const auto seconds = in_seconds(now);
  bool first = true;
  for (std::size_t i = 0; i < used_; ++i) {
    const auto& cookie = cookies_[i];
    if (cookie.expires <= seconds || (cookie.secure && !secure_)) continue;
    if (!path_matches(path, cookie.path)) continue;
    if (!first) out += "; ";
    out.append(cookie.name).append("=").append(cookie.value);
    first = false;
  }
}

std::size_t CookieJar::find(std::string_view name, std::string_view path) const {
  std::size_t i = 0;
  while (i < used_ && (cookies_[i].name != name || cookies_[i].path != path)) ++i;
  return i;
}

// Its memory waits behind those in use.
void CookieJar::remove(std::size_t at) {
  const auto first = cookies_.begin() + static_cast<std::ptrdiff_t>(at);
  std::rotate(first, first + 1, cookies_.begin() + static_cast<std::ptrdiff_t>(used_));
  --used_;
}

void CookieJar::make_room(std::int64_t now) {
  const auto end = cookies_.begin() + static_cast<std::ptrdiff_t>(used_);
  auto worst = std::find_if(cookies_.begin(), end,
                            [now](const Cookie& cookie) { return cookie.expires <= now; });
  if (worst == end)
    worst = std::min_element(cookies_.begin(), end, [](const Cookie& a, const Cookie& b) {
      return a.created < b.created;
    });
  remove(static_cast<std::size_t>(worst - cookies_.begin()));
}

void CookieJar::add(std::string_view name, std::string_view value, const Attributes& attributes) {
  if (used_ == cookies_.size()) cookies_.emplace_back();
  auto& cookie = cookies_[used_];
  cookie.name = name;
  cookie.value = value;
  cookie.path = attributes.path;
  cookie.expires = attributes.expires;
  cookie.secure = attributes.secure;
  cookie.created = stored_++;
  std::size_t place = 0;
  while (place < used_ && cookies_[place].path.size() >= cookie.path.size()) ++place;
  const auto end = cookies_.begin() + static_cast<std::ptrdiff_t>(++used_);
  std::rotate(cookies_.begin() + static_cast<std::ptrdiff_t>(place), end - 1, end);
}

}  // namespace rampart::loadgen
