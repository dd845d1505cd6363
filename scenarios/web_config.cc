#include "scenarios/web_config.h"

#include <fmt/core.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <utility>

#include "scenarios/blackbox/block_check.h"
#include "scenarios/blackbox/block_reader.h"
#include "scenarios/blackbox/block_reference.h"
#include "scenarios/blackbox/web_fields.h"
#include "scenarios/options.h"
#include "scenarios/text_file.h"

namespace rampart::scenarios {
namespace {

using blackbox::Reader;
using model::WebTls;

constexpr unsigned kDearest = 15;  // bcrypt's cost: seconds for one password

model::TlsVersion version_of(std::string_view word) {
  if (word == "TLS10") return model::TlsVersion::tls1_0;
  if (word == "TLS11") return model::TlsVersion::tls1_1;
  return word == "TLS12" ? model::TlsVersion::tls1_2 : model::TlsVersion::tls1_3;
}

WebTls::ClientAuth client_auth_of(std::string_view word) {
  using enum WebTls::ClientAuth;
  if (word == "RequestClientCert") return request;
  if (word == "RequireClientCert" || word == "RequireAnyClientCert") return require_any;
  if (word == "VerifyClientCertIfGiven") return verify_if_given;
  return word == "RequireAndVerifyClientCert" ? require_and_verify : none;
}

std::string beside(const std::string& path, const std::string& file) {
  if (file.empty()) return file;
  return (std::filesystem::path(path).parent_path() / file).string();
}

// A block without anything in it is no TLS.
std::optional<WebTls> read_tls(const Reader& block, const std::string& path) {
  WebTls out;
  out.cert_file = beside(path, block.text("cert_file"));
  out.key_file = beside(path, block.text("key_file"));
  out.client_auth = client_auth_of(block.text("client_auth_type"));
  out.client_ca_file = beside(path, block.text("client_ca_file"));
  out.min_version = version_of(block.text("min_version"));
  out.max_version = version_of(block.text("max_version"));
  out.cipher_suites = block.list("cipher_suites");
  out.curves = block.list("curve_preferences");
  out.prefer_server_cipher_suites = block.boolean("prefer_server_cipher_suites");
  const bool asks = out.client_auth != WebTls::ClientAuth::none || !out.client_ca_file.empty();
  if (out.cert_file.empty() && out.key_file.empty() && !asks) return std::nullopt;
  if (out.cert_file.empty()) block.error("cert_file", "cert_file is missing: the server's own");
  if (out.key_file.empty()) block.error("key_file", "key_file is missing: that of cert_file");
  if (out.client_auth == WebTls::ClientAuth::none && !out.client_ca_file.empty())
    block.error("client_ca_file", "client_auth_type is missing: no client would be asked");
  if (out.min_version > out.max_version)
    block.error("min_version", "min_version is above max_version");
  return out;
}

// Empty: the value may stand.
std::string wrong_header(const std::string& name, const std::string& value) {
  struct Known {
    const char* name;
    std::string_view values;  // blank-separated; empty: any
  };
  constexpr std::array kKnown{
      Known{"Content-Security-Policy", ""}, Known{"X-Frame-Options", "deny sameorigin"},
      Known{"X-Content-Type-Options", "nosniff"}, Known{"X-XSS-Protection", ""},
      Known{"Strict-Transport-Security", ""}};
  const auto found = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& known) {
    return strcasecmp(known.name, name.c_str()) == 0;
  });
  if (found == kKnown.end()) return fmt::format("header {} cannot be set here", name);
  const bool one_line = std::all_of(value.begin(), value.end(), [](unsigned char c) {
    return (c >= 0x20 && c != 0x7F) || c == '\t';
  });
  if (!one_line) return fmt::format("{}: a value is one line", name);
  const auto known = words(found->values);
  if (known.empty() || value.empty() || std::find(known.begin(), known.end(), value) != known.end())
    return {};
  return fmt::format("{}: '{}' is none of: {}", name, value, found->values);
}

// Empty: it is a hash of bcrypt, as crypt(5) has it. The message does not repeat it.
std::string wrong_hash(std::string_view hash) {
  const auto digit = [&](std::size_t i) {
    return std::isdigit(static_cast<unsigned char>(hash[i]));
  };
  const auto of_bcrypt = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '/';
  };
  const bool sound = hash.size() == 60 && hash.starts_with("$2") &&
                     (hash[2] == 'a' || hash[2] == 'b' || hash[2] == 'y') && hash[3] == '$' &&
                     digit(4) && digit(5) && hash[6] == '$' &&
                     std::all_of(hash.begin() + 7, hash.end(), of_bcrypt);
  if (!sound) return "not a hash of bcrypt: `htpasswd -nB USER` makes one";
  const auto cost = static_cast<unsigned>((hash[4] - '0') * 10 + (hash[5] - '0'));
  if (cost < 4 || cost > kDearest)
    return fmt::format("its cost is {}, and 4 to {} are taken", cost, kDearest);
  return {};
}

model::WebConfig read_config(const Reader& file, const std::string& path) {
  model::WebConfig out;
  const auto http = file.block("http_server_config");
  out.tls = read_tls(file.block("tls_server_config"), path);
  out.http2 = http.boolean("http2");
  for (auto& [name, value] : http.entries("headers")) {
    const auto& wanted = name.text;
    const bool twice = std::any_of(out.headers.begin(), out.headers.end(), [&](const auto& one) {
      return strcasecmp(one.first.c_str(), wanted.c_str()) == 0;
    });
    if (auto complaint = wrong_header(name.text, value.text); !complaint.empty())
      http.error(name.place, std::move(complaint));
    else if (twice)
      http.error(name.place, fmt::format("a second header {}", name.text));
    else if (!value.text.empty())
      out.headers.emplace_back(std::move(name.text), std::move(value.text));
  }
  for (auto& [name, hash] : file.entries("basic_auth_users")) {
    if (auto complaint = wrong_hash(hash.text); !complaint.empty())
      file.error(hash.place, fmt::format("basic_auth_users: {}: {}", name.text, complaint));
    out.users.emplace(std::move(name.text), std::move(hash.text));
  }
  return out;
}

}  // namespace

ParsedWeb parse_web_config(std::string_view text, const std::string& path) {
  const std::string file = path.empty() ? "web.yml" : path;
  blackbox::Findings findings{Diagnostics(file), Diagnostics(file)};
  ParsedWeb parsed;
  const auto root = parse_yaml(text, findings.errors);
  model::WebConfig config;
  if (root && root->kind != Node::Kind::null) {
    blackbox::check_block(*root, blackbox::kWeb, nullptr, findings);
    config = read_config(Reader(&*root, blackbox::kWeb, findings), path);
  }
  parsed.errors = findings.errors.take();
  if (parsed.errors.empty()) parsed.config = std::move(config);
  return parsed;
}

base::Result<model::WebConfig> load_web_config(const std::string& path) {
  RAMPART_TRY(const auto text, read_text_file(path));
  auto parsed = parse_web_config(text, path);
  if (parsed.config) return *std::move(parsed.config);
  return base::fail(base::Errc::config, to_text(parsed.errors));
}

std::string web_reference_markdown() {
  static constexpr std::array<const blackbox::Block*, 3> kBlocks{
      &blackbox::kWeb, &blackbox::kWebTls, &blackbox::kWebHttp};
  return blackbox::reference_of(kBlocks);
}

}  // namespace rampart::scenarios
