#include <gtest/gtest.h>

#include <vector>

#include "parse.h"

namespace rampart::scenarios {
namespace {

TEST(CompileTargets, UrlsAndTls) {
  const auto parsed = parse(
      "duration: 1s\nscrape: []\n"
      "targets:\n"
      "  web: { url: \"https://127.0.0.1:8443/a\", tls: { server_name: shop, insecure: true } }\n"
      "  db: { url: \"tcp://[::1]:5432\", family: ipv6 }\n");
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& targets = parsed.plan->targets;
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].name, "web");
  EXPECT_EQ(targets[0].url.text(), "https://127.0.0.1:8443/a");
  EXPECT_EQ(targets[0].tls.server_name, "shop");
  EXPECT_TRUE(targets[0].tls.insecure);
  EXPECT_EQ(targets[1].url.text(), "tcp://[::1]:5432");
  EXPECT_EQ(targets[0].family, model::Family::any);
  EXPECT_EQ(targets[1].family, model::Family::ipv6);
  EXPECT_TRUE(targets[0].endpoints.empty());
}

TEST(CompileTargets, FilesStartAtTheScenariosFolder) {
  const std::string path = RAMPART_SOURCE_DIR "/scenarios/library/t.yml";
  const auto text = [](std::string_view ca) {
    return "duration: 1s\nscrape: []\ntargets: { a: { url: \"https://127.0.0.1/\", tls: { ca: " +
           std::string(ca) + " } } }\n";
  };
  const auto good = parse(text("quick.yml"), {}, path);
  ASSERT_TRUE(good.plan) << to_text(good.errors);
  EXPECT_EQ(good.plan->targets[0].tls.ca_file, RAMPART_SOURCE_DIR "/scenarios/library/quick.yml");
  EXPECT_EQ(to_text(parse(text("none.pem"), {}, path).errors),
            path + ":3:55: no such file: " RAMPART_SOURCE_DIR "/scenarios/library/none.pem");
  EXPECT_EQ(
      to_text(parse(text("rules"), {}, path).errors),
      path + ":3:55: is a folder, not a file: " RAMPART_SOURCE_DIR "/scenarios/library/rules");
}

// A port or a path that would be dropped is a misunderstanding.
TEST(CompileTargets, UrlsOfTheirScheme) {
  const auto errors = [](std::string_view url) {
    return errors_of("targets: { a: { url: \"" + std::string(url) +
                     "\" } }\nprobes: [ { name: p, module: icmp } ]\nduration: 1s\n");
  };
  for (const auto* good : {"icmp://127.0.0.1", "icmp://[::1]", "icmp://127.0.0.1/",
                           "tcp://127.0.0.1:1", "udp://127.0.0.1:1/", "http://127.0.0.1:1/x?y"})
    EXPECT_EQ(errors(good), "") << good;
  const std::string at = "t.yml:1:22: targets.url: ";
  for (const auto& [text, wanted] : std::vector<BadCase>{
           {"icmp://127.0.0.1:80",
            "'icmp://127.0.0.1:80': icmp has no ports: write icmp://127.0.0.1"},
           {"icmp://[::1]:80", "'icmp://[::1]:80': icmp has no ports: write icmp://[::1]"},
           {"icmp://127.0.0.1/x",
            "'icmp://127.0.0.1/x': icmp has no paths: write icmp://127.0.0.1"},
           {"tcp://127.0.0.1:1/x",
            "'tcp://127.0.0.1:1/x': tcp has no paths: write tcp://127.0.0.1:1"},
           {"tcp://127.0.0.1:1?x",
            "'tcp://127.0.0.1:1?x': tcp has no paths: write tcp://127.0.0.1:1"},
           {"udp://127.0.0.1:1/x/",
            "'udp://127.0.0.1:1/x/': udp has no paths: write udp://127.0.0.1:1"},
           {"http://b\xC3\xBC"
            "cher.test/",
            "'http://b\xC3\xBC"
            "cher.test/': a host's name beyond ASCII is written in its xn-- form"},
           {"http://127.0.0.1/b\xC3\xBC?q=\xC3\xBC",
            "'http://127.0.0.1/b\xC3\xBC?q=\xC3\xBC': a path beyond ASCII is percent-encoded: "
            "/b%C3%BC?q=%C3%BC"},
           {"http://127.0.0.1/a b",
            "'http://127.0.0.1/a b': blanks and control characters must be percent-encoded"},
       })
    EXPECT_EQ(errors(text), at + wanted);
}

TEST(CompileTargets, Refused) {
  for (const auto& [text, wanted] : std::vector<BadCase>{
           {"duration: 1s\nscrape: []\n"
            "targets: { a: { url: \"http://127.0.0.1/\", tls: { insecure: true } } }\n",
            "t.yml:3:48: target 'a' is not https, so tls has no meaning"},
           {"duration: 1s\nprobes: [ { name: p } ]\n",
            "t.yml:2:11: there is no target: add targets: { web: { url: "
            "\"http://127.0.0.1:8080/\" } }"},
           {"duration: 1s\nprobes: [ { name: p } ]\n"
            "targets: { a: { url: \"http://127.0.0.1/\" }, b: { url: \"http://127.0.0.2/\" } }\n",
            "t.yml:2:11: 'target' is missing: say which of a, b"},
           {"duration: 1s\nprobes: [ { name: p, target: shop } ]\n"
            "targets: { a: { url: \"http://127.0.0.1/\" }, b: { url: \"http://127.0.0.2/\" } }\n",
            "t.yml:2:30: unknown target 'shop': there are a, b"},
       })
    EXPECT_EQ(errors_of(text), wanted) << text;
}

TEST(CompileTargets, HeadersCannotForgeRequests) {
  const auto headers = [](std::string_view list) {
    return errors_of(
        with_target("load: [ { name: a, arrival: { rate: 1/s, duration: 1s }, request: "
                    "{ headers: { " +
                    std::string(list) + " } } } ]\n"));
  };
  EXPECT_EQ(headers("Accept: x, Host: shop.example"), "");
  EXPECT_EQ(headers("\"A b\": x"), "t.yml:2:80: 'A b' is not a header's name");
  EXPECT_EQ(headers("X: \"a\\r\\nB: c\""),
            "t.yml:2:83: load.request.headers.X: a header's value is one line");
  EXPECT_EQ(headers("\"X:\\r\\nB\": c"), "t.yml:2:80: 'X:\r\nB' is not a header's name");
  for (const auto* own : {"User-Agent", "x-rampart-run", "Content-Length", "Transfer-Encoding"})
    EXPECT_EQ(headers(std::string(own) + ": x"),
              "t.yml:2:80: '" + std::string(own) + "' is written by rampart itself");
}

}  // namespace
}  // namespace rampart::scenarios
