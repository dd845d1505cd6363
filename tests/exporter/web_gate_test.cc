#include "exporter/web_gate.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/base64.h"
#include "base/clock.h"
#include "net/loop.h"
#include "tests/support/certificate_tree.h"
#include "tests/support/deadline.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scratch_folder.h"

namespace rampart::exporter {
namespace {

using Admission = WebGate::Admission;

// Of "hunter2".
constexpr const char* kHash = "$2y$04$K5RH.OQ4yFCvxeU5AprtkulS0io0WevZgD0UH9MXIw47WeVPgB0nS";

// Reading a file is another room's part: here the file only says that it has changed.
model::WebConfig* next = nullptr;  // null: it cannot be read
base::Result<model::WebConfig> read_next(const std::string& path) {
  if (next == nullptr) return base::fail(base::Errc::config, path + ":1:1: no");
  return *next;
}

class WebGateTest : public ::testing::Test {
 protected:
  WebGateTest() {
    next = &config_;
    change();
  }
  ~WebGateTest() override { next = nullptr; }
  void change() { std::ofstream(path_, std::ios::app) << "# changed\n"; }
  void open() { gate_ = WebGate::open(loop_, clock_, path_, &read_next).value(); }
  Admission admit(const std::string& authorization) {
    bool right = false;
    const auto admission = gate_->admit(authorization, [&](bool r) { right = r; });
    if (admission != Admission::later) return admission;
    loop_.run();
    return right ? Admission::admitted : Admission::refused;
  }
  static std::string basic(const std::string& text) { return "Basic " + base::to_base64(text); }

  net::Loop loop_;
  base::SystemClock system_;
  testing::FakeClock clock_{system_.mono(), system_.wall() + std::chrono::hours(1)};
  const testing::ScratchFolder folder_;
  const std::string path_ = folder_.file("web.yml");
  model::WebConfig config_;
  std::unique_ptr<WebGate> gate_;
};

TEST_F(WebGateTest, LetsEverybodyInWithoutUsers) {
  config_.headers = {{"X-Frame-Options", "deny"}};
  open();
  EXPECT_FALSE(gate_->tls());
  EXPECT_EQ(admit(""), Admission::admitted);
  EXPECT_EQ(admit("nonsense"), Admission::admitted);
  EXPECT_EQ(gate_->headers(), config_.headers);
}

TEST_F(WebGateTest, AsksForThePassword) {
  config_.users = {{"me", kHash}};
  open();
  for (const auto& header :
       {std::string(), std::string("Basic"), std::string("Basic "), std::string("Basic %%%"),
        std::string("Bearer ") + base::to_base64("me:hunter2"), basic("me"), basic("mehunter2"),
        basic("me:hunter"), basic("you:hunter2"), basic(":hunter2"), basic("me: hunter2")})
    EXPECT_EQ(admit(header), Admission::refused) << header;
  EXPECT_EQ(admit(basic("me:hunter2")), Admission::admitted);
  EXPECT_EQ(admit("bAsIc " + base::to_base64("me:hunter2")), Admission::admitted);
}

// A second write within a step of the file system's clock would not be seen.
TEST_F(WebGateTest, LooksAgainAtWhatWasJustWritten) {
  clock_.step_wall(-std::chrono::hours(1));
  open();
  config_.users = {{"me", kHash}};
  EXPECT_EQ(admit(""), Admission::refused);
  clock_.step_wall(std::chrono::hours(1));
  EXPECT_EQ(admit(""), Admission::refused);
  config_.users.clear();
  EXPECT_EQ(admit(""), Admission::refused) << "the file is as it was";
}

TEST_F(WebGateTest, ReadsTheFileAgain) {
  open();
  EXPECT_EQ(admit(""), Admission::admitted);
  config_.users = {{"me", kHash}};
  EXPECT_EQ(admit(""), Admission::admitted) << "the file is as it was";
  change();
  EXPECT_EQ(admit(""), Admission::refused);
  EXPECT_EQ(admit(basic("me:hunter2")), Admission::admitted);
  next = nullptr;
  change();
  EXPECT_EQ(admit(basic("me:hunter2")), Admission::broken);
  EXPECT_EQ(admit(basic("me:hunter2")), Admission::broken);
  next = &config_;
  change();
  EXPECT_EQ(admit(basic("me:hunter2")), Admission::admitted);
  std::filesystem::remove(path_);
  next = nullptr;
  EXPECT_EQ(admit(basic("me:hunter2")), Admission::broken);
}

TEST_F(WebGateTest, MakesCertificatesAnewWhereTheyChange) {
  testing::CertificateTree tree;
  tree.make("one", {.names = "DNS:localhost"});
  tree.make("two", {.names = "DNS:localhost"});
  const auto certificate = path_ + ".pem";
  const auto key = path_ + ".key";
  const auto install = [&](const char* name) {
    for (const auto& [from, to] :
         {std::pair{tree.certificate(name), certificate}, std::pair{tree.key(name), key}}) {
      std::filesystem::copy_file(from, to + ".new",
                                 std::filesystem::copy_options::overwrite_existing);
      std::filesystem::rename(to + ".new", to);
    }
  };
  install("one");
  config_.tls.emplace();
  config_.tls->cert_file = certificate;
  config_.tls->key_file = key;
  open();
  EXPECT_TRUE(gate_->tls());
  const auto* native = gate_->context()->native();
  EXPECT_EQ(gate_->context()->native(), native);
  install("two");
  ASSERT_NE(gate_->context(), nullptr);
  EXPECT_NE(gate_->context()->native(), native);
  std::filesystem::remove(key);
  EXPECT_EQ(gate_->context(), nullptr);
  install("one");
  EXPECT_NE(gate_->context(), nullptr);
  config_.tls.reset();
  change();
  EXPECT_EQ(gate_->context(), nullptr) << "never in clear text";
}

TEST_F(WebGateTest, NamesWhatIsWrongAtTheStart) {
  next = nullptr;
  const auto broken = WebGate::open(loop_, clock_, path_, &read_next);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().text, path_ + ":1:1: no");
  next = &config_;
  config_.tls.emplace();
  config_.tls->cert_file = config_.tls->key_file = "/nonexistent.pem";
  const auto missing = WebGate::open(loop_, clock_, path_, &read_next);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().text.find("/nonexistent.pem"), std::string::npos);
}

}  // namespace
}  // namespace rampart::exporter
