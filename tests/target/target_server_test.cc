#include "target/target_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "net/http2_client.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "net/tls.h"
#include "tests/support/deadline.h"
#include "tests/support/test_certificate.h"

namespace rampart::target {
namespace {

using namespace std::chrono_literals;

// One client on the server's own loop: sends its requests one after the other.
class Client final : private net::HttpClient::Listener {
 public:
  struct Answer {
    std::uint16_t status;
    base::Nanos took;
    std::uint64_t bytes;
  };

  Client(net::Loop& loop, const base::Endpoint& to, std::vector<std::string> paths,
         const net::TlsContext* tls = nullptr)
      : loop_(loop), paths_(std::move(paths)) {
    ++open;
    net::HttpClient::Listener& listener = *this;
    client_ = std::make_unique<net::HttpClient>(loop, tls, "localhost", to, listener);
  }

  std::vector<Answer> answers;
  bool failed = false;
  static inline int open = 0;  // clients that still ask; the last one stops the loop

 private:
  void on_ready() override { next(); }
  void on_reply(const net::HttpClient::Reply& reply) override {
    answers.push_back({reply.status, clock_.mono() - sent_, reply.bytes});
    next();
  }
  void on_http_end(net::StreamEnd, std::string_view) override {
    failed = true;
    finish();
  }
  void next() {
    if (answers.size() == paths_.size()) {
      finish();
      return;
    }
    sent_ = clock_.mono();
    const auto text = "GET " + paths_[answers.size()] + " HTTP/1.1\r\nHost: t\r\n\r\n";
    client_->send({text.data(), text.size()}, false);
  }
  void finish() {
    if (--open == 0) loop_.stop();
  }

  net::Loop& loop_;
  std::vector<std::string> paths_;
  base::SystemClock clock_;
  base::MonoTime sent_;
  std::unique_ptr<net::HttpClient> client_;
};

class TargetServerTest : public ::testing::Test {
 protected:
  void serve(TargetOptions options) {
    options.listen = {base::IpAddress::v4(127, 0, 0, 1), 0};
    auto made = TargetServer::listen(loop, std::move(options), clock);
    ASSERT_TRUE(made.has_value()) << made.error().text;
    server = *std::move(made);
  }
  Client& client(std::vector<std::string> paths, const net::TlsContext* tls = nullptr) {
    clients.push_back(std::make_unique<Client>(loop, server->endpoint(), std::move(paths), tls));
    return *clients.back();
  }

