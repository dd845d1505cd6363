#include "sniffer/app/ftp_parser.h"

#include <gtest/gtest.h>

#include "app_recorder.h"
#include "login_case.h"

namespace rampart::sniffer {
namespace {

using test::AppRecorder;
using test::kClient;
using test::kServer;

TEST(FtpParser, matches_commands_and_replies) {
  const test::LoginCase cases[] = {
      {"greeting", {{kServer, "220 hi\r\n"}}},
      {"command without reply", {{kClient, "USER me\r\n"}}},
      {"one", {{kClient, "USER me\r\n"}, {kServer, "331 go on\r\n"}}, 1},
      {"long reply", {{kClient, "FEAT\r\n"}, {kServer, "211-these:\r\n 530 x\r\n211 end\r\n"}}, 1},
      {"long reply, open", {{kClient, "FEAT\r\n"}, {kServer, "211-these:\r\n530 x\r\n"}}},
      {"preliminary reply",
       {{kClient, "RETR x\r\n"}, {kServer, "150 coming\r\n"}, {kServer, "226 done\r\n"}},
       1},
      {"refused",
       {{kClient, "USER a\r\n"},
        {kServer, "331 x\r\n"},
        {kClient, "PASS b\r\n"},
        {kServer, "530 no\r\n"},
        {kClient, "pass c\r\n"},
        {kServer, "530 no\r\n"}},
       3,
       2},
      {"530 to anything else", {{kClient, "LIST\r\n"}, {kServer, "530 log in first\r\n"}}, 1},
      {"does not wait", {{kClient, "USER a\r\nPASS b\r\n"}}, 1},
      {"tls", {{kClient, "AUTH TLS\r\n"}, {kServer, "234 yes\r\n"}}, 1, 0, {}, true},
      {"tls refused", {{kClient, "AUTH TLS\r\n"}, {kServer, "504 no\r\n"}}, 1},
      {"another security", {{kClient, "AUTH GSSAPI\r\n"}, {kServer, "234 yes\r\n"}}, 1},
      {"long command",
       {{kClient, std::string(5000, 'A') + "\r\n"}},
       0,
       0,
       {">ftp.request_command_too_long"}},
      {"long reply line",
       {{kServer, "220 " + std::string(5000, 'A') + "\r\n"}},
       0,
       0,
       {"<ftp.response_command_too_long"}},
  };
  test::expect_all<FtpParser>(cases);
}

TEST(FtpParser, says_where_tls_begins) {
  AppRecorder sink;
  FtpParser parser;
  parser.bytes(kClient, test::octets("AUTH TLS\r\n"), sink);
  EXPECT_FALSE(parser.bytes(kServer, test::octets("234 yes\r\nMORE"), sink));
  ASSERT_TRUE(parser.handover());
  EXPECT_EQ(parser.handover()->to, AppProto::tls);
  EXPECT_EQ(parser.handover()->used, 9U);
}

TEST(FtpParser, goes_on_after_a_gap) {
  AppRecorder sink;
  FtpParser parser;
  parser.bytes(kServer, test::octets("211-half of a rep"), sink);
  EXPECT_TRUE(parser.gap(kServer, 100, sink));
  parser.bytes(kClient, test::octets("NOOP\r\n"), sink);
  parser.bytes(kServer, test::octets("y\r\n200 ok\r\n"), sink);
  EXPECT_EQ(sink.done, 1U);
  parser.bytes(kClient, test::octets("NOOP\r\n"), sink);
  parser.end(kServer, sink);
  EXPECT_EQ(sink.done, 2U) << "the end of a connection is a reply too";
}

TEST(FtpParser, ends_commands_that_follow_the_end_of_the_server) {
  AppRecorder sink;
  FtpParser parser;
  parser.end(kServer, sink);
  parser.bytes(kClient, test::octets("QUIT\r\n"), sink);
  EXPECT_EQ(sink.done, 0U);
  parser.end(kClient, sink);
  EXPECT_EQ(sink.done, 1U);
}

}  // namespace
}  // namespace rampart::sniffer
