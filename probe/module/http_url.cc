#include "probe/module/http_url.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

namespace rampart::probe {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

namespace {

tl::unexpected<base::Error> bad(std::string_view what) {
  return base::fail(base::Errc::parse, fmt::format("not a URL: {}", what));
}

bool letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool among(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

base::Result<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return bad("an escape that is none");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (letter_or_digit(c) || among(c, "-_.~$&+,/:;=@"))
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

// As it stands where that is allowed, else written anew.
base::Result<std::string> clean_path(std::string_view path) {
  RAMPART_TRY(const auto plain, unescaped(path));
  const bool allowed = std::all_of(path.begin(), path.end(), [](char c) {
    return letter_or_digit(c) || among(c, "-_.~/!$&'()*+,;=:@[]%");
  });
  return allowed ? std::string(path) : escaped(plain);
}

// Behind the scheme's colon; 0: there is none.
std::size_t scheme_size(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ':') return i;
    const bool first = i == 0;
    if (letter_or_digit(c) && !(first && c >= '0' && c <= '9')) continue;
    if (first || !among(c, "+-.")) return 0;
  }
  return 0;
}

base::Status read_host(HttpUrl& url, std::string_view text) {
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.rfind(']');
    if (end == std::string_view::npos) return bad("a bracket that does not end");
    const auto inside = text.substr(1, end - 1);
    const auto mark = inside.find("%25");
    url.host = inside.substr(0, mark);
    if (mark != std::string_view::npos) {
      RAMPART_TRY(url.zone, unescaped(inside.substr(mark + 3)));
    }
    if (!std::all_of(url.host.begin(), url.host.end(),
                     [](char c) { return hex_digit(c) >= 0 || among(c, ":."); }))
      return bad("brackets around what is no IPv6 address");
    rest = text.substr(end + 1);
  } else {
    const auto colon = text.rfind(':');
    const auto host = text.substr(0, colon);
    for (std::size_t i = 0; i + 1 < host.size(); ++i)
      if (host[i] == '%' && hex_digit(host[i + 1]) < 8)  // only what is no ASCII may be escaped
        return bad("an escape in a host name");
    RAMPART_TRY(url.host, unescaped(host));
    if (colon != std::string_view::npos) rest = text.substr(colon);
    if (std::any_of(url.host.begin(), url.host.end(), [](char c) {
          return static_cast<unsigned char>(c) <= ' ' || c == 0x7F ||
                 among(c, "\"<>[]/\\^`{|}@:#?");
        }))
      return bad("a host name with a byte that none has");
  }
  if (rest.empty()) return {};
  url.port = rest.substr(1);
  if (rest[0] != ':' ||
      !std::all_of(url.port.begin(), url.port.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return bad("a port that is no number");
  return {};
}

base::Status read_authority(HttpUrl& url, std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return read_host(url, text);
  const auto user = text.substr(0, at);
  if (!std::all_of(user.begin(), user.end(),
                   [](char c) { return letter_or_digit(c) || among(c, "-._:~!$&'()*+,;=%@"); }))
    return bad("a user or password with a byte that must be escaped");
  const auto colon = user.find(':');
  HttpUrl::User out;
  RAMPART_TRY(out.name, unescaped(user.substr(0, colon)));
  if (colon != std::string_view::npos) {
    RAMPART_TRY(out.password, unescaped(user.substr(colon + 1)));
  }
  url.user = std::move(out);
  return read_host(url, text.substr(at + 1));
}

// Splits "/path?query" into the members.
base::Status read_path(HttpUrl& url, std::string_view text) {
  const auto mark = text.find('?');
  RAMPART_TRY(url.path, clean_path(text.substr(0, mark)));
  url.query.clear();
  if (mark == std::string_view::npos) return {};
  for (const char c : text.substr(mark)) {
    if (c == ' ')
      url.query += "%20";
    else
      url.query += c;
  }
  return {};
}

// RFC 3986, section 5.2.4.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> parts;
  bool open = false;  // ends with a slash
  for (std::string_view rest = path.substr(path.starts_with('/') ? 1 : 0);;) {
    const auto slash = rest.find('/');
    const auto part = rest.substr(0, slash);
    open = true;
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (part != ".") {
      parts.push_back(part);
      open = false;
    }
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  std::string out;
  for (const auto part : parts) out.append("/").append(part);
  if (open || out.empty()) out += '/';
  return out;
}

// Other than in a header, also a tab.
bool has_any_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

}  // namespace

bool has_scheme(std::string_view reference) { return scheme_size(reference) > 0; }

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

base::Result<HttpUrl> HttpUrl::parse(std::string_view text) {
  if (has_any_control(text)) return bad("a control character");
  text = text.substr(0, text.find('#'));
  const auto colon = scheme_size(text);
  if (colon == 0) return bad("it has no scheme");
  HttpUrl out;
  for (const char c : text.substr(0, colon))
    out.scheme += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  auto rest = text.substr(colon + 1);
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const auto end = rest.find_first_of("/?");
    RAMPART_CHECK(read_authority(out, rest.substr(0, end)));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
  }
  RAMPART_CHECK(read_path(out, rest));
  return out;
}

base::Result<HttpUrl> HttpUrl::resolve(std::string_view reference) const {
  if (has_scheme(reference)) {
    RAMPART_TRY(auto out, parse(reference));
    if (!out.path.empty()) out.path = without_dots(out.path);
    return out;
  }
  if (has_any_control(reference)) return bad("a control character");
  reference = reference.substr(0, reference.find('#'));
  if (reference.starts_with("//")) {
    RAMPART_TRY(auto out, parse(scheme + ":" + std::string(reference)));
    if (!out.path.empty()) out.path = without_dots(out.path);
    return out;
  }
  HttpUrl out = *this;
  if (reference.empty()) return out;
  RAMPART_CHECK(read_path(out, reference));
  if (reference.starts_with('?'))
    out.path = path;
  else if (reference.starts_with('/'))
    out.path = without_dots(out.path);
  else
    out.path = without_dots(path.substr(0, path.rfind('/') + 1) + out.path);
  return out;
}

std::optional<std::uint16_t> HttpUrl::port_number() const {
  if (port.empty()) {
    if (scheme == "http") return std::uint16_t{80};
    if (scheme == "https") return std::uint16_t{443};
    return std::nullopt;
  }
  std::uint16_t out = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out);
  if (error != std::errc() || end != port.data() + port.size() || out == 0) return std::nullopt;
  return out;
}

std::string HttpUrl::authority() const {
  return bracketed(host) + (port.empty() ? "" : ":" + port);
}

std::string HttpUrl::text() const { return scheme + "://" + authority() + path + query; }

}  // namespace rampart::probe
