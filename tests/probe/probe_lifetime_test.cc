#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http_lab.h"
#include "net/http_server.h"
#include "net/tls.h"
#include "probe/module/make_module_probe.h"
#include "talk_server.h"
#include "tests/support/certificate_tree.h"

// Every module's probe may be destroyed at any of its stages, and in the call that ends it.
namespace rampart::probe {
namespace {

using Prober = model::BlackboxModule::Prober;
using namespace std::chrono_literals;

constexpr int kTurnsBehind = 5;

class ProbeLifetime : public ::testing::Test, private net::Timer::Listener {
 protected:
  ProbeLifetime() { lab_.zone["web.test. 1"] = {testing::dns_address("127.0.0.1")}; }

  // At least so many stages there are.
  void destroy_everywhere(const model::BlackboxModule& module, const std::string& target,
                          int least) {
    int stage = 0;
    for (bool ended = false; !ended && stage < 500; ++stage) {
      Heard heard;
      heard.probe = make(module, target);
      heard.probe->start(heard);
      turn(stage);
      ended = heard.outcomes > 0;
      heard.probe.reset();
      turn(kTurnsBehind);
      ASSERT_EQ(heard.outcomes, ended ? 1 : 0) << "stage " << stage;
    }
    EXPECT_GT(stage, least);
    EXPECT_LT(stage, 500);
    Heard heard;
    heard.destroy = true;
    heard.probe = make(module, target);
    heard.probe->start(heard);
    turn(stage + 500);
    EXPECT_EQ(heard.outcomes, 1);
    EXPECT_EQ(heard.probe, nullptr);
  }

  ModuleLab lab_;

 private:
  struct Heard final : ModuleProbe::Listener {
    void on_outcome(ModuleOutcome&&) override {
      ++outcomes;
      if (destroy) probe.reset();
    }
    std::unique_ptr<ModuleProbe> probe;
    bool destroy = false;
    int outcomes = 0;
  };

