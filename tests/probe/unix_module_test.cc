#include "probe/module/unix_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "module_lab.h"
#include "net/tls.h"
#include "probe/descriptor.h"
#include "talk_server.h"
#include "tests/support/certificate_tree.h"
#include "tests/support/deadline.h"
#include "tests/support/scratch_folder.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using ::testing::HasSubstr;
using Answer = TalkServer::Answer;
using Then = TalkServer::Answer::Then;

model::QueryResponse turn(std::string expect, std::string send = {}) {
  model::QueryResponse out;
  out.expect = std::move(expect);
  out.send = std::move(send);
  return out;
}

class UnixModule : public ::testing::Test {
 protected:
  UnixModule() { module_.prober = model::BlackboxModule::Prober::unix_socket; }
  static Answer answer(const std::string& line) {
    if (line == "STARTTLS") return {"go\n", Then::starttls};
    return {"you said " + line + "\n"};
  }
  ModuleOutcome run(const std::string& target) {
    return lab_.run<UnixModuleProbe>(module_, target);
  }

  testing::ScratchFolder folder_;
  ModuleLab lab_;
  model::BlackboxModule module_;
};

TEST_F(UnixModule, ConversesByAPathAndAnAbstractName) {
  auto& turns = module_.unix_socket.query_response;
  turns = {turn("^ready", "hello"), turn("you said (.*)")};
  turns[1].labels = {{"word", "$1"}};
  for (const auto& path : {folder_.file("service"), "@rampart-test-" + std::to_string(getpid())}) {
    const TalkServer server(lab_.loop, answer, {.greeting = "ready\n", .path = path});
    const auto out = run(path);
    EXPECT_TRUE(out.success) << out.detail;
    EXPECT_EQ(value_of(out, "probe_failed_due_to_regex"), 0);
    EXPECT_EQ(value_of(out, "probe_expect_info", "word=\"hello\""), 1);
    EXPECT_EQ(value_of(out, "probe_ip_protocol"), std::nullopt);
    EXPECT_EQ(out.families.size(), 2U);
    EXPECT_GT(out.phases.processing, base::Nanos(0));
    EXPECT_TRUE(lab_.tuples.records.empty());
  }
}

TEST_F(UnixModule, SpeaksTlsToANameThatSomebodySays) {
  testing::CertificateTree tree;
  tree.make("root", {.authority = true});
  tree.make("web", {.issuer = "root", .names = "DNS:web.test"});
  const auto tls = net::TlsContext::server(tree.certificate("web"), tree.key("web")).value();
  const auto path = folder_.file("service");
  auto& options = module_.unix_socket;
  options.tls_options.ca_file = tree.certificate("root");
  {
    const TalkServer server(lab_.loop, answer, {.tls = &tls, .path = path});
    options.query_response = {turn({}, "STARTTLS"), turn("go"), turn({}, "hello"), turn("hello")};
    options.query_response[1].starttls = true;
    const auto nobody = run(path);
    EXPECT_EQ(nobody.reason, ProbeReason::bad_module);
    EXPECT_THAT(nobody.detail, HasSubstr("server_name"));
    options.tls_options.server_name = "web.test";
    const auto out = run(path);
    EXPECT_TRUE(out.success) << out.detail;
    EXPECT_EQ(value_of(out, "probe_tls_version_info", "version=\"TLS 1.3\""), 1);
  }
  options.query_response.clear();
  options.tls = true;
  options.tls_options.server_name.clear();
  const TalkServer server(lab_.loop, answer, {.tls = &tls, .tls_at_once = true, .path = path});
  const auto named = lab_.run<UnixModuleProbe>(module_, path, std::chrono::seconds(5), "web.test");
  EXPECT_TRUE(named.success) << named.detail;
}

TEST_F(UnixModule, TellsThatTooManyWait) {
  const auto path = folder_.file("busy");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  const auto* at = reinterpret_cast<const sockaddr*>(&address);
  const auto made = [] {
    return Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  };
  const auto server = made();
  ASSERT_EQ(bind(server.get(), at, sizeof address), 0);
  ASSERT_EQ(listen(server.get(), 0), 0);
  const auto first = made();
  ASSERT_EQ(connect(first.get(), at, sizeof address), 0);
  const auto out = run(path);
  EXPECT_EQ(out.reason, ProbeReason::connect_refused) << out.detail;
  EXPECT_THAT(out.detail, HasSubstr("too many wait"));
}

// Who asks must not learn from a path what files there are.
TEST_F(UnixModule, TellsNothingOfFiles) {
  const auto file = folder_.file("file");
  std::ofstream(file) << "no socket";
  const auto left = folder_.file("left");  // its server has gone
  {
    const TalkServer server(lab_.loop, answer, {.path = left});
    std::filesystem::create_hard_link(left, folder_.file("kept"));
  }
  const auto packets = folder_.file("packets");  // no stream
  const Descriptor bound(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(packets.size(), sizeof address.sun_path);
  packets.copy(address.sun_path, packets.size());
  ASSERT_EQ(bind(bound.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const auto circle = folder_.file("circle");
  std::filesystem::create_symlink("circle", circle);
  const char* nothing = "no stream socket listens there that may be used";
  const struct {
    std::string target;
    ProbeReason reason;
    const char* detail;
  } cases[] = {
      {folder_.file("none"), ProbeReason::connect_refused, nothing},
      {file + "/below", ProbeReason::connect_refused, nothing},
      {circle, ProbeReason::connect_refused, nothing},
      {folder_.file("kept"), ProbeReason::connect_refused, nothing},
      {file, ProbeReason::connect_refused, nothing},
      {packets, ProbeReason::connect_refused, nothing},
      {"@rampart-test-nobody", ProbeReason::connect_refused, nothing},
      {"", ProbeReason::bad_target, "no path"},
      {"/" + std::string(200, 'x'), ProbeReason::bad_target, "no path"},
      {std::string("/a\0b", 4), ProbeReason::bad_target, "no path"},
  };
  for (const auto& c : cases) {
    const auto out = run(c.target);
    EXPECT_FALSE(out.success);
    EXPECT_EQ(out.reason, c.reason) << c.target << ": " << out.detail;
    EXPECT_THAT(out.detail, HasSubstr(c.detail)) << c.target;
    EXPECT_EQ(value_of(out, "probe_failed_due_to_regex"), 0);
  }
}

}  // namespace
}  // namespace rampart::probe
