#include "probe/module/http_credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "probe/module/secret_file.h"

namespace rampart::probe {
namespace {

std::string file_with(const std::string& name, const std::string& text) {
  const auto path = ::testing::TempDir() + "http_credentials_" + name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

TEST(HttpCredentials, Basic) {
  EXPECT_EQ(basic_credentials("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST(HttpCredentials, OfAModule) {
  model::HttpModule module;
  EXPECT_EQ(module_credentials(module).value(), "");
  module.authorization = model::Authorization{"Bearer", "abc", {}};
  EXPECT_EQ(module_credentials(module).value(), "Bearer abc");
  module.authorization = model::Authorization{"Token", {}, file_with("token", " abc\n")};
  EXPECT_EQ(module_credentials(module).value(), "Token abc");
  file_with("token", "new");
  EXPECT_EQ(module_credentials(module).value(), "Token new");
  module.basic_auth = model::BasicAuth{"Aladdin", {}, file_with("password", "open sesame\r\n")};
  EXPECT_EQ(module_credentials(module).value(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  module.basic_auth->password_file = "/nonexistent/password";
  EXPECT_EQ(module_credentials(module).error().text,
            "read /nonexistent/password: no such file or directory");
}

TEST(SecretFile, WhatIsNoFileDoesNotHoldAnybodyUp) {
  EXPECT_FALSE(read_whole(::testing::TempDir()));
  const auto pipe = ::testing::TempDir() + "http_credentials_pipe";
  unlink(pipe.c_str());
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(read_whole(pipe).value_or("?"), "");  // nobody writes to it
  unlink(pipe.c_str());
}

TEST(SecretFile, IsBounded) {
  const auto path = file_with("big", std::string(kMostOfFile + 1, 'x'));
  EXPECT_FALSE(read_whole(path));
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(kMostOfFile)), 0);
  EXPECT_EQ(read_whole(path).value().size(), kMostOfFile);
  EXPECT_FALSE(read_secret({}, path));
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(kMostOfSecret)), 0);
  EXPECT_EQ(read_secret({}, path).value().size(), kMostOfSecret);
  unlink(path.c_str());
}

}  // namespace
}  // namespace rampart::probe
