#include "probe/module/oauth2_grant.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "probe/module/http_credentials.h"
#include "probe/module/http_url.h"

namespace rampart::probe {
namespace {

using nlohmann::json;

// application/x-www-form-urlencoded.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      out += c;
    else if (c == ' ')
      out += '+';
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// What is no escape stays.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

struct Token {
  std::string type;
  std::string value;
};

Token token_of_form(std::string_view body) {
  Token out;
  while (!body.empty()) {
    const auto end = std::min(body.find('&'), body.size());
    const auto pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const auto name = unescaped(pair.substr(0, equals));
    if (name == "access_token" && out.value.empty()) out.value = unescaped(pair.substr(equals + 1));
    if (name == "token_type" && out.type.empty()) out.type = unescaped(pair.substr(equals + 1));
  }
  return out;
}

std::optional<Token> token_of_json(std::string_view body) {
  const auto page = json::parse(body.begin(), body.end(), nullptr, false);
  if (!page.is_object()) return std::nullopt;
  const auto text = [&page](const char* name) {
    const auto found = page.find(name);
    return found != page.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  return Token{text("token_type"), text("access_token")};
}

// How the type is written in a header; Bearer where it is not told.
std::string written(const std::string& type) {
  for (const auto* known : {"Bearer", "MAC", "Basic"})
    if (same_field_name(type, known)) return known;
  return type.empty() ? "Bearer" : type;
}

tl::unexpected<base::Error> bad(std::string_view what) {
  return base::fail(base::Errc::parse, std::string(what));
}

}  // namespace

base::Result<std::string> oauth2_form(const model::OAuth2& options, const std::string& secret,
                                      bool in_form) {
  std::map<std::string, std::string> fields{{"grant_type", "client_credentials"}};
  std::string scopes;
  for (const auto& scope : options.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
  if (!scopes.empty()) fields["scope"] = scopes;
  for (const auto& [name, value] : options.endpoint_params) {
    if (name != "grant_type" && fields.contains(name))
      return base::fail(
          base::Errc::config,
          fmt::format("oauth2: endpoint_params has {}, which is made of other options", name));
    fields[name] = value;
  }
  if (in_form) {
    fields["client_id"] = options.client_id;
    if (!secret.empty()) fields["client_secret"] = secret;
  }
  std::string out;
  for (const auto& [name, value] : fields)
    out += fmt::format("{}{}={}", out.empty() ? "" : "&", escaped(name), escaped(value));
  return out;
}

std::string oauth2_client(const model::OAuth2& options, const std::string& secret) {
  return basic_credentials(escaped(options.client_id), escaped(secret));
}

base::Result<std::string> read_oauth2_token(const HttpHead& head, std::string_view body) {
  if (head.status / 100 != 2) return bad(fmt::format("status {}", head.status));
  auto kind = head.value("Content-Type");
  kind.erase(std::min(kind.find(';'), kind.size()));
  const bool form = same_field_name(kind, "application/x-www-form-urlencoded") ||
                    same_field_name(kind, "text/plain");
  const auto token = form ? token_of_form(body) : token_of_json(body);
  if (!token) return bad("neither JSON nor a form");
  if (token->value.empty()) return bad("it has no access_token");
  auto out = fmt::format("{} {}", written(token->type), token->value);
  const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; };
  if (std::any_of(out.begin(), out.end(), control)) return bad("a token that no header can have");
  return out;
}

}  // namespace rampart::probe
