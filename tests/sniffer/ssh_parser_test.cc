#include "sniffer/app/ssh_parser.h"

#include <gtest/gtest.h>

#include "app_recorder.h"

namespace rampart::sniffer {
namespace {

using test::AppRecorder;
using test::kClient;
using test::kServer;
using Lines = std::vector<std::string>;

TEST(SshParser, reads_banners) {
  const std::string long_line(300, 'x');
  const struct {
    const char* name;
    std::vector<test::Said> said;
    Lines buffers;
    Lines events;
    bool wants_more = false;
  } cases[] = {
      {"both",
       {{kServer, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"}, {kClient, "SSH-2.0-libssh2_1.4.3\r\nxyz"}},
       {"<ssh.proto=2.0", "<ssh.software=OpenSSH_9.2p1", ">ssh.proto=2.0",
        ">ssh.software=libssh2_1.4.3"},
       {}},
      {"old, with LF alone",
       {{kServer, "SSH-1.99-a-b\n"}},
       {"<ssh.proto=1.99", "<ssh.software=a-b"},
       {},
       true},
      {"lines before it",
       {{kServer, "Welcome\r\nto this\r\nSSH-2.0-x\r\n"}},
       {"<ssh.proto=2.0", "<ssh.software=x"},
       {},
       true},
      {"a client must not", {{kClient, "Hello\r\n"}}, {}, {">ssh.invalid_banner"}, true},
      {"no software", {{kClient, "SSH-2.0\r\n"}}, {}, {">ssh.invalid_banner"}, true},
      {"empty software", {{kClient, "SSH-2.0-\r\n"}}, {">ssh.proto=2.0"}, {}, true},
      {"long",
       {{kClient, "SSH-2.0-" + long_line + "\r\n"}},
       {">ssh.proto=2.0", ">ssh.software=" + long_line.substr(0, 247)},
       {">ssh.long_banner"},
       true},
      {"no end", {{kServer, long_line}}, {}, {"<ssh.invalid_banner"}, true},
  };
  for (const auto& c : cases)
    for (const bool byte_by_byte : {false, true}) {
      AppRecorder sink({BufferId::ssh_proto, BufferId::ssh_software});
      SshParser parser;
      EXPECT_EQ(test::say(parser, c.said, sink, byte_by_byte), c.wants_more) << c.name;
      EXPECT_EQ(sink.done, c.wants_more ? 0U : 1U) << c.name;
      EXPECT_EQ(sink.buffers, c.buffers) << c.name << byte_by_byte;
      EXPECT_EQ(sink.events, c.events) << c.name << byte_by_byte;
    }
}

TEST(SshParser, bounds_what_comes_before_a_banner) {
  AppRecorder sink;
  SshParser parser;
  const auto line = test::octets("hello\r\n");
  for (unsigned i = 0; i <= SshParser::kMostLinesBefore; ++i) parser.bytes(kServer, line, sink);
  EXPECT_EQ(sink.events, Lines{"<ssh.invalid_banner"});
}

TEST(SshParser, ends_with_the_connection) {
  AppRecorder sink({BufferId::ssh_proto});
  SshParser parser;
  EXPECT_TRUE(parser.gap(kServer, 9, sink));
  parser.end(kClient, sink);
  EXPECT_EQ(sink.done, 1U);
}

}  // namespace
}  // namespace rampart::sniffer
