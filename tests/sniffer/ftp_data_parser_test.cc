#include "sniffer/app/ftp_data_parser.h"

#include <gtest/gtest.h>

#include "app_recorder.h"
#include "sniffer/app/app_layer.h"

namespace rampart::sniffer {
namespace {

using test::AppRecorder;
using test::kClient;
using test::kServer;
using test::octets;
using Lines = std::vector<std::string>;

const std::vector<BufferId> kFiles{BufferId::file_data, BufferId::file_name,
                                   BufferId::ftpdata_command};

TEST(FtpDataParser, shows_the_file_as_it_comes) {
  AppRecorder sink(kFiles);
  FtpDataParser parser({.store = true, .name = "a.txt"});
  parser.bytes(kServer, octets("one "), sink);
  parser.bytes(kClient, octets("somebody else"), sink);
  parser.bytes(kServer, octets("two"), sink);
  parser.end(kClient, sink);
  EXPECT_EQ(sink.done, 0U);
  parser.end(kServer, sink);
  EXPECT_EQ(sink.done, 1U);
  EXPECT_EQ(sink.buffers, (Lines{"<file.data=one ", "<file.name=a.txt", "<ftpdata_command=STOR",
                                 "<file.data=one two"}));
}

TEST(FtpDataParser, is_not_waited_for_forever) {
  const auto us = test::ip("10.0.0.1"), them = test::ip("10.0.0.2");
  for (const int seconds : {59, 61}) {
    AppRecorder sink;
    AppLayer layer({});
    Flow control, data;
    control.client = {us, 50'000};
    control.server = {them, 21};
    layer.bytes(control, kServer, octets("220 hi\r\n"), sink);
    layer.bytes(control, kClient, octets("USER a\r\nPORT 10,0,0,1,4,2\r\nRETR a\r\n"), sink);
    data.client = {them, 20};
    data.server = {us, 1026};
    data.last = control.last + std::chrono::seconds(seconds);
    layer.bytes(data, kClient, octets("a file"), sink);
    EXPECT_EQ(data.app == AppProto::ftp_data, seconds < 60) << seconds;
    layer.forget(data);
    layer.forget(control);
  }
}

// Where its begin is lost too.
TEST(FtpDataParser, follows_every_command_that_sends_a_file) {
  const auto us = test::ip("10.0.0.1"), them = test::ip("10.0.0.2");
  const std::pair<std::string, std::string> cases[] = {
      {"RETR", "RETR"}, {"STOR", "STOR"}, {"APPE", "STOR"}, {"stou", "STOR"}};
  for (const auto& [verb, command] : cases)
    for (const bool lost : {false, true}) {
      AppRecorder sink(kFiles);
      AppLayer layer({});
      Flow control, data;
      control.client = {us, 50'000};
      control.server = {them, 21};
      layer.bytes(control, kServer, octets("220 hi\r\n"), sink);
      layer.bytes(control, kClient, octets("USER a\r\nPORT 10,0,0,1,4,2\r\n" + verb + " a\r\n"),
                  sink);
      data.client = {them, 20};
      data.server = {us, 1026};
      if (lost) layer.gap(data, kClient, 100, sink);
      layer.bytes(data, kClient, octets("the file"), sink);
      EXPECT_EQ(data.app, AppProto::ftp_data) << verb << lost;
      EXPECT_EQ(sink.buffers,
                (Lines{">file.data=the file", ">file.name=a", ">ftpdata_command=" + command}))
          << verb << lost;
      layer.forget(data);
      layer.forget(control);
    }
}

struct Case {
  const char* name;
  std::vector<test::Said> control;
  base::Endpoint client, server;  // of the connection for the file
  const char* command;            // null: it is not for a file
};

TEST(FtpDataParser, finds_the_connection_that_was_agreed_on) {
  const auto us = test::ip("10.0.0.1"), them = test::ip("10.0.0.2");
  const test::Said hi{kServer, "220 hi\r\n"}, user{kClient, "USER a\r\n"},
      ok{kServer, "230 ok\r\n"};
  const base::Endpoint passive{them, 1025}, active{us, 1026};
  const Case cases[] = {
      {"passive",
       {hi,
        user,
        ok,
        {kClient, "PASV\r\n"},
        {kServer, "227 Yes (10,0,0,2,4,1).\r\n"},
        {kClient, "RETR a.txt\r\n"}},
       {us, 5000},
       passive,
       "RETR"},
      {"passive, without parentheses",
       {hi,
        user,
        ok,
        {kClient, "PASV\r\n"},
        {kServer, "227 =10,0,0,2,4,1\r\n"},
        {kClient, "stor a.txt\r\n"}},
       {us, 5000},
       passive,
       "STOR"},
      {"extended passive",
       {hi,
        user,
        ok,
        {kClient, "EPSV\r\n"},
        {kServer, "229 Yes (|||1025|)\r\n"},
        {kClient, "RETR a.txt\r\n"}},
       {us, 5000},
       passive,
       "RETR"},
      {"active",
       {hi,
        user,
        ok,
        {kClient, "PORT 10,0,0,1,4,2\r\n"},
        {kServer, "200 ok\r\n"},
        {kClient, "RETR a.txt\r\n"}},
       {them, 20},
       active,
       "RETR"},
      {"extended active",
       {hi, user, ok, {kClient, "EPRT |1|10.0.0.1|1026|\r\nRETR a.txt\r\n"}},
       {them, 20},
       active,
       "RETR"},
      {"a listing",
       {hi, user, ok, {kClient, "PORT 10,0,0,1,4,2\r\nLIST\r\n"}},
       {them, 20},
       active,
       nullptr},
      {"somebody else",
       {hi, user, ok, {kClient, "PORT 10,0,0,1,4,2\r\nRETR a.txt\r\n"}},
       {test::ip("10.0.0.3"), 20},
       active,
       nullptr},
      {"no port",
       {hi,
        user,
        ok,
        {kClient, "PASV\r\n"},
        {kServer, "227 Yes (10,0,0,2,4,256).\r\n"},
        {kClient, "RETR a.txt\r\n"}},
       {us, 5000},
       passive,
       nullptr},
  };
  for (const auto& c : cases) {
    AppRecorder control_sink, sink(kFiles);
    AppLayer layer({});
    Flow control, data;
    control.client = {us, 50'000};
    control.server = {them, 21};
    for (const auto& said : c.control)
      layer.bytes(control, said.direction, octets(said.text), control_sink);
    EXPECT_EQ(control.app, AppProto::ftp) << c.name;
    data.client = c.client;
    data.server = c.server;
    layer.bytes(data, kClient, octets("GET / HTTP/1.1\r\n"), sink);
    EXPECT_EQ(data.app == AppProto::ftp_data, c.command != nullptr) << c.name;
    if (c.command != nullptr) {
      const Lines wanted{">file.data=GET / HTTP/1.1\r\n", ">file.name=a.txt",
                         std::string(">ftpdata_command=") + c.command};
      EXPECT_EQ(sink.buffers, wanted) << c.name;
    }
    layer.forget(data);
    layer.forget(control);
    EXPECT_EQ(layer.memory_used(), 0U);
  }
}

}  // namespace
}  // namespace rampart::sniffer
