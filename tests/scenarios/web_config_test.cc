#include "scenarios/web_config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "parse.h"
#include "scratch_folder.h"

namespace rampart::scenarios {
namespace {

constexpr const char* kPage = RAMPART_SOURCE_DIR "/docs/exporter.md";
const std::string kHash = "$2y$04$K5RH.OQ4yFCvxeU5AprtkulS0io0WevZgD0UH9MXIw47WeVPgB0nS";

std::string complaint(const std::string& text) {
  const auto parsed = parse_web_config(text, "w.yml");
  EXPECT_EQ(parsed.config.has_value(), parsed.errors.empty());
  return to_text(parsed.errors);
}

TEST(WebConfig, Everything) {
  const auto parsed = parse_web_config(
      "tls_server_config:\n"
      "  cert_file: c.pem\n"
      "  key_file: /etc/k.pem\n"
      "  client_auth_type: RequireAndVerifyClientCert\n"
      "  client_ca_file: ca/all.pem\n"
      "  min_version: TLS13\n"
      "  cipher_suites: [ TLS_AES_128_GCM_SHA256 ]\n"
      "  curve_preferences: [ X25519, CurveP384 ]\n"
      "  prefer_server_cipher_suites: false\n"
      "http_server_config:\n"
      "  http2: false\n"
      "  headers: { X-Frame-Options: deny, x-content-type-options: nosniff, X-XSS-Protection: '' "
      "}\n"
      "basic_auth_users: { me: " +
          kHash + " }\n",
      "conf/web.yml");
  ASSERT_TRUE(parsed.config) << to_text(parsed.errors);
  const auto& config = *parsed.config;
  ASSERT_TRUE(config.tls);
  EXPECT_EQ(config.tls->cert_file, "conf/c.pem");
  EXPECT_EQ(config.tls->key_file, "/etc/k.pem");
  EXPECT_EQ(config.tls->client_ca_file, "conf/ca/all.pem");
  EXPECT_EQ(config.tls->client_auth, model::WebTls::ClientAuth::require_and_verify);
  EXPECT_EQ(config.tls->min_version, model::TlsVersion::tls1_3);
  EXPECT_EQ(config.tls->max_version, model::TlsVersion::tls1_3);
  EXPECT_EQ(config.tls->curves, (std::vector<std::string>{"X25519", "CurveP384"}));
  EXPECT_EQ(config.tls->cipher_suites, std::vector<std::string>{"TLS_AES_128_GCM_SHA256"});
  EXPECT_FALSE(config.tls->prefer_server_cipher_suites);
  EXPECT_FALSE(config.http2);
  EXPECT_EQ(config.headers,
            (std::vector<std::pair<std::string, std::string>>{
                {"X-Frame-Options", "deny"}, {"x-content-type-options", "nosniff"}}));
  EXPECT_EQ(config.users, (std::map<std::string, std::string>{{"me", kHash}}));
}

TEST(WebConfig, NothingIsOpenAndPlain) {
  for (const std::string text : {"{}", "tls_server_config: {}", "tls_server_config:",
                                 "basic_auth_users: {}", "http_server_config: {headers: {}}"}) {
    const auto parsed = parse_web_config(text, "w.yml");
    ASSERT_TRUE(parsed.config) << text << ": " << to_text(parsed.errors);
    EXPECT_FALSE(parsed.config->tls) << text;
    EXPECT_TRUE(parsed.config->http2);
    EXPECT_TRUE(parsed.config->users.empty());
  }
}

// What 0.23 of blackbox_exporter refuses as well, but for the dear hash.
TEST(WebConfig, Refuses) {
  const std::string tls = "tls_server_config: {cert_file: c, key_file: k, ";
  const std::string auth = "basic_auth_users: {me: ";
  for (const auto& [text, wanted] : std::initializer_list<std::pair<std::string, std::string>>{
           {"nonsense: 1", "w.yml:1:1: unknown key 'nonsense' in the file: known are "},
           {"rate_limit: {burst: 1}", "'rate_limit' is not supported"},
           {"tls_server_config: {cert_file: a}", "key_file is missing"},
           {"tls_server_config: {key_file: a}", "cert_file is missing"},
           {"tls_server_config: {client_auth_type: RequireAnyClientCert}", "cert_file is missing"},
           {tls + "client_ca_file: a}", "client_auth_type is missing"},
           {tls + "client_auth_type: Foo}", "'Foo'"},
           {tls + "min_version: TLS14}", "'TLS14'"},
           {tls + "min_version: TLS13, max_version: TLS12}", "min_version is above max_version"},
           {tls + "curve_preferences: [P256]}", "'P256'"},
           {tls + "client_allowed_sans: [a]}", "'client_allowed_sans' is not supported"},
           {"http_server_config: {headers: {X-Foo: a}}", "header X-Foo cannot be set here"},
           {"http_server_config: {headers: {X-Frame-Options: foo}}", "'foo' is none of"},
           {"http_server_config: {headers: {X-XSS-Protection: 1, x-xss-protection: 1}}",
            "a second header x-xss-protection"},
           {"http_server_config: {headers: {X-XSS-Protection: \"1\\r\\nSet-Cookie: a\"}}",
            "a value is one line"},
           {auth + "plain}", "w.yml:1:24: basic_auth_users: me: not a hash of bcrypt"},
           {auth + "$2y$99$" + kHash.substr(7) + "}", "its cost is 99, and 4 to 15 are taken"},
           {auth + "$2z$04$" + kHash.substr(7) + "}", "not a hash"},
           {auth + kHash.substr(1) + "}", "not a hash"},
           {auth + "}", "not a hash"},
           {"- a", "expected keys such as 'tls_server_config:'"}})
    EXPECT_NE(complaint(text).find(wanted), std::string::npos) << text << ": " << complaint(text);
  // A hash is a secret, too.
  EXPECT_EQ(complaint(auth + "hunter2}").find("hunter2"), std::string::npos);
}

TEST(WebConfig, IsReadFromAFile) {
  const ScratchFolder folder;
  folder.write("w.yml", "basic_auth_users: {me: x}\n");
  const auto wrong = load_web_config(folder.file("w.yml"));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, base::Errc::config);
  EXPECT_TRUE(wrong.error().text.starts_with(folder.file("w.yml") + ":1:24: "))
      << wrong.error().text;
  // As a file is while it is being written: that must not open the door.
  folder.write("w.yml", "");
  EXPECT_FALSE(load_web_config(folder.file("w.yml")));
  folder.write("w.yml", "{}");
  EXPECT_TRUE(load_web_config(folder.file("w.yml")));
  EXPECT_FALSE(load_web_config(folder.file("missing.yml")));
}

// RAMPART_UPDATE=1 writes the generated part instead of comparing it.
TEST(WebConfig, ThePageHoldsTheGeneratedTables) {
  auto page = file_text(kPage);
  const auto begin = page.find("-->\n", page.find("<!-- reference:")) + 4;
  const auto end = page.find("<!-- /reference -->");
  ASSERT_NE(end, std::string::npos);
  if (std::getenv("RAMPART_UPDATE") != nullptr)
    std::ofstream(kPage) << page.replace(begin, end - begin, web_reference_markdown());
  else {
    EXPECT_EQ(page.substr(begin, end - begin), web_reference_markdown())
        << "run this test with RAMPART_UPDATE=1";
  }
}

}  // namespace
}  // namespace rampart::scenarios
