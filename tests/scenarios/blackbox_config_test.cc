#include "scenarios/blackbox_config.h"

#include <gtest/gtest.h>

#include <fstream>

#include "blackbox_parse.h"
#include "scratch_folder.h"

namespace rampart::scenarios {
namespace {

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// "refuse accept TEXT" beneath the comment that says why the two differ.
struct Acceptance {
  int cases = 0;
  int different = 0;
  bool may_differ = false;

  void line(const std::string& line) {
    if (line.empty()) return;
    if (line.starts_with('#')) {
      may_differ = line.starts_with("# differs: ");
      return;
    }
    const auto theirs = line.substr(0, 6);
    const auto ours = line.substr(7, 6);
    auto text = line.size() > 14 ? line.substr(14) : std::string();
    ++cases;
    different += theirs == ours ? 0 : 1;
    EXPECT_EQ(theirs != ours, may_differ) << line;
    if (text.starts_with('@')) {
      text = text.substr(1) + "\n";
      replace_all(text, "\\n", "\n");
      replace_all(text, "\\t", "\t");
    } else {
      text = with_module(text);
    }
    const auto parsed = parse_modules(text);
    EXPECT_EQ(parsed.config ? "accept" : "refuse", ours) << line << "\n" << to_text(parsed.errors);
    EXPECT_EQ(parsed.config.has_value(), parsed.errors.empty()) << line;
    for (const auto& error : parsed.errors)
      EXPECT_TRUE(error.line > 0 || text == "\n" || text == "modules: {}\n") << error.text();
  }
};

TEST(BlackboxConfig, TakesAndRefusesWhatBlackboxExporterDoes) {
  Acceptance acceptance;
  std::ifstream in(RAMPART_TEST_DATA "/blackbox_acceptance.txt");
  for (std::string line; std::getline(in, line);) acceptance.line(line);
  EXPECT_EQ(acceptance.cases, 265);
  EXPECT_EQ(acceptance.different, 50);
}

TEST(BlackboxConfig, TellsEveryMistakeWithItsPlace) {
  EXPECT_EQ(complaints("modules:\n"
                       "  web:\n"
                       "    prober: htp\n"
                       "    http:\n"
                       "      hedaers: { A: b }\n"
                       "      fail_if_body_matches_regexp:\n"
                       "        - ok\n"
                       "        - (\n"
                       "      basic_auth: { password: a, password_file: b }\n"),
            "b.yml:3:13: module.prober: unknown word 'htp': did you mean 'http'?\n"
            "b.yml:5:7: unknown key 'hedaers' in http: did you mean 'headers'?\n"
            "b.yml:8:11: http.fail_if_body_matches_regexp: not a regular expression: missing ): (\n"
            "b.yml:9:49: password and password_file both: keep one");
}

TEST(BlackboxConfig, WarnsOfWhatIsHardlyMeant) {
  EXPECT_EQ(warnings_of("prober: http, http: { no_follow_redirects: true }"),
            "b.yml:1:60: no_follow_redirects is deprecated: write follow_redirects: false");
  EXPECT_EQ(warnings_of("prober: http, http: { valid_http_versions: [HTTP/1.1, HTTP/2] }"),
            "b.yml:1:71: no answer has the version 'HTTP/2': they are HTTP/1.0, HTTP/1.1 and "
            "HTTP/2.0");
  EXPECT_EQ(warnings_of("prober: http, http: { valid_status_codes: [0] }"),
            "b.yml:1:60: no answer has the status 0");
  EXPECT_EQ(warnings_of("prober: http, http: { headers: { Content-length: 5 } }"),
            "b.yml:1:50: 'Content-length' is not sent: it follows from the body");
  EXPECT_EQ(warnings_of("prober: http, http: { headers: { A: 5 } }"), "");
}

TEST(BlackboxConfig, DebiansOwnExampleIsGood) {
  const auto parsed = parse_modules(
      "modules:\n"
      "  http_2xx:\n    prober: http\n"
      "  pop3s_banner:\n    prober: tcp\n    tcp:\n      query_response:\n"
      "      - expect: \"^+OK\"\n      tls: true\n      tls_config:\n"
      "        insecure_skip_verify: false\n"
      "  irc_banner:\n    prober: tcp\n    tcp:\n      query_response:\n"
      "      - send: \"NICK prober\"\n      - expect: \"PING :([^ ]+)\"\n"
      "        send: \"PONG ${1}\"\n"
      "  icmp_ttl5:\n    prober: icmp\n    timeout: 5s\n    icmp:\n      ttl: 5\n");
  ASSERT_TRUE(parsed.config) << to_text(parsed.errors);
  EXPECT_TRUE(parsed.warnings.empty());
  const auto& modules = parsed.config->modules;
  ASSERT_EQ(modules.size(), 4U);
  EXPECT_EQ(modules.at("irc_banner").tcp.query_response[1].send, "PONG ${1}");
  EXPECT_TRUE(modules.at("pop3s_banner").tcp.tls);
  EXPECT_EQ(modules.at("icmp_ttl5").icmp.ttl, 5);
  EXPECT_EQ(modules.at("icmp_ttl5").timeout, std::chrono::seconds(5));
  EXPECT_EQ(modules.at("http_2xx").name, "http_2xx");
}

TEST(BlackboxConfig, FilesThatCannotBeRead) {
  const ScratchFolder folder;
  EXPECT_EQ(to_text(load_blackbox_config(folder.file("none.yml"), nullptr).errors),
            folder.file("none.yml") + ": no such file");
  folder.write("good.yml", "modules: { m: { prober: icmp } }\n");
  const auto good = load_blackbox_config(folder.file("good.yml"), nullptr);
  ASSERT_TRUE(good.config) << to_text(good.errors);
  EXPECT_EQ(good.config->modules.at("m").prober, model::BlackboxModule::Prober::icmp);
  EXPECT_EQ(to_text(parse_blackbox_config("a: b: c\n", "", nullptr).errors).substr(0, 16),
            "blackbox.yml:1:5");
}

}  // namespace
}  // namespace rampart::scenarios
