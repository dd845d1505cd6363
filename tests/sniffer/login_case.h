#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "app_recorder.h"

namespace rampart::sniffer::test {

// What is said over a protocol with commands, replies and logins, and what its parser makes of it.
struct LoginCase {
  const char* name;
  std::vector<Said> said;
  unsigned done = 0;
  std::uint32_t failed_logins = 0;
  std::vector<std::string> events{};
  bool secured = false;
};

// However it was cut into pieces.
template <class Parser>
void expect_all(std::span<const LoginCase> cases) {
  for (const auto& c : cases)
    for (const bool byte_by_byte : {false, true}) {
      SCOPED_TRACE(std::string(c.name) + (byte_by_byte ? ", byte by byte" : ""));
      AppRecorder sink;
      Parser parser;
      EXPECT_EQ(say(parser, c.said, sink, byte_by_byte), !c.secured);
      EXPECT_EQ(sink.done, c.done);
      EXPECT_EQ(parser.failed_logins(), c.failed_logins);
      EXPECT_EQ(sink.events, c.events);
      EXPECT_EQ(parser.handover().has_value(), c.secured);
    }
}

}  // namespace rampart::sniffer::test
