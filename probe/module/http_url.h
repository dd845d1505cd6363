#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rampart::probe {

// An absolute URL, read and written as Go's net/url does, whose exporter is followed: escapes that
// are not needed stay, bytes that need one get it, a bad escape in the path is an error.
struct HttpUrl {
  struct User {
    std::string name;  // without escapes
    std::string password;
  };
  std::string scheme;  // in small letters
  std::optional<User> user;
  std::string host;   // without brackets and zone
  std::string zone;   // of an IPv6 address (RFC 6874), which is nobody else's business; empty: none
  std::string port;   // as written; empty: none
  std::string path;   // escaped; empty or with a slash in front
  std::string query;  // as written, spaces escaped; with its question mark, else empty

  // Errc::parse says what is wrong. Any bytes are safe.
  static base::Result<HttpUrl> parse(std::string_view text);
  // The URL that `reference` means on a page of this one (RFC 3986, section 5.2). What has a scheme
  // of its own may lack a host.
  [[nodiscard]] base::Result<HttpUrl> resolve(std::string_view reference) const;

  [[nodiscard]] bool tls() const { return scheme == "https"; }
  // Of the scheme where none is written; empty where it is none of 1 to 65535, or of an unknown
  // scheme.
  [[nodiscard]] std::optional<std::uint16_t> port_number() const;
  // With the zone, as AddressChoice takes it.
  [[nodiscard]] std::string zoned_host() const { return zone.empty() ? host : host + '%' + zone; }
  // host[:port] as written, IPv6 in brackets, without a zone.
  [[nodiscard]] std::string authority() const;
  // Without the user and the zone; what a request line has behind a proxy.
  [[nodiscard]] std::string text() const;
  // What a request line has: "/path?query".
  [[nodiscard]] std::string target() const { return (path.empty() ? "/" : path) + query; }
};

// In brackets where it has a colon, as IPv6 addresses do.
std::string bracketed(const std::string& host);

// Whether the reference names a scheme, so that it is a URL of its own.
bool has_scheme(std::string_view reference);

// 0 to 15, or -1 where it is none.
int hex_digit(char c);

}  // namespace rampart::probe
