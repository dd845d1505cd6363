#include "sniffer/app/smtp_parser.h"

#include <gtest/gtest.h>

#include "app_recorder.h"
#include "login_case.h"
#include "sniffer/app/file_facts.h"

namespace rampart::sniffer {
namespace {

using test::AppRecorder;
using test::kClient;
using test::kServer;
using Lines = std::vector<std::string>;

const test::Said kHi{kServer, "220 mx ESMTP\r\n"};
const test::Said kEhlo{kClient, "EHLO me\r\n"};
const test::Said kOk{kServer, "250-mx\r\n250 OK\r\n"};

TEST(SmtpParser, follows_a_session) {
  const test::LoginCase cases[] = {
      {"greeting", {kHi}},
      {"hello", {kHi, kEhlo, kOk}},
      {"a mail",
       {kHi,
        kEhlo,
        kOk,
        {kClient, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"},
        {kServer, "250 a\r\n250 b\r\n354 go\r\n"},
        {kClient, "Subject: QUIT\r\n\r\nDATA\r\n..\r\n.\r\nQUIT\r\n"},
        {kServer, "250 queued\r\n221 bye\r\n"}},
       1},
      {"data refused",
       {kHi,
        {kClient, "DATA\r\n"},
        {kServer, "503 no\r\n"},
        {kClient, "QUIT\r\n"},
        {kServer, "221 bye\r\n"}},
       1,
       0,
       {"<smtp.data_command_rejected"}},
      {"a chunk",
       {kHi, {kClient, "BDAT 8\r\nQUIT: \r\nBDAT 0 LAST\r\n"}, {kServer, "250 a\r\n250 b\r\n"}},
       1},
      {"login",
       {kHi,
        {kClient, "AUTH LOGIN\r\n"},
        {kServer, "334 VXNlcm5hbWU6\r\n"},
        {kClient, "QUIT\r\n"},
        {kServer, "334 UGFzc3dvcmQ6\r\n"},
        {kClient, "eA==\r\n"},
        {kServer, "535 no\r\n"},
        {kClient, "AUTH PLAIN eA==\r\n"},
        {kServer, "535 no\r\n"}},
       0,
       2,
       {"<smtp.invalid_reply"}},
      {"535 to anything else",
       {kHi, {kClient, "NOOP\r\n"}, {kServer, "535 no\r\n"}},
       0,
       0,
       {"<smtp.invalid_reply"}},
      {"tls", {kHi, {kClient, "starttls\r\n"}, {kServer, "220 go\r\n"}}, 1, 0, {}, true},
      {"tls refused",
       {kHi, {kClient, "STARTTLS\r\n"}, {kServer, "501 no\r\n"}},
       0,
       0,
       {"<smtp.tls_rejected"}},
      {"tls refused with a code that is not of SMTP",
       {kHi, {kClient, "STARTTLS\r\n"}, {kServer, "454 no\r\n"}},
       0,
       0,
       {"<smtp.invalid_reply"}},
      {"no welcome", {{kServer, "554 go away\r\n"}}, 0, 0, {"<smtp.no_server_welcome_message"}},
      {"reply to nothing", {kHi, {kServer, "250 hm\r\n"}}},
      {"going away", {kHi, {kServer, "421 idle\r\n"}}},
      {"no replies", {kHi, {kServer, "what\r\n25 b\r\n299 c\r\n"}}, 0, 0, {"<smtp.invalid_reply"}},
      {"long command", {kHi, {kClient, std::string(600, 'A') + "\r\n"}}},
      {"long reply", {{kServer, "220 " + std::string(600, 'A') + "\r\n"}}},
      {"hello again",
       {kHi, kEhlo, kOk, {kClient, "RSET\r\nHELO me\r\n"}},
       0,
       0,
       {">smtp.duplicate_fields"}},
  };
  test::expect_all<SmtpParser>(cases);
}

const std::string kMail =
    "Subject: x\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n"
    "Content-Type: a/b; name=one\r\n\r\n..first\r\n--B\r\n"
    "Content-Disposition: attachment; filename=two\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    "QUJD\r\n--B--\r\n";
const std::vector<BufferId> kFiles{BufferId::file_data, BufferId::file_name};
const Lines kBoth{">file.data=.first", ">file.data=ABC", ">file.name=one", ">file.name=two"};

TEST(SmtpParser, shows_the_attachments_of_mails) {
  struct Mail {
    const char* name;
    std::vector<test::Said> said;
  };
  const auto chunk = [](const std::string& text, const char* last) {
    return "BDAT " + std::to_string(text.size()) + last + "\r\n" + text;
  };
  std::string plain = kMail;
  plain.erase(plain.find("..first"), 1);  // chunks have no dots put before others
  const Mail mails[] = {
      {"data",
       {kHi,
        {kClient, "MAIL FROM:<a>\r\nDATA\r\n"},
        {kServer, "250 a\r\n354 go\r\n"},
        {kClient, kMail + ".\r\n"},
        {kServer, "250 queued\r\n"}}},
      {"one chunk",
       {kHi,
        {kClient, "MAIL FROM:<a>\r\n" + chunk(plain, " LAST")},
        {kServer, "250 a\r\n250 b\r\n"}}},
      {"chunks that cut lines",
       {kHi,
        {kClient, chunk(plain.substr(0, 60), "") + chunk(plain.substr(60, 40), "") +
                      chunk(plain.substr(100), "") + "BDAT 0 LAST\r\n"},
        {kServer, "250 a\r\n250 b\r\n250 c\r\n250 d\r\n"}}},
      {"a mail without its last line end",
       {kHi, {kClient, chunk(plain.substr(0, plain.size() - 2), " LAST")}, {kServer, "250 a\r\n"}}},
  };
  for (const auto& m : mails)
    for (const bool byte_by_byte : {false, true}) {
      AppRecorder sink(kFiles);
      SmtpParser parser;
      EXPECT_TRUE(test::say(parser, m.said, sink, byte_by_byte)) << m.name;
      auto shown = sink.buffers;
      std::sort(shown.begin(), shown.end());
      shown.erase(std::remove(shown.begin(), shown.end(), ">file.data="), shown.end());
      EXPECT_EQ(shown, kBoth) << m.name << byte_by_byte;
      EXPECT_EQ(sink.events, Lines{}) << m.name;
      EXPECT_EQ(sink.done, 1U) << m.name;
    }
}

TEST(SmtpParser, shows_what_came_of_an_attachment_when_the_connection_ends) {
  AppRecorder sink(kFiles);
  SmtpParser parser;
  test::say(parser,
            {kHi, {kClient, "DATA\r\n"}, {kServer, "354 go\r\n"}, {kClient, kMail.substr(0, 102)}},
            sink, false);
  parser.end(kClient, sink);
  parser.end(kServer, sink);
  EXPECT_EQ(sink.buffers.front(), ">file.data=.first");
  EXPECT_EQ(sink.done, 1U);
}

// One attachment, named as given.
std::string mail_with(const std::string& name, const std::string& text) {
  return "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: a/b; name=" + name +
         "\r\n\r\n" + text + "\r\n--B--\r\n";
}

TEST(SmtpParser, looks_at_the_mail_after_one_that_was_dropped) {
  for (const std::string drop : {"RSET", "HELO me", "EHLO me"}) {
    AppRecorder sink(kFiles);
    SmtpParser parser;
    test::say(parser,
              {kHi,
               {kClient, "MAIL FROM:<a>\r\n"},
               {kServer, "250 a\r\n"},
               {kClient, "BDAT 9\r\n\r\nhalf a "},
               {kServer, "250 b\r\n"},
               {kClient, drop + "\r\n"},
               {kServer, "250 c\r\n"},
               {kClient, "MAIL FROM:<a>\r\nDATA\r\n"},
               {kServer, "250 d\r\n354 go\r\n"},
               {kClient, mail_with("next", "bad") + ".\r\n"},
               {kServer, "250 queued\r\n"}},
              sink, false);
    EXPECT_EQ(sink.buffers, (Lines{">file.data=bad", ">file.name=next"})) << drop;
    EXPECT_EQ(sink.events, Lines{}) << drop;
    EXPECT_EQ(sink.done, 1U) << drop;
  }
}

TEST(SmtpParser, looks_at_the_mail_after_a_chunk_whose_end_is_lost) {
  const auto first = mail_with("first", "complete\r\nand a line that is lo");
  for (const std::uint64_t beyond : {0, 20}) {  // bytes that are lost of what follows
    AppRecorder sink(kFiles);
    SmtpParser parser;
    const auto said = first.substr(0, first.size() - 20);
    test::say(
        parser,
        {kHi,
         {kClient, "MAIL FROM:<a>\r\nBDAT " + std::to_string(first.size()) + " LAST\r\n" + said}},
        sink, false);
    EXPECT_TRUE(parser.gap(kClient, 20 + beyond, sink));
    test::say(parser,
              {{kServer, "250 a\r\n250 b\r\n"},
               {kClient, "MAIL FROM:<a>\r\nDATA\r\n"},
               {kServer, "250 c\r\n354 go\r\n"},
               {kClient, mail_with("next", "bad") + ".\r\n"},
               {kServer, "250 d\r\n"}},
              sink, false);
    for (const auto* line : {">file.name=first", ">file.name=next", ">file.data=bad"})
      EXPECT_EQ(std::count(sink.buffers.begin(), sink.buffers.end(), line), 1) << line << beyond;
    EXPECT_EQ(sink.events, Lines{}) << beyond;
    EXPECT_EQ(sink.done, 2U) << beyond;
  }
}

TEST(SmtpParser, tells_mails_apart_where_replies_are_lost) {
  AppRecorder sink;
  SmtpParser parser;
  test::say(parser, {kHi, kEhlo}, sink, false);
  EXPECT_TRUE(parser.gap(kServer, 10, sink));
  for (int i = 0; i < 3; ++i)
    test::say(parser,
              {{kClient, "MAIL FROM:<a>\r\n"},
               {kServer, "250 a\r\n"},
               {kClient, "DATA\r\n"},
               {kServer, "354 go\r\n"},
               {kClient, "Subject: x\r\n\r\nhi\r\n.\r\n"},
               {kServer, "250 b\r\n"}},
              sink, false);
  for (int i = 0; i < 2; ++i)
    test::say(parser, {{kClient, "MAIL FROM:<a>\r\nBDAT 0 LAST\r\n"}, {kServer, "250 a\r\n"}}, sink,
              false);
  EXPECT_EQ(sink.events, Lines{});
  EXPECT_EQ(sink.done, 5U);
}

TEST(SmtpParser, a_file_with_a_line_that_is_cut_is_not_whole) {
  const std::string most(SmtpParser::kMostDataLine, 'z');
  for (const bool chunk : {false, true})
    for (const std::size_t more : {0, 1, 9000}) {
      const auto text = mail_with("a", most + std::string(more, 'z') + "\r\nnext");
      AppRecorder sink({BufferId::file_data, BufferId::file_facts});
      SmtpParser parser;
      test::say(
          parser,
          {kHi,
           {kClient, chunk ? "BDAT " + std::to_string(text.size()) + " LAST\r\n" : "DATA\r\n"},
           {kServer, chunk ? "" : "354 go\r\n"},
           {kClient, text + (chunk ? "" : ".\r\n")},
           {kServer, "250 a\r\n"}},
          sink, false);
      const auto last = [&](const std::string& buffer) {
        const auto found = std::find_if(sink.buffers.rbegin(), sink.buffers.rend(),
                                        [&](const auto& b) { return b.starts_with(buffer); });
        return found == sink.buffers.rend() ? "" : found->substr(buffer.size());
      };
      EXPECT_EQ(last(">filename=").substr(kFactsSize), (more == 0 ? '\1' : '\0') + std::string("a"))
          << chunk << more;
      EXPECT_TRUE(last(">file.data=").ends_with("\r\nnext")) << chunk << more;
      const auto begin = ">file.data=" + most + (more == 0 ? "\r\nnext" : "");
      EXPECT_EQ(std::count(sink.buffers.begin(), sink.buffers.end(), begin), 1) << chunk << more;
    }
}

TEST(SmtpParser, objects_to_mails) {
  AppRecorder sink;
  SmtpParser parser;
  test::say(
      parser,
      {kHi,
       {kClient, "MAIL FROM:<a>\r\nMAIL FROM:<b>\r\nRSET\r\nMAIL FROM:<c>\r\nDATA\r\n"},
       {kServer, "250 a\r\n503 b\r\n250 c\r\n250 d\r\n354 go\r\n"},
       {kClient,
        "no colon\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nx\r\n.\r\n"}},
      sink, false);
  EXPECT_EQ(sink.events, (Lines{">smtp.duplicate_fields", ">smtp.mime_malformed_msg"}));
}

TEST(SmtpParser, bounds_attachments) {
  AppRecorder sink;
  SmtpParser parser;
  test::say(parser, {kHi, {kClient, "DATA\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"}},
            sink, false);
  for (int i = 0; i < 40; ++i)
    test::say(parser,
              {{kClient,
                "--B\r\nContent-Type: a/b; name=n\r\n\r\n" + std::string(300'000, 'x') + "\r\n"}},
              sink, false);
  EXPECT_LE(parser.memory(), SmtpTransaction::kMostFiles * 2 * SmtpTransaction::kFileLimits.keep);
}

TEST(SmtpParser, bounds_what_waits_for_replies) {
  AppRecorder sink;
  SmtpParser parser;
  for (std::size_t i = 0; i < 10 * SmtpParser::kMostWaiting; ++i)
    parser.bytes(kClient, test::octets("NOOP\r\n"), sink);
  parser.bytes(kServer, test::octets("220 hi\r\n250 a\r\n250 b\r\n"), sink);
  EXPECT_EQ(sink.events, Lines{}) << "what cannot be matched is not objected to";
  EXPECT_LE(parser.memory(), 4096U);
}

TEST(SmtpParser, ends_with_the_connection) {
  AppRecorder sink;
  SmtpParser parser;
  parser.bytes(kClient, test::octets("EHLO me\r\n"), sink);
  EXPECT_TRUE(parser.gap(kServer, 100, sink));
  parser.bytes(kServer, test::octets("250 OK\r\n"), sink);
  EXPECT_EQ(sink.events, Lines{});
  parser.end(kServer, sink);
  EXPECT_EQ(sink.done, 1U);
}

TEST(SmtpParser, ends_commands_that_follow_the_end_of_the_server) {
  AppRecorder sink;
  SmtpParser parser;
  parser.end(kServer, sink);
  parser.bytes(kClient, test::octets("QUIT\r\n"), sink);
  EXPECT_EQ(sink.done, 0U);
  parser.end(kClient, sink);
  EXPECT_EQ(sink.done, 1U);
}

}  // namespace
}  // namespace rampart::sniffer
