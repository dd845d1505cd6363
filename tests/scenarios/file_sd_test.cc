#include "scenarios/file_sd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parse.h"
#include "scratch_folder.h"

namespace rampart::scenarios {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// "host:port name=value ...", and the errors.
std::vector<std::string> read(std::string_view text) {
  Diagnostics out("sd");
  std::vector<std::string> lines;
  for (const auto& target : parse_file_sd(text, out)) {
    auto line = target.address;
    for (const auto& [name, value] : target.labels) line += " " + name + "=" + value;
    lines.push_back(line);
  }
  for (const auto& error : out.take()) lines.push_back(error.text());
  return lines;
}

// Not even where the target is refused for it.
TEST(FileSd, ShowsNoPassword) {
  for (const auto* target : {"http://u:s3cret@a:1/", "u:s3cret@a:1", "http:/u:s3cret@a:1"}) {
    const auto lines = read("- targets: [ '" + std::string(target) + "' ]\n");
    ASSERT_EQ(lines.size(), 1U) << target;
    EXPECT_THAT(lines[0], testing::AllOf(HasSubstr("u:xxxxx@"), testing::Not(HasSubstr("s3cret"))));
  }
}

TEST(FileSd, JsonAndYaml) {
  const auto wanted = ElementsAre("a:1 job=x zone=3", "b:2 job=x zone=3", "c:3");
  EXPECT_THAT(read(R"([
  {"targets": ["a:1", "b:2"], "labels": {"job": "x", "zone": "3"}},
  {"targets": ["c:3"]}
])"),
              wanted);
  EXPECT_THAT(read("[{\"targets\":[\"a:1\",\"b:2\"],\"labels\":{\"job\":\"x\",\"zone\":\"3\"}},"
                   "{\"targets\":[\"c:3\"],\"labels\":null}]"),
              wanted);
  EXPECT_THAT(
      read("- targets: [ 'a:1', 'b:2' ]\n  labels: { job: x, zone: 3 }\n- targets:\n  - c:3\n"),
      wanted);
  EXPECT_THAT(read("[]"), ElementsAre());
  EXPECT_THAT(read("[\n\t{\n\t\t\"targets\": [\"a:1\"]\n\t}\n]\n"), ElementsAre("a:1"));
}

TEST(FileSd, WhatIsWrong) {
  EXPECT_THAT(read("targets: [ 'a:1' ]"),
              ElementsAre(HasSubstr("expected a list of groups, found a map")));
  EXPECT_THAT(read("- x"), ElementsAre(HasSubstr("expected a map with targets and labels")));
  EXPECT_THAT(read("- labels: { a: b }"), ElementsAre(HasSubstr("targets: a list is needed")));
  EXPECT_THAT(read("- targets: a:1"), ElementsAre(HasSubstr("targets: a list is needed")));
  EXPECT_THAT(read("- { targets: [ 'a:1' ], label: {} }"),
              ElementsAre("a:1", HasSubstr("unknown key 'label'")));
  EXPECT_THAT(read("- { targets: [ 'http://a:1/', '', [] ] }"),
              ElementsAre(HasSubstr("a target is host:port"), HasSubstr("a target is host:port"),
                          HasSubstr("a target is host:port")));
  EXPECT_THAT(read("- { targets: [ 'a:1' ], labels: [] }"),
              ElementsAre("a:1", HasSubstr("expected a map")));
  EXPECT_THAT(read("- { targets: [ 'a:1' ], labels: { a: [] } }"),
              ElementsAre("a:1 a=", HasSubstr("label a: expected a text, found a list")));
  EXPECT_THAT(read("[{"), ElementsAre(HasSubstr("sd:1:")));
  std::string many = "- targets:\n";
  for (std::size_t i = 0; i <= kMostSdTargets; ++i) many += "  - a:1\n";
  EXPECT_EQ(read(many).size(), kMostSdTargets + 1);
  EXPECT_THAT(read(many).back(), HasSubstr("more than 1000 targets"));
}

// Else one host would be many targets, or be asked for another page than the scenario says.
TEST(FileSd, ATargetIsAHostAndAPort) {
  const auto one = [](const std::string& text) { return read("- targets: [ \"" + text + "\" ]"); };
  for (const auto* good : {"a", "a.b-c_d:1", "10.0.0.5:9100", "[::1]:9100", "[2001:db8::5]"})
    EXPECT_THAT(one(good), ElementsAre(good));
  for (const auto* bad :
       {"a:1?b", "a:1#x", "a:1 ", "a:1/x", "user@a:1", "a:1,b:2", "a:1:2", "a:x", "a:-1", "[::1]9",
        "a%41:1", "*:1", "a\\\\b:1", "a\\0b:1", "caf\xC3\xA9:1", "http://a:1"})
    EXPECT_THAT(one(bad), ElementsAre(HasSubstr("a target is host:port and nothing else"))) << bad;
  EXPECT_THAT(one("a:1/x"), ElementsAre(HasSubstr(": 'a:1/x': a target is")));
  for (const auto* bad : {"a:123456", "a:65536", "a:0", "[::1]:99999"})
    EXPECT_THAT(one(bad), ElementsAre(HasSubstr("the port must be 1 to 65535"))) << bad;
  for (const auto* bad : {"a:", "[::1]:"})
    EXPECT_THAT(one(bad), ElementsAre(HasSubstr("the port is missing after ':'"))) << bad;
  for (const auto* bad : {":1", ""})
    EXPECT_THAT(one(bad), ElementsAre(HasSubstr("the host is missing"))) << bad;
  EXPECT_THAT(one("::1"), ElementsAre(HasSubstr("'::1': an address of IPv6 stands in brackets")));
  EXPECT_THAT(one("[::1"), ElementsAre(HasSubstr("the bracket is not closed")));
  for (const auto* bad : {"[a]:1", "[127.0.0.1]:1"})
    EXPECT_THAT(one(bad), ElementsAre(HasSubstr("is no address of IPv6"))) << bad;
  EXPECT_THAT(read("- targets: [ { a: 1 } ]"), ElementsAre(HasSubstr("a target is host:port")));
}