  base::SystemClock clock;
  net::Loop loop;
  std::unique_ptr<TargetServer> server;
  std::vector<std::unique_ptr<Client>> clients;
};

TEST_F(TargetServerTest, AnswersWithABodyOfTheSizeThatWasAsked) {
  serve({.body_bytes = 5000});
  const auto& c = client({"/", "/a?b=c", "/rampart-canary/1"});
  loop.run();
  ASSERT_EQ(c.answers.size(), 3U);
  EXPECT_EQ(c.answers[0].status, 200);
  EXPECT_GT(c.answers[0].bytes, 5000U);
  EXPECT_EQ(c.answers[1].status, 200);
  EXPECT_EQ(c.answers[2].status, 404);
  EXPECT_EQ(server->counters().requests, 3U);
  EXPECT_EQ(server->counters().answered, 3U);
}

TEST_F(TargetServerTest, AddsItsLatencyToEveryAnswer) {
  serve({.latency = 40ms});
  const auto& c = client({"/", "/", "/"});
  loop.run();
  ASSERT_EQ(c.answers.size(), 3U);
  for (const auto& answer : c.answers) EXPECT_GE(answer.took, 39ms);
}

TEST_F(TargetServerTest, TwoServersServeFourClientsInTwoRounds) {
  serve({.queue = {.service_time = 60ms, .servers = 2}});
  for (int i = 0; i < 4; ++i) client({"/"});
  loop.run();
  std::vector<base::Nanos> took;
  for (const auto& c : clients) took.push_back(c->answers.at(0).took);
  std::sort(took.begin(), took.end());
  EXPECT_GE(took[0], 59ms);
  EXPECT_LT(took[1], took[2]);
  EXPECT_GE(took[2], 115ms);
}

TEST_F(TargetServerTest, FailsTheShareThatWasAsked) {
  for (const double share : {0.0, 0.3, 1.0}) {
    serve({.error_share = share});
    clients.clear();
    const auto& c = client(std::vector<std::string>(500, "/"));
    loop.run();
    std::map<int, int> statuses;
    for (const auto& answer : c.answers) ++statuses[answer.status];
    EXPECT_NEAR(statuses[500], 500 * share, share == 0.3 ? 60 : 0);
    EXPECT_EQ(statuses[200] + statuses[500], 500);
    EXPECT_EQ(server->counters().errors, static_cast<std::uint64_t>(statuses[500]));
  }
}

TEST_F(TargetServerTest, RefusesWhereTheQueueIsFull) {
  serve({.queue = {.service_time = 100ms, .servers = 1, .queue_limit = 1}});
  for (int i = 0; i < 3; ++i) client({"/"});
  loop.run();
  int refused = 0;
  for (const auto& c : clients) refused += c->answers.at(0).status == 503 ? 1 : 0;
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(server->counters().refused, 1U);
  EXPECT_EQ(server->counters().answered, 2U);
}

TEST_F(TargetServerTest, AnswersMetricsDuringAHang) {
  serve({.queue = {.hangs = {{.after = 0ms, .length = 300ms}}}});
  const auto& page = client({"/"});
  const auto& metrics = client({"/metrics", "/metrics", "/metrics"});
  loop.run();
  ASSERT_EQ(page.answers.size(), 1U);
  EXPECT_GE(page.answers[0].took, 250ms);
  ASSERT_EQ(metrics.answers.size(), 3U);
  for (const auto& answer : metrics.answers) {
    EXPECT_EQ(answer.status, 200);
    EXPECT_LT(answer.took, 150ms);
  }
  EXPECT_EQ(server->counters().requests, 1U) << "the metrics page is no request";
}

TEST_F(TargetServerTest, AClientThatLeavesBeforeItsAnswerHarmsNobody) {
  serve({.latency = 50ms});
  client({"/", "/", "/"});
  {
    Client gone(loop, server->endpoint(), {"/"});
    --Client::open;
  }
  loop.run();
  EXPECT_EQ(clients[0]->answers.size(), 3U);
}

// Sends all its requests at once on one connection of HTTP/2.
class Http2Streams final : private net::Http2Client::Listener {
 public:
  Http2Streams(net::Loop& loop, const base::Endpoint& to, const std::vector<std::string>& paths,
               const net::TlsContext* tls = nullptr)
      : loop_(loop) {
    for (const auto& path : paths)
      requests_.emplace_back(net::Http2Request::Head{.authority = "t", .path = path}, "");
    net::Http2Client::Listener& listener = *this;
    client_ = std::make_unique<net::Http2Client>(loop, tls, "localhost", to, 1000, listener);
  }

  std::vector<Client::Answer> answers;  // in order of arrival

 private:
  void on_streams(std::uint32_t) override {
    sent_ = clock_.mono();
    for (const auto& request : requests_) client_->send(request, nullptr);
  }
  void on_reply(void*, const net::Http2Client::Reply& reply) override {
    answers.push_back({reply.status, clock_.mono() - sent_, reply.bytes});
    if (answers.size() == requests_.size()) loop_.stop();
  }
  void on_lost(void*, net::Http2Client::Loss) override { ADD_FAILURE() << "lost"; }
  void on_goaway() override { ADD_FAILURE() << "goaway"; }
  void on_http_end(net::StreamEnd, std::string_view detail) override {
    ADD_FAILURE() << detail;
    loop_.stop();
  }

