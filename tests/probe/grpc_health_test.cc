#include "probe/module/grpc_health.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace rampart::probe {
namespace {

using namespace std::string_literals;

TEST(GrpcHealth, WritesTheRequest) {
  EXPECT_EQ(make_health_request(""), "\0\0\0\0\0"s);
  EXPECT_EQ(make_health_request("web"), "\0\0\0\0\x05\x0A\x03web"s);
  const std::string name(300, 'x');
  EXPECT_EQ(make_health_request(name), "\0\0\0\x01\x2F\x0A\xAC\x02"s + name);
}

TEST(GrpcHealth, ReadsTheReply) {
  const struct {
    std::string body;
    ServingStatus status;
  } cases[] = {
      {"\0\0\0\0\0"s, 0},
      {"\0\0\0\0\x02\x08\x01"s, 1},
      {"\0\0\0\0\x02\x08\x02"s, 2},
      {"\0\0\0\0\x03\x08\x81\0"s, 1},        // longer than it need be
      {"\0\0\0\0\x04\x08\x02\x08\x01"s, 1},  // the last one counts
      // An enumeration has 32 bits; negative numbers are written with 64.
      {"\0\0\0\0\x0B\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s, -1},
      // Fields that are not known, of each kind, around it.
      {"\0\0\0\0\x0B\x12\x02hi\x08\x01\x18\x07\x3D\x01\x02"s + "\x03\x04", 1},
      {"\0\0\0\0\x0B\x08\x01\x19zzzzzzzz"s, 1},
  };
  for (const auto& c : cases) {
    auto body = c.body;
    body[4] = static_cast<char>(body.size() - 5);
    const auto status = read_health_reply(body);
    ASSERT_TRUE(status) << status.error().text;
    EXPECT_EQ(*status, c.status);
  }
}

TEST(GrpcHealth, RefusesWhatIsNone) {
  const std::string bodies[] = {
      "",
      "\0\0\0\0"s,
      "\1\0\0\0\0"s,        // compressed
      "\0\0\0\0\x02\x08"s,  // shorter than it says
      "\0\0\0\0\0x"s,       // longer
      "\0\xFF\xFF\xFF\xFF"s,
      "\0\0\0\0\x01\x08"s,      // a status without a value
      "\0\0\0\0\x02\x08\x80"s,  // that does not end
      "\0\0\0\0\x0C\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s,
      "\0\0\0\0\x02\0\0"s,  // field 0
      "\0\0\0\0\x01\x80"s,
      "\0\0\0\0\x03\x12\x7Fx"s,  // bytes beyond the end
      "\0\0\0\0\x02\x0B\x0C"s,   // a group
      "\0\0\0\0\x02\x19z"s,
      "\0\0\0\0\x02\x3Dz"s,
  };
  for (const auto& body : bodies) {
    const auto status = read_health_reply(body);
    ASSERT_FALSE(status) << body.size();
    EXPECT_EQ(status.error().code, base::Errc::protocol);
    EXPECT_FALSE(status.error().text.empty());
  }
}

TEST(GrpcHealth, NamesItsNumbers) {
  EXPECT_EQ(serving_status_name(kServing), "SERVING");
  EXPECT_EQ(serving_status_name(3), "SERVICE_UNKNOWN");
  EXPECT_EQ(serving_status_name(7), "7");
  EXPECT_EQ(serving_status_name(-1), "-1");
  EXPECT_EQ(grpc_status_name(kGrpcUnavailable), "UNAVAILABLE");
  EXPECT_EQ(grpc_status_name(kGrpcUnauthenticated), "UNAUTHENTICATED");
  EXPECT_EQ(grpc_status_name(17), "17");
}

TEST(GrpcHealth, ReadsAStatus) {
  EXPECT_EQ(read_grpc_status("0"), kGrpcOk);
  EXPECT_EQ(read_grpc_status("14"), kGrpcUnavailable);
  EXPECT_EQ(read_grpc_status("99"), 99);
  for (const auto* text : {"", "x", "1x", " 1", "-1", "99999999999"})
    EXPECT_EQ(read_grpc_status(text), kGrpcInternal) << text;
  const std::pair<int, int> https[] = {{400, kGrpcInternal},         {401, kGrpcUnauthenticated},
                                       {403, kGrpcPermissionDenied}, {404, kGrpcUnimplemented},
                                       {429, kGrpcUnavailable},      {503, kGrpcUnavailable},
                                       {200, kGrpcUnknown},          {500, kGrpcUnknown}};
  for (const auto& [http, grpc] : https) EXPECT_EQ(grpc_status_of_http(http), grpc) << http;
}

TEST(GrpcHealth, ReadsAMessage) {
  EXPECT_EQ(read_grpc_message(""), "");
  EXPECT_EQ(read_grpc_message("as told"), "as told");
  EXPECT_EQ(read_grpc_message("100%25 %e4%BD%a0"), "100% \xE4\xBD\xA0");
  EXPECT_EQ(read_grpc_message("%"), "%");
  EXPECT_EQ(read_grpc_message("%2"), "%2");
  EXPECT_EQ(read_grpc_message("%zz%+1%-1"), "%zz%+1%-1");
}

}  // namespace
}  // namespace rampart::probe
