#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/base64.h"
#include "scenarios/compile.h"
#include "scenarios/text_file.h"

namespace rampart::scenarios {
namespace {

constexpr std::size_t kLongestSecret = 8192;

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; }

// RFC 6750, section 2.1: b64token.
bool is_bearer(std::string_view token) {
  const auto end = token.find_last_not_of('=');
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("-._~+/").find(c) != std::string_view::npos;
  };
  return end != token.npos && std::all_of(token.begin(), token.begin() + end + 1, fits);
}

// The first line of the file that the key names; empty where that was reported. No message shows
// what is in it.
std::string secret_in(const Section& section, std::string_view key, const Draft& draft) {
  const auto path = existing_file(section, key, draft);
  if (path.empty()) return {};
  const auto text = read_text_file(path);
  if (!text) {
    section.error(key, text.error().text);
    return {};
  }
  auto secret = text->substr(0, text->find('\n'));
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty() || secret.size() > kLongestSecret) {
    section.error(key,
                  fmt::format("{}: the first line must hold 1 to {} bytes", path, kLongestSecret));
    return {};
  }
  return secret;
}

// The value of `key`, or the first line of the file at `file_key`.
std::string secret_of(const Section& section, std::string_view key, std::string_view file_key,
                      const Draft& draft) {
  return section.has(key) ? section.text(key) : secret_in(section, file_key, draft);
}

std::string basic(const Section& section, const Draft& draft) {
  const auto user = section.text("user");
  if (user.find(':') != user.npos)
    section.error("user", "a user's name may hold no ':' (RFC 7617): the password begins after it");
  const auto* key = section.has("password") ? "password" : "password_file";
  const auto password = secret_of(section, "password", "password_file", draft);
  if (std::any_of(password.begin(), password.end(), is_control))
    section.error(key, "a password may hold no control characters (RFC 7617)");
  if (user.empty() || password.empty()) return {};
  return "Basic " + base::to_base64(user + ":" + password);
}

std::string bearer(const Section& section, const Draft& draft) {
  const auto* key = section.has("bearer") ? "bearer" : "bearer_file";
  const auto token = secret_of(section, "bearer", "bearer_file", draft);
  if (token.empty()) return {};
  if (!is_bearer(token))
    section.error(key, "not a bearer token: letters, digits, -._~+/ and '=' at the end (RFC 6750)");
  return "Bearer " + token;
}

// Which of the ways is meant; what does not fit together is reported.
std::string credentials_of(const Section& section, const Draft& draft) {
  const bool user = section.has("user");
  const auto given = [&](std::initializer_list<const char*> keys) {
    return std::count_if(keys.begin(), keys.end(), [&](const char* k) { return section.has(k); });
  };
  if (given({"user", "bearer", "bearer_file"}) != 1) {
    section.error(section.place(),
                  "say who asks in one way: user with password or password_file, bearer, or "
                  "bearer_file");
    return {};
  }
  if (given({"password", "password_file"}) != (user ? 1 : 0)) {
    section.error(section.place(), user ? "a user needs one of password and password_file"
                                        : "a password belongs to a user, not to a token");
    return {};
  }
  return user ? basic(section, draft) : bearer(section, draft);
}

bool is_authorization(std::string_view name) {
  constexpr std::string_view kName = "authorization";
  return std::equal(name.begin(), name.end(), kName.begin(), kName.end(),
                    [](unsigned char a, char b) { return std::tolower(a) == b; });
}

}  // namespace

void add_auth(const Section& owner, const Draft& draft, const std::vector<Headers*>& requests) {
  const auto section = owner.section("auth");
  if (!section.present()) return;
  const auto value = credentials_of(section, draft);
  for (auto* headers : requests) {
    if (std::any_of(headers->begin(), headers->end(),
                    [](const auto& header) { return is_authorization(header.first); }))
      return section.error(section.place(),
                           "a request has a header Authorization already: leave it or auth out");
    if (!value.empty()) headers->emplace_back("Authorization", value);
  }
}

}  // namespace rampart::scenarios
