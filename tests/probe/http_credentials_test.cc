#include "probe/module/http_credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe/module/secret_file.h"
#include "tests/support/scratch_folder.h"

namespace rampart::probe {
namespace {

TEST(HttpCredentials, Basic) {
  EXPECT_EQ(basic_credentials("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST(HttpCredentials, OfAModule) {
  const testing::ScratchFolder folder;
  model::HttpModule module;
  EXPECT_EQ(module_credentials(module).value(), "");
  module.authorization = model::Authorization{"Bearer", "abc", {}};
  EXPECT_EQ(module_credentials(module).value(), "Bearer abc");
  module.authorization = model::Authorization{"Token", {}, folder.write("token", " abc\n")};
  EXPECT_EQ(module_credentials(module).value(), "Token abc");
  folder.write("token", "new");
  EXPECT_EQ(module_credentials(module).value(), "Token new");
  module.basic_auth = model::BasicAuth{"Aladdin", {}, folder.write("password", "open sesame\r\n")};
  EXPECT_EQ(module_credentials(module).value(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  module.basic_auth->password_file = "/nonexistent/password";
  EXPECT_EQ(module_credentials(module).error().text,
            "read /nonexistent/password: no such file or directory");
}

TEST(SecretFile, WhatIsNoFileDoesNotHoldAnybodyUp) {
  const testing::ScratchFolder folder;
  EXPECT_FALSE(read_whole(folder.path()));
  const auto pipe = folder.file("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(read_whole(pipe).value_or("?"), "");  // nobody writes to it
}

TEST(SecretFile, IsBounded) {
  const testing::ScratchFolder folder;
  const auto path = folder.write("big", std::string(kMostOfFile + 1, 'x'));
  EXPECT_FALSE(read_whole(path));
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(kMostOfFile)), 0);
  EXPECT_EQ(read_whole(path).value().size(), kMostOfFile);
  EXPECT_FALSE(read_secret({}, path));
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(kMostOfSecret)), 0);
  EXPECT_EQ(read_secret({}, path).value().size(), kMostOfSecret);
}

}  // namespace
}  // namespace rampart::probe