TEST(FileSd, PatternsNameFiles) {
  const ScratchFolder folder;
  folder.write("a.json", "[{\"targets\": [\"127.0.0.1:1\"]}]");
  folder.write("b.json", "[{\"targets\": [\"127.0.0.1:2\"]}]");
  folder.write("c.yml", "- targets: [ '127.0.0.1:3' ]\n");
  const auto names = [&](const std::string& files) {
    const auto parsed = parse("duration: 1s\nscrape: [ { name: n, file_sd: " + files + " } ]\n", {},
                              folder.file("t.yml"));
    if (!parsed.plan) return std::vector<std::string>{to_text(parsed.errors)};
    std::vector<std::string> out;
    for (const auto& page : parsed.plan->scrapes) out.push_back(page.name);
    return out;
  };
  EXPECT_THAT(names("'*.json'"), ElementsAre("n 127.0.0.1:1", "n 127.0.0.1:2"));
  EXPECT_THAT(names("[ 'c.*', 'b.json' ]"), ElementsAre("n 127.0.0.1:3", "n 127.0.0.1:2"));
  EXPECT_THAT(names("'*.none'"), ElementsAre(HasSubstr("t.yml:2:31: *.none: no file fits")));
  EXPECT_THAT(names("'*/a.json'"), ElementsAre(HasSubstr("in the last part of a path only")));
}

TEST(FileSd, BecomesPages) {
  const ScratchFolder folder;
  folder.write(
      "a.json",
      R"([{"targets": ["127.0.0.1:9100", "localhost:9101"], "labels": {"job": "x", "zone": "1"}}])");
  folder.write(
      "b.yml",
      "- targets: [ '[::1]:9102' ]\n"
      "  labels: { __scheme__: https, __metrics_path__: '/m?x=y', __other: z, instance: me }\n");
  const auto parsed = parse(
      "duration: 1s\nscrape: [ { name: n, file_sd: [ a.json, b.yml ], path: /page, interval: 1s, "
      "labels: { zone: own }, keep: up } ]\n",
      {}, folder.file("t.yml"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& pages = parsed.plan->scrapes;
  ASSERT_EQ(pages.size(), 3U);
  EXPECT_EQ(pages[0].name, "n 127.0.0.1:9100");
  EXPECT_EQ(pages[0].url.text(), "http://127.0.0.1:9100/page");
  EXPECT_THAT(pages[0].labels, ElementsAre(Pair("zone", "own"), Pair("job", "x"),
                                           Pair("instance", "127.0.0.1:9100")));
  EXPECT_EQ(pages[1].url.text(), "http://localhost:9101/page");
  EXPECT_EQ(pages[2].url.text(), "https://[::1]:9102/m?x=y");
  EXPECT_THAT(pages[2].labels, ElementsAre(Pair("zone", "own"), Pair("instance", "me")));
  for (const auto& page : pages) EXPECT_EQ(page.keep, std::vector<std::string>{"up"});
}

TEST(FileSd, WhatDoesNotFitTheScenario) {
  const ScratchFolder folder;
  folder.write("twice.yml", "- targets: [ 'a:1', 'a:1' ]\n");
  folder.write("ftp.yml", "- { targets: [ 'a:1' ], labels: { __scheme__: tcp } }\n");
  folder.write("port.yml", "- targets: [ 'a:99999' ]\n");
  folder.write("label.yml", "- { targets: [ 'a:1' ], labels: { 9x: y } }\n");
  folder.write("param.yml",
               "- { targets: [ 'a:1' ], labels: { __param_module: http_2xx, __other: x } }\n");
  folder.write("bad.yml", "- targets: 5\n");
  folder.write("good.yml", "- targets: [ 'a:1' ]\n");
  const auto said = [&](const std::string& keys) {
    return to_text(
        parse("duration: 1s\nscrape: [ { name: n, " + keys + " } ]\n", {}, folder.file("t.yml"))
            .errors);
  };
  EXPECT_THAT(said("file_sd: twice.yml"), HasSubstr("twice.yml: target 'a:1': stands there twice"));
  EXPECT_THAT(said("file_sd: ftp.yml"), HasSubstr("this gives no URL of http or https"));
  EXPECT_THAT(said("file_sd: port.yml"),
              HasSubstr("port.yml:1:14: 'a:99999': the port must be 1 to 65535"));
  EXPECT_THAT(said("file_sd: label.yml"),
              HasSubstr("label.yml:1:35: '9x' is no label: letters, digits and _"));
  EXPECT_THAT(said("file_sd: param.yml"),
              HasSubstr("param.yml: target 'a:1': __param_module gives the request a parameter"));
  EXPECT_THAT(said("file_sd: bad.yml"), HasSubstr("bad.yml:1:12: targets: a list is needed"));
  EXPECT_THAT(said("file_sd: none.yml"), HasSubstr("no such file"));
  EXPECT_THAT(said("file_sd: good.yml, url: \"http://127.0.0.1/\""),
              HasSubstr("url and file_sd are both given: leave one of them out"));
  EXPECT_THAT(said("url: \"http://127.0.0.1/\", path: /x"), HasSubstr("path belongs to file_sd"));
  EXPECT_EQ(said("file_sd: good.yml"), "");
}

}  // namespace
}  // namespace rampart::scenarios
