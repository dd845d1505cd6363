#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace rampart::loadgen {

// The cookies that one host gave to one flow, as a user agent keeps them (RFC 6265, 5.3 and 5.4).
// All requests go to that host, so Domain does not matter; HttpOnly and SameSite are about scripts
// and other sites. At most 50 cookies, of 4 KiB for name and value each: a larger one is ignored,
// one more replaces the oldest. Any bytes are safe: what holds control characters is no cookie. The
// memory of cookies that are gone is used again, and given back by clear() where it is much.
class CookieJar {
 public:
  static constexpr std::size_t kMost = 50;
  static constexpr std::size_t kLongest = 4096;
  static constexpr std::size_t kLongestPath = 1024;  // a longer attribute is ignored

  // secure: requests go over TLS, so that cookies marked as Secure are sent.
  explicit CookieJar(bool secure) : secure_(secure) {}

  void clear();
  [[nodiscard]] bool empty() const { return used_ == 0; }
  // The value of one Set-Cookie of the answer to a request for `target`, its path and query. One
  // that has expired already removes its namesake.
  void store(std::string_view set_cookie, std::string_view target, base::WallTime now);
  // "a=1; b=2": those that go with a request for `target`, the longest path first; nothing where
  // there is none.
  void append_to(std::string& out, std::string_view target, base::WallTime now) const;

 private:
  struct Cookie {
    std::string name;
    std::string value;
    std::string path;
    std::int64_t expires = 0;  // seconds since the Unix epoch
    std::uint64_t created = 0;
    bool secure = false;
  };
  struct Attributes;

  [[nodiscard]] std::size_t find(std::string_view name, std::string_view path) const;
  void remove(std::size_t at);
  void make_room(std::int64_t now);
  void add(std::string_view name, std::string_view value, const Attributes& attributes);

  const bool secure_;
  std::vector<Cookie> cookies_;  // the first used_, the longest path first, then the oldest
  std::size_t used_ = 0;
  std::uint64_t stored_ = 0;
};

}  // namespace rampart::loadgen
