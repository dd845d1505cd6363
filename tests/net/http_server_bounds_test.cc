#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "tests/net/http_server_lab.h"

// What clients of HttpServer may cost, in HTTP/1.1.
namespace rampart::net {
namespace {

using namespace std::chrono_literals;

TEST_F(ServerTest, ClosesConnectionsThatKeepItWaiting) {
  std::vector<std::unique_ptr<Client>> clients;
  when_request = [&](auto id, auto& request) {
    if (request.path == "/idle") server->reply(id, {.body = "idle\n"});
    if (request.path == "/wait" || clients[1]->recorder.data.ends_with("idle\n")) loop.stop();
  };
  const auto begin = base::MonoTime(base::Nanos(1));
  const auto add = [&](const std::string& text) {
    clients.push_back(std::make_unique<Client>(loop, server->endpoint(), text));
    clients.back()->recorder.when_end = [] {};
  };
  add("GET /slow HTTP/1.1\r\nx: ");
  add("GET /idle HTTP/1.1\r\n\r\n");
  clients[1]->recorder.when_data = [&] { loop.stop(); };
  loop.run();
  add("PRI * ");
  add("GET /wait HTTP/1.1\r\n\r\n");
  loop.run();
  ASSERT_EQ(server->connections(), 4U);
  server->prune(begin);
  server->prune(begin + HttpServer::kPatience);
  EXPECT_EQ(server->connections(), 4U);
  server->prune(begin + HttpServer::kPatience + base::Nanos(1));
  EXPECT_EQ(server->connections(), 2U) << "a request that does not end, and one that hardly begins";
  server->prune(begin + HttpServer::kIdle);
  EXPECT_EQ(server->connections(), 2U);
  server->prune(begin + HttpServer::kIdle + base::Nanos(1));
  EXPECT_EQ(server->connections(), 1U);
  EXPECT_TRUE(gone.empty()) << "a request that waits for its answer is the server's matter";
}

TEST_F(ServerTest, MakesRoomForNewConnections) {
  HttpServer::Options options;
  options.most_connections = 2;
  listen(options);
  std::vector<HttpServer::ExchangeId> waiting;
  when_request = [&](auto id, auto& request) {
    if (request.path != "/wait") return server->reply(id, {.body = "at once\n"});
    waiting.push_back(id);
    loop.stop();
  };
  Client first(loop, server->endpoint(), "GET /wait HTTP/1.1\r\n\r\n");
  loop.run();
  Client silent(loop, server->endpoint(), "GET /never");
  silent.recorder.when_end = [] {};
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(ask("GET / HTTP/1.1\r\n\r\n", "at once\n").ends_with("at once\n"));
  Client second(loop, server->endpoint(), "GET /wait HTTP/1.1\r\n\r\n");
  while (waiting.size() < 2) loop.run();
  EXPECT_EQ(server->connections(), 2U);
  EXPECT_EQ(ask("GET / HTTP/1.1\r\n\r\n", "at once\n"), "") << "both wait for their answers";
  EXPECT_TRUE(gone.empty());
}

// A client that is answered now and then is not the one that has to go.
TEST_F(ServerTest, MakesRoomByWhomWasNotAnsweredForLongest) {
  HttpServer::Options options;
  options.most_connections = 2;
  listen(options);
  Client first(loop, server->endpoint(), "GET /1 HTTP/1.1\r\n\r\n");
  first.recorder.when_data = [&] { loop.stop(); };
  first.recorder.when_end = [&] { FAIL() << "it was answered last"; };
  loop.run();
  Client silent(loop, server->endpoint(), "GET /never");
  silent.recorder.when_end = [] {};
  while (server->connections() < 2) wait(1ms);
  first.tcp->write(std::string_view("GET /2 HTTP/1.1\r\n\r\n"));
  while (requests < 2) loop.run();
  EXPECT_TRUE(ask("GET / HTTP/1.1\r\n\r\n", "/\n").ends_with("GET /\n"));
  wait(1ms);
  EXPECT_TRUE(silent.recorder.calls.ends_with("end ")) << silent.recorder.calls;
}

// Each takes room beside its text.
TEST_F(ServerTest, CountsFieldsAgainstTheLimitOfHeaders) {
  const auto with = [](std::size_t fields) {
    std::string out = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i < fields; ++i) out += "a:\n";
    return out + "Connection: close\r\n\r\n";
  };
  EXPECT_TRUE(ask(with(2400)).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask(with(2500)).starts_with("HTTP/1.1 431 ")) << "80 KiB hold 2482 of them";
  EXPECT_TRUE(ask(with(27'000)).starts_with("HTTP/1.1 431 "));
  EXPECT_EQ(requests, 1);
}

// Who reads a large answer slowly reads it.
TEST_F(ServerTest, WaitsForAnAnswerThatIsRead) {
  const std::string large(48 << 20, 'x');
  when_request = [&](auto id, auto&) { server->reply(id, {.body = large}); };
  Client client(loop, server->endpoint(), "GET / HTTP/1.1\r\n\r\n");
  client.recorder.when_end = [] {};
  std::size_t wanted = 1;
  client.recorder.when_data = [&] {
    if (client.recorder.data.size() < wanted) return;
    client.tcp->pause();
    loop.stop();
  };
  base::MonoTime now{1s};
  for (int i = 0; i < 3; ++i) {
    loop.run();
    wait(2ms);  // the server writes on, into what the kernel takes
    wanted = client.recorder.data.size() + (6 << 20);
    server->prune(now);
    now += HttpServer::kPatience;
    server->prune(now);
    ASSERT_EQ(server->connections(), 1U) << i;
    client.tcp->resume();
  }
  loop.run();
  wait(2ms);
  now += 1s;
  server->prune(now);
  now += HttpServer::kPatience + 1ns;
  server->prune(now);
  EXPECT_EQ(server->connections(), 0U) << "it no longer reads";
}

// However steadily: nobody needs that long.
TEST_F(ServerTest, EndsAnAnswerThatIsReadForTooLong) {
  const std::string large(72 << 20, 'x');
  when_request = [&](auto id, auto&) { server->reply(id, {.body = large}); };
  Client client(loop, server->endpoint(), "GET / HTTP/1.1\r\n\r\n");
  client.recorder.when_end = [] {};
  client.recorder.when_data = [&] {
    client.tcp->pause();
    loop.stop();
  };
  loop.run();
  base::MonoTime now{1s};
  server->prune(now);
  const auto end = now + HttpServer::kIdle;
  std::size_t wanted = 0;
  client.recorder.when_data = [&] {
    if (client.recorder.data.size() < wanted) return;
    client.tcp->pause();
    loop.stop();
  };
  while (now + HttpServer::kPatience <= end) {
    wanted = client.recorder.data.size() + (2 << 20);
    client.tcp->resume();
    loop.run();
    wait(2ms);
    server->prune(now += HttpServer::kPatience);
    ASSERT_EQ(server->connections(), 1U) << (now - base::MonoTime(1s)).count();
  }
  server->prune(end + 1ns);
  EXPECT_EQ(server->connections(), 0U);
}

}  // namespace
}  // namespace rampart::net
