#include "probe/module/tls_contexts.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/certificate_tree.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scratch_folder.h"

namespace rampart::probe {
namespace {

class TlsContextsTest : public ::testing::Test {
 protected:
  TlsContextsTest() {
    tree_.make("root", {.authority = true});
    tree_.make("client", {.issuer = "root"});
    tls_.ca_file = tree_.certificate("root");
  }
  const net::TlsContext* context() {
    auto made = contexts_.of(tls_);
    EXPECT_TRUE(made) << made.error().text;
    return made ? made->get() : nullptr;
  }
  // So that the time of change is another one, whatever the clock of the file system.
  static void touch(const std::string& path) {
    namespace fs = std::filesystem;
    fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(1));
  }

  testing::CertificateTree tree_;
  model::ModuleTls tls_;
  base::SystemClock system_;
  testing::FakeClock clock_{system_.mono(), system_.wall() + std::chrono::hours(1)};
  TlsContexts contexts_{clock_};
};

TEST_F(TlsContextsTest, MakesEachOnce) {
  const auto* first = context();
  EXPECT_EQ(context(), first);
  tls_.server_name = "web.test";  // is not part of it
  EXPECT_EQ(context(), first);
  EXPECT_EQ(contexts_.size(), 1U);
  tls_.insecure = true;
  EXPECT_NE(context(), first);
  tls_.max_version = model::TlsVersion::tls1_2;
  context();
  EXPECT_EQ(contexts_.size(), 3U);
  tls_ = {};
  tls_.ca_file = tree_.certificate("root");
  EXPECT_EQ(context(), first);
  tls_.ca_file.clear();  // the system's
  const auto* systems = context();
  EXPECT_EQ(context(), systems);
  EXPECT_EQ(contexts_.size(), 4U);
}

TEST_F(TlsContextsTest, MakesOneAnewWhereAFileHasChanged) {
  tls_.certificate_file = tree_.certificate("client");
  tls_.key_file = tree_.key("client");
  for (const auto& path : {tls_.ca_file, tls_.certificate_file, tls_.key_file}) {
    const auto before = contexts_.of(tls_).value();  // held, so that no new one has its place
    EXPECT_EQ(context(), before.get());
    touch(path);
    EXPECT_NE(context(), before.get()) << path;
    EXPECT_EQ(contexts_.size(), 1U);
  }
}

// A second write within a step of the file system's clock would not be seen.
TEST_F(TlsContextsTest, DoesNotKeepWhatWasJustWritten) {
  clock_.step_wall(-std::chrono::hours(1));
  const auto first = contexts_.of(tls_).value();
  const auto second = contexts_.of(tls_).value();
  EXPECT_NE(first, second);
  EXPECT_EQ(contexts_.size(), 1U);
  clock_.step_wall(std::chrono::hours(1));
  const auto third = contexts_.of(tls_).value();
  EXPECT_EQ(contexts_.of(tls_).value(), third);
}

TEST_F(TlsContextsTest, WhatFailedIsTriedAgain) {
  const testing::ScratchFolder folder;
  const auto path = folder.file("late.pem");
  tls_.ca_file = path;
  const auto missing = contexts_.of(tls_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, base::Errc::config);
  EXPECT_NE(missing.error().text.find(path), std::string::npos) << missing.error().text;
  EXPECT_EQ(contexts_.size(), 0U);
  std::filesystem::copy_file(tree_.certificate("root"), path);
  context();
  std::ofstream(path) << "no certificate";
  touch(path);
  EXPECT_FALSE(contexts_.of(tls_));
  EXPECT_EQ(contexts_.size(), 0U);
}

TEST_F(TlsContextsTest, KeepsSoMany) {
  const testing::ScratchFolder folder;
  const auto held = contexts_.of(tls_).value();
  for (int i = 0; i < 300; ++i) {
    const auto path = folder.file(std::to_string(i) + ".pem");
    std::filesystem::copy_file(tree_.certificate("root"), path);
    tls_.ca_file = path;
    context();
    std::filesystem::remove(path);
  }
  EXPECT_EQ(contexts_.size(), 256U);
  tls_.ca_file = tree_.certificate("root");
  EXPECT_NE(context(), held.get());
}

}  // namespace
}  // namespace rampart::probe
