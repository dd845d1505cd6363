#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "scenarios/compile.h"

namespace rampart::scenarios {
namespace {

using model::TlsVersion;

TlsVersion version_of(const Section& section, std::string_view key) {
  const auto word = section.text(key);
  if (word == "1.0") return TlsVersion::tls1_0;
  if (word == "1.1") return TlsVersion::tls1_1;
  if (word == "1.2") return TlsVersion::tls1_2;
  return word == "1.3" ? TlsVersion::tls1_3 : TlsVersion::any;
}

void check_versions(const Section& section, const model::TlsOptions& tls) {
  const auto old = [](TlsVersion version) {
    return version == TlsVersion::tls1_0 || version == TlsVersion::tls1_1;
  };
  if (tls.max_version != TlsVersion::any && tls.min_version > tls.max_version)
    section.error("min_version", "min_version is above max_version");
  for (const auto* key : {"min_version", "max_version"})
    if (old(version_of(section, key)) && tls.ciphers.find("@SECLEVEL=0") == std::string::npos)
      section.error(key, fmt::format("OpenSSL refuses TLS {} at its usual security level: add "
                                     "ciphers: \"DEFAULT:@SECLEVEL=0\"",
                                     section.text(key)));
  if (tls.min_version == TlsVersion::tls1_3 && !tls.ciphers.empty())
    section.error("ciphers",
                  "ciphers are those up to TLS 1.2, and min_version is 1.3: write "
                  "ciphersuites");
  if (tls.max_version != TlsVersion::any && tls.max_version < TlsVersion::tls1_3 &&
      !tls.ciphersuites.empty())
    section.error("ciphersuites",
                  "ciphersuites are those of TLS 1.3, and max_version is below it: "
                  "write ciphers");
}

// "sha256/" and the base64 of 32 bytes (RFC 7469, section 2.4).
bool is_pin(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256/";
  constexpr std::size_t kDigits = 43;  // then one '='
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + kDigits + 1) return false;
  return text.back() == '=' &&
         std::all_of(text.begin() + kPrefix.size(), text.end() - 1,
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/'; });
}

void check_trust(const Section& section, const model::TlsOptions& tls) {
  if (tls.insecure && !tls.ca_file.empty())
    section.error("insecure", "insecure checks no certificate, so ca has no meaning: keep one");
  if (tls.pin.empty()) return;
  if (!is_pin(tls.pin))
    section.error("pin",
                  "a pin is sha256/ and the base64 of the SHA-256 of the server's public "
                  "key, 44 characters");
  for (const auto* other : {"insecure", "ca"})
    if (section.has(other) && section.text(other) != "false")
      section.error(other, fmt::format("the pin is checked instead of the chain, so {} has no "
                                       "meaning: keep one",
                                       other));
}

}  // namespace

model::TlsOptions tls_of(const Section& owner, const Draft& draft) {
  const auto section = owner.section("tls");
  model::TlsOptions tls;
  if (!section.present()) return tls;
  tls.ca_file = existing_file(section, "ca", draft);
  tls.server_name = section.text("server_name");
  tls.insecure = section.boolean("insecure");
  tls.pin = section.text("pin");
  tls.min_version = version_of(section, "min_version");
  tls.max_version = version_of(section, "max_version");
  tls.ciphers = section.text("ciphers");
  tls.ciphersuites = section.text("ciphersuites");
  tls.groups = section.text("groups");
  tls.certificate = existing_file(section, "certificate", draft);
  tls.key = existing_file(section, "key", draft);
  if (section.has("key") && !section.has("certificate"))
    section.error("key", "a key belongs to a certificate: add certificate");
  check_versions(section, tls);
  check_trust(section, tls);
  return tls;
}

}  // namespace rampart::scenarios