  net::Loop& loop_;
  std::vector<net::Http2Request> requests_;
  base::SystemClock clock_;
  base::MonoTime sent_;
  std::unique_ptr<net::Http2Client> client_;
};

TEST_F(TargetServerTest, DelaysEachHttp2StreamByItself) {
  serve({.latency = 40ms, .queue = {.service_time = 30ms, .servers = 1}});
  const Http2Streams c(loop, server->endpoint(), {"/", "/metrics", "/rampart-canary/1", "/"});
  loop.run();
  ASSERT_EQ(c.answers.size(), 4U);
  EXPECT_LT(c.answers[0].took, 39ms) << "the metrics page waits for nobody";
  EXPECT_EQ(c.answers[0].status, 200);
  EXPECT_GE(c.answers[1].took, 69ms);
  EXPECT_EQ(c.answers[2].status, 404);
  EXPECT_GE(c.answers[2].took, 99ms);
  EXPECT_GE(c.answers[3].took, 129ms);
}

TEST_F(TargetServerTest, FailsHttp2StreamsOverTls) {
  const auto trust = net::TlsContext::client({.ca_file = "", .insecure = true}).value();
  serve({.tls = true, .error_share = 0.3, .body_bytes = 2000});
  const Http2Streams many(loop, server->endpoint(), std::vector<std::string>(400, "/"), &trust);
  loop.run();
  std::map<int, int> statuses;
  for (const auto& answer : many.answers) {
    ++statuses[answer.status];
    EXPECT_GT(answer.bytes, 2000U);
  }
  EXPECT_NEAR(statuses[500], 120, 60);
  EXPECT_EQ(statuses[200] + statuses[500], 400);
}

TEST_F(TargetServerTest, HangsForHttp2AsForHttp1) {
  serve({.queue = {.hangs = {{.after = 0ms, .length = 200ms}}}});
  const Http2Streams c(loop, server->endpoint(), {"/", "/", "/metrics"});
  loop.run();
  ASSERT_EQ(c.answers.size(), 3U);
  EXPECT_LT(c.answers[0].took, 150ms);
  EXPECT_GE(c.answers[1].took, 190ms);
  EXPECT_GE(c.answers[2].took, 190ms);
}

TEST_F(TargetServerTest, SpeaksTlsWithACertificateOfItsOwnOrAGivenOne) {
  const testing::TestCertificate certificate;
  const auto any = net::TlsContext::client({.ca_file = "", .insecure = true});
  const auto strict = net::TlsContext::client({.ca_file = certificate.certificate()});
  ASSERT_TRUE(any && strict);
  serve({.tls = true});
  const auto& trusting = client({"/"}, &*any);
  loop.run();
  EXPECT_EQ(trusting.answers.size(), 1U);
  const auto& doubting = client({"/"}, &*strict);
  loop.run();
  EXPECT_TRUE(doubting.failed);
  clients.clear();
  serve({.tls = true, .certificate = certificate.certificate(), .key = certificate.key()});
  const auto& satisfied = client({"/"}, &*strict);
  loop.run();
  EXPECT_EQ(satisfied.answers.size(), 1U);
}

TEST_F(TargetServerTest, SaysWhyItCannotListen) {
  serve({});
  auto again = TargetServer::listen(loop, {.listen = server->endpoint()}, clock);
  ASSERT_FALSE(again.has_value());
  EXPECT_NE(again.error().text.find(to_string(server->endpoint())), std::string::npos);
  auto no_key = TargetServer::listen(
      loop, {.tls = true, .certificate = "/nonexistent.pem", .key = "/nonexistent.key"}, clock);
  ASSERT_FALSE(no_key.has_value());
  EXPECT_NE(no_key.error().text.find("/nonexistent"), std::string::npos);
}

}  // namespace
}  // namespace rampart::target
