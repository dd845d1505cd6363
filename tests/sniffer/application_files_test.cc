#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compressed.h"
#include "talk.h"

// Rules on bodies and on the files in them, through the whole pipeline.

namespace rampart::sniffer {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

struct Talk : TalkSteps<Talk> {
  using TalkSteps::TalkSteps;
  std::vector<std::uint32_t> go() { return run.go(); }
};

std::string answer(const std::string& body, const std::string& fields = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields +
         "\r\n" + body;
}

// Bodies are left as they were sent where no rule reads them, so each of those that do stands
// alone.
TEST(ApplicationFiles, EachRuleOnBodiesFindsThemUnpacked) {
  const auto posted = compress(
      "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"tool.exe\"\r\n\r\n"
      "evil words\r\n--B--\r\n",
      Coding::gzip);
  const auto answered =
      compress("<html>" + std::string(200, 'z') + "ZXZpbCB3b3Jkcw==", Coding::gzip);
  const auto packed = "Content-Encoding: gzip\r\n";
  for (const std::string options :
       {R"(http.request_body; content:"evil words";)", R"(content:"evil words"; http_client_body;)",
        R"(pcre:"/evil w.rds/P";)", R"(file.data; content:"evil words"; flow:to_server;)",
        R"(filename:"tool.exe";)", R"(file.name; content:"tool.exe";)", R"(fileext:"exe";)",
        "filesize:10; flow:to_server;", R"(http.response_body; content:"zzzz";)",
        R"(content:"zzzz"; http_server_body;)", R"(pcre:"/<html>z{200}/Q";)",
        R"(file_data; content:"<html>zzz";)", "filesize:222; flow:to_client;",
        R"(file_data; base64_decode:offset 206; base64_data; content:"evil words";)",
        R"(file_data; bsize:222; flow:to_client;)"})
    EXPECT_THAT(Talk("alert http any any -> any any (" + options + " sid:1;)")
                    .client("POST /up HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; "
                            "boundary=B\r\n" +
                            std::string(packed) + "Content-Length: " +
                            std::to_string(posted.size()) + "\r\n\r\n" + posted)
                    .server(answer(answered, packed))
                    .client_ends()
                    .server_ends()
                    .go(),
                testing::Not(IsEmpty()))
        << options;
}

TEST(ApplicationFiles, RulesLookAtTheNameAndSizeOfOneFile) {
  struct Case {
    const char* options;
    std::vector<std::uint32_t> alerts;
  };
  using Sids = std::vector<std::uint32_t>;
  const Case cases[] = {
      {R"(fileext:"PDF";)", {1}},
      {R"(fileext:"pd";)", {}},
      {R"(fileext:!"doc";)", {1}},
      {R"(fileext:!"pdf";)", {}},
      {R"(filename:"REPORT"; fileext:"pdf";)", {1}},
      {R"(filename:"report"; fileext:"doc";)", {}},
      {R"(file.name; content:"/x/report.pdf"; startswith; endswith;)", {1}},
      {"filesize:100;", {1}},
      {"filesize:>99;", {1}},
      {"filesize:<100;", {}},
      {"filesize:99<>101;", {1}},
      {"filesize:100<>200;", {}},
      {R"(filesize:<1KB; file.data; content:"zzz";)", {1}},
      {"filestore;", {1}},
      {"filestore; flow:to_server;", {}},
  };
  for (const auto& c : cases)
    EXPECT_EQ(Talk(std::string("alert http any any -> any any (") + c.options + " sid:1;)")
                  .client("GET /x/report.pdf?a=b HTTP/1.1\r\nHost: h\r\n\r\n")
                  .server(answer(std::string(100, 'z')))
                  .go(),
              Sids(c.alerts))
        << c.options;
}

TEST(ApplicationFiles, AFileHasTheNameThatItIsGiven) {
  const auto rules = R"(alert tcp any any -> any any (fileext:"exe"; filename:"given"; sid:1;))";
  EXPECT_THAT(
      Talk(rules)
          .client("GET /a.txt HTTP/1.1\r\nHost: h\r\n\r\n")
          .server(answer("x", "Content-Disposition: attachment; filename=\"given.exe\"\r\n"))
          .go(),
      ElementsAre(1));
  const std::string form =
      "--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"other.txt\"\r\n\r\n1\r\n"
      "--B\r\nContent-Disposition: form-data; name=\"b\"; "
      "filename=\"given.exe\"\r\n\r\n2\r\n--B--\r\n";
  EXPECT_THAT(Talk(rules)
                  .client("POST /a HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; "
                          "boundary=B\r\nContent-Length: " +
                          std::to_string(form.size()) + "\r\n\r\n" + form)
                  .go(),
              ElementsAre(1));
}

// Of what lies beyond the first window the bytes are shown, and nothing is told that is not known.
TEST(ApplicationFiles, ALongUploadKeepsItsNames) {
  const std::string form =
      "--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"given.pdf\"\r\n\r\n" +
      std::string(60'000, 'A') + "needle\r\n--B--\r\n";
  struct Case {
    const char* options;
    std::size_t alerts;
  };
  const Case cases[] = {
      {R"(fileext:"pdf";)", 1},
      {R"(fileext:!"pdf";)", 0},
      {R"(filename:"/up";)", 0},
      {R"(file.name; content:"/up";)", 0},
      {R"(file.data; content:"needle";)", 1},
      {R"(filename:"given"; file.data; content:"needle";)", 1},
      {R"(filename:"given"; http.request_body; content:"needle";)", 1},
      {R"(fileext:!"pdf"; file.data; content:"needle";)", 0},
      {"filesize:>30000;", 1},
      {"filesize:>60050;", 0},
  };
  for (const auto& c : cases) {
    Talk talk(std::string("alert http any any -> any any (") + c.options + " sid:1;)");
    talk.client(
        "POST /up HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; "
        "boundary=B\r\nContent-Length: " +
        std::to_string(form.size()) + "\r\n\r\n");
    constexpr std::size_t kPiece = 1400;
    for (std::size_t at = 0; at < form.size(); at += kPiece) talk.client(form.substr(at, kPiece));
    EXPECT_EQ(talk.go().size(), c.alerts) << c.options;
  }
}

// Whichever it names.
TEST(ApplicationFiles, AFileThatIsStoredIsOfTheRulesDirection) {
  struct Case {
    const char* options;
    std::vector<std::uint32_t> alerts;
  };
  using Sids = std::vector<std::uint32_t>;
  const Case cases[] = {
      {"filestore:response;", {1}},
      {"filestore:request,file;", {1}},
      {"filestore:both;", {1}},
      {"flow:to_client; filestore:toclient;", {1}},
      {R"(http.uri; content:"/x"; filestore:response,tx;)", {}},
      {"flow:to_server; filestore:to_client,ssn;", {}},
      {R"(file.data; content:"zz"; filestore:response,tx;)", {1}},
      {R"(http.uri; content:"/x"; filestore;)", {}},
      {R"(http.uri; content:"/x"; filestore:request;)", {}},
  };
  for (const auto& c : cases)
    EXPECT_EQ(Talk(std::string("alert http any any -> any any (") + c.options + " sid:1;)")
                  .client("GET /x/report.pdf HTTP/1.1\r\nHost: h\r\n\r\n")
                  .server(answer(std::string(100, 'z')))
                  .go(),
              Sids(c.alerts))
        << c.options;
}

TEST(ApplicationFiles, AttachmentsAreFiles) {
  EXPECT_THAT(
      Talk(
          R"(alert smtp any any -> any any (fileext:"zip"; file.data; content:"PK"; startswith; sid:1;)
alert tcp any any -> any any (file.data; content:"second"; sid:2;)
alert smtp any any -> any any (flow:to_client; app-layer-event:smtp.mime_invalid_qp; sid:3;))")
          .server("220 mx ESMTP\r\n")
          .client("EHLO me\r\n")
          .server("250 hi\r\n")
          .client("DATA\r\n")
          .server("354 go\r\n")
          .client("Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: a/b; "
                  "name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\nUE!s=\r\n")
          .client("--B\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: "
                  "quoted-printable\r\n\r\nthe=ZZ second\r\n--B--\r\n.\r\n")
          .server("250 ok\r\n")
          .go(),
      testing::UnorderedElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace rampart::sniffer