  std::unique_ptr<ModuleProbe> make(const model::BlackboxModule& module,
                                    const std::string& target) {
    return make_module_probe(lab_.context,
                             {.module = &module, .target = target, .hostname = {}, .timeout = 5s});
  }
  // The loop looks for events so many times.
  void turn(int times) {
    net::Timer::Listener& self = *this;
    net::Timer at_once(lab_.loop, self);
    for (int i = 0; i < times; ++i) {
      at_once.arm(lab_.clock.mono());
      lab_.loop.run();
    }
  }
  void on_timer(net::Timer&) override { lab_.loop.stop(); }
};

TEST_F(ProbeLifetime, Http) {
  ScriptedServer server(lab_.loop, [](const std::string& request) {
    return request.starts_with("GET /ok")
               ? says(http_text("200 OK", {}, "fine\n"))
               : says(http_text("302 Found", "Location: /ok\r\n", "gone"));
  });
  const auto target = "http://web.test:" + std::to_string(server.endpoint().port) + "/";
  destroy_everywhere(http_module(), target, 5);
  auto by_proxy = http_module();
  by_proxy.http.proxy.url = http_target(server.endpoint(), "");
  by_proxy.http.skip_resolve_phase_with_proxy = true;
  destroy_everywhere(by_proxy, target, 5);
  auto with_token = http_module();
  with_token.http.oauth2 = model::OAuth2{.client_id = "me",
                                         .client_secret = "hush",
                                         .client_secret_file = {},
                                         .scopes = {},
                                         .token_url = target + "ok",
                                         .endpoint_params = {},
                                         .tls = {},
                                         .proxy = {}};
  destroy_everywhere(with_token, target, 5);
}

class ProbeLifetimeTls : public ProbeLifetime {
 protected:
  ProbeLifetimeTls() {
    tree_.make("good", {.names = "DNS:web.test"});
    tls_.emplace(net::TlsContext::server(tree_.chain({"good"}), tree_.key("good")).value());
  }
  testing::CertificateTree tree_;
  std::optional<net::TlsContext> tls_;
};

TEST_F(ProbeLifetimeTls, Http) {
  TalkServer server(lab_.loop,
                    [](const std::string& line) -> TalkServer::Answer {
                      if (line != "\r") return {};
                      return {http_text("200 OK", {}, "fine\n"), TalkServer::Answer::Then::close};
                    },
                    {.tls = &*tls_, .tls_at_once = true});
  auto module = http_module();
  module.http.enable_http2 = false;
  module.http.tls.ca_file = tree_.certificate("good");
  destroy_everywhere(module, "https://web.test:" + std::to_string(server.endpoint().port), 6);
}

TEST_F(ProbeLifetimeTls, Conversations) {
  const TalkServer::Script script = [](const std::string& line) -> TalkServer::Answer {
    if (line == "STARTTLS") return {"220 go\n", TalkServer::Answer::Then::starttls};
    return {"bye\n", TalkServer::Answer::Then::close};
  };
  TalkServer server(lab_.loop, script, {.greeting = "220 ready\n", .tls = &*tls_});
  model::BlackboxModule module;
  module.prober = Prober::tcp;
  module.tcp.tls_options.ca_file = tree_.certificate("good");
  module.tcp.query_response.resize(4);
  module.tcp.query_response[0].expect = "220";
  module.tcp.query_response[0].send = "STARTTLS";
  module.tcp.query_response[1].expect = "220";
  module.tcp.query_response[2].starttls = true;
  module.tcp.query_response[3].send = "QUIT";
  destroy_everywhere(module, "web.test:" + std::to_string(server.endpoint().port), 6);

  const auto path = "@rampart-lifetime-" + std::to_string(getpid());
  TalkServer local(lab_.loop, script, {.greeting = "220 ready\n", .path = path});
  model::BlackboxModule by_path;
  by_path.prober = Prober::unix_socket;
  by_path.unix_socket.query_response.resize(2);
  by_path.unix_socket.query_response[0].expect = "220";
  by_path.unix_socket.query_response[0].send = "QUIT";
  by_path.unix_socket.query_response[1].expect = "bye";
  destroy_everywhere(by_path, path, 1);
}

TEST_F(ProbeLifetime, Dns) {
  testing::DnsServer server(lab_.loop, [](const testing::DnsQuery& query) {
    return std::vector{testing::DnsMessage(query)
                           .add(testing::DnsMessage::answer, 1, testing::dns_address("192.0.2.1"))
                           .bytes()};
  });
  for (const bool tcp : {false, true}) {
    model::BlackboxModule module;
    module.prober = Prober::dns;
    module.dns.query_name = "web.test";
    module.dns.query_type = "A";
    module.dns.tcp = tcp;
    module.dns.ip = {false, true};
    destroy_everywhere(module, "web.test:" + std::to_string(server.endpoint().port), 3);
  }
}

// The server speaks HTTP/2 and no gRPC, which ends a probe as well as an answer does.
TEST_F(ProbeLifetime, Grpc) {
  struct Web final : net::HttpServer::Handler {
    void on_request(net::HttpServer::ExchangeId id, const net::HttpServer::Request&) override {
      server->reply(id, {.body = "fine\n"});
    }
    std::unique_ptr<net::HttpServer> server;
  };
  Web web;
  const auto none = base::Endpoint{base::IpAddress::v4(127, 0, 0, 1), 0};
  web.server = net::HttpServer::listen(lab_.loop, none, nullptr, web).value();
  model::BlackboxModule module;
  module.prober = Prober::grpc;
  module.grpc.ip = {false, true};
  destroy_everywhere(module, "web.test:" + std::to_string(web.server->endpoint().port), 4);
}

// Where no socket may be opened, that is its end.
TEST_F(ProbeLifetime, Icmp) {
  model::BlackboxModule module;
  module.prober = Prober::icmp;
  module.icmp.ip = {false, true};
  destroy_everywhere(module, "web.test", 1);
}

}  // namespace
}  // namespace rampart::probe
