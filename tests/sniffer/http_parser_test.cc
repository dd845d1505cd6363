#include "sniffer/app/http_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/reuse.h"
#include "compressed.h"
#include "http_exchange.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using enum BufferId;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kToServer = Direction::to_server;
constexpr auto kToClient = Direction::to_client;
constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

std::string answer(std::string_view fields, std::string_view body) {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string chunked(std::string_view body, std::size_t size) {
  std::string out;
  for (; !body.empty(); body.remove_prefix(std::min(size, body.size()))) {
    const auto chunk = body.substr(0, size);
    char head[24];
    std::snprintf(head, sizeof head, "%zx\r\n", chunk.size());
    out.append(head).append(chunk).append("\r\n");
  }
  return out + "0\r\n\r\n";
}

// Not periodic, so that it does not compress to nothing.
std::string noise(std::size_t size) {
  std::string out(size, '\0');
  std::uint32_t state = 1;
  for (auto& c : out) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>('a' + (state >> 24U) % 26);
  }
  return out;
}

TEST(HttpParser, tells_the_stages_of_an_exchange) {
  HttpExchange x;
  x.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n");
  EXPECT_THAT(x.steps, ElementsAre("0>line", "0>headers"));
  x.client("ab");
  x.server("HTTP/1.1 200 OK\r\n");
  x.server("Content-Length: 2\r\n\r\na");
  x.server("b");
  EXPECT_THAT(x.steps, ElementsAre("0>line", "0>headers", "0>complete", "0<line", "0<headers",
                                   "0<complete", "0 done"));
}

TEST(HttpParser, pipelined_requests_meet_their_answers) {
  HttpExchange x;
  x.client("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  x.server(answer("", "one") + answer("", "two"));
  EXPECT_EQ(x.request(http_uri, 0), "/1");
  EXPECT_EQ(x.request(http_uri, 1), "/2");
  EXPECT_EQ(x.answer(file_data, 0), "one");
  EXPECT_EQ(x.answer(file_data, 1), "two");
  EXPECT_EQ(x.open, 0U);
  EXPECT_EQ(x.most_open, 2U);
}

TEST(HttpParser, old_requests_have_neither_fields_nor_status) {
  HttpExchange x;
  x.client("GET /old\r\n");
  x.server("<html>text");
  x.end();
  EXPECT_EQ(x.request(http_method), "GET");
  EXPECT_EQ(x.request(http_uri), "/old");
  EXPECT_EQ(x.request(http_protocol), "(none)");
  EXPECT_EQ(x.answer(file_data), "<html>text");
  EXPECT_EQ(x.answer(http_stat_code), "(none)");
  EXPECT_TRUE(x.whole(file_data, kToClient));
  EXPECT_EQ(x.open, 0U);
}

TEST(HttpParser, a_server_that_says_http_1_makes_junk_a_request_of_it) {
  HttpExchange x;
  x.client("\x01\x02 junk\r\n\r\n");
  x.server("HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(x.answer(http_response_line), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(x.answer(file_data), "body");
}

TEST(HttpParser, an_interim_answer_is_not_the_answer) {
  for (const std::size_t piece : {std::size_t{1}, std::string::npos}) {
    HttpExchange x;
    x.piece = piece;
    x.client("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    x.server("HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n");
    x.client("ab");
    x.server(answer("X-Final: 1\r\n", "done"));
    EXPECT_EQ(x.answer(http_stat_code), "200");
    EXPECT_EQ(x.answer(http_header), "X-Final: 1\r\nContent-Length: 4\r\n");
    EXPECT_EQ(x.answer(http_header_raw), "X-Final: 1\r\nContent-Length: 4\r\n\r\n");
    EXPECT_EQ(x.answer(file_data), "done");
    EXPECT_EQ(x.request(http_request_body), "ab");
    EXPECT_EQ(x.open, 0U);
  }
}

TEST(HttpParser, a_tunnel_ends_it) {
  HttpExchange x;
  EXPECT_TRUE(x.client("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"));
  EXPECT_FALSE(x.server("HTTP/1.1 200 Established\r\n\r\nrest"));
  ASSERT_TRUE(x.handover());
  EXPECT_EQ(x.handover()->used, 28U) << "who speaks first inside is not the end's matter";
  EXPECT_EQ(x.request(http_uri), "") << "there is one, and it is empty";
  EXPECT_EQ(x.request(http_uri_raw), "h:443");
  EXPECT_EQ(x.answer(http_stat_code), "200");
  EXPECT_EQ(x.open, 0U);
}

TEST(HttpParser, a_refused_tunnel_goes_on) {
  HttpExchange x;
  EXPECT_TRUE(x.client("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(kGet)));
  EXPECT_TRUE(x.server("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" + answer("", "body")));
  EXPECT_EQ(x.answer(http_stat_code, 0), "403");
  EXPECT_EQ(x.request(http_method, 1), "GET");
  EXPECT_EQ(x.answer(file_data, 1), "body");
}

TEST(HttpParser, a_tunnel_that_was_not_waited_for_is_lost) {
  HttpExchange x;
  EXPECT_TRUE(x.client("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(4, '\0') + "\n"));
  EXPECT_FALSE(x.server("HTTP/1.1 200 Established\r\n\r\n"));
  ASSERT_TRUE(x.handover());
  EXPECT_EQ(x.handover()->used, 28U);
}

// libhtp tells by what the client said whether it is HTTP, and goes on.
TEST(HttpParser, nothing_is_lost_behind_a_tunnel_that_was_not_waited_for) {
  HttpExchange x;
  const std::string connect = "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_TRUE(x.client(connect + "GET /inside HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_TRUE(x.server("HTTP/1.1 200 Established\r\n\r\nevil\r\n"));
  EXPECT_EQ(x.request(http_uri, 1), "/inside");
  EXPECT_EQ(x.answer(file_data, 0), "evil\r\n");
}

TEST(HttpParser, only_a_tunnel_hands_over) {
  HttpExchange x;
  EXPECT_FALSE(x.client("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"));
  EXPECT_FALSE(x.handover());
}

TEST(HttpParser, memory_follows_what_is_held) {
  HttpExchange x;
  const auto idle = x.memory();
  x.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n" + noise(50'000));
  EXPECT_GT(x.memory(), idle + 50'000);
  x.client(noise(10'000));
  x.server(answer("", ""));
  EXPECT_LT(x.memory(), idle + base::kMostKept + 1000);
  for (int i = 0; i < 100; ++i) x.client(kGet);
  EXPECT_GT(x.memory(), idle + 100'000);
}

TEST(HttpParser, an_upgrade_ends_it) {
  HttpExchange x;
  x.client("GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n");
  const std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
  EXPECT_FALSE(x.server(head + "\x81\x05"));
  ASSERT_TRUE(x.handover());
  EXPECT_EQ(x.handover()->used, head.size());
  EXPECT_EQ(x.answer(http_stat_code), "101");
  EXPECT_EQ(x.answer(http_header), "Upgrade: websocket\r\n");
  EXPECT_EQ(x.open, 0U);
}

TEST(HttpParser, bodies_of_answers_are_decoded) {
  const std::string text = "<html>evil</html>" + noise(3000);
  const auto gzip = compress(text, Coding::gzip);
  const auto zlib = compress(text, Coding::zlib);
  const auto deflate = compress(text, Coding::deflate);
  const auto twice = compress(gzip, Coding::gzip);
  const std::string te = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
  const std::vector<std::string> answers = {
      answer("", text),
      te + "\r\n" + chunked(text, 1),
      te + "\r\n" + chunked(text, 1000),
      te + "Content-Length: 3\r\n\r\n" + chunked(text, 1000),
      answer("Content-Encoding: gzip\r\n", gzip),
      answer("Content-Encoding: x-gzip\r\n", gzip),
      answer("Content-Encoding: deflate\r\n", zlib),
      answer("Content-Encoding: deflate\r\n", deflate),
      answer("Content-Encoding: gzip, gzip\r\n", twice),
      answer("Content-Encoding: gzip, gzip, deflate\r\n", compress(twice, Coding::deflate)),
      te + "Content-Encoding: gzip\r\n\r\n" + chunked(gzip, 7),
      "HTTP/1.1 200 OK\r\n\r\n" + text,
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip,
  };
  // libhtp tells zlib's form from the bare one by its first bytes, which must come together.
  for (const std::size_t piece : {std::size_t{100}, std::size_t{500}, std::string::npos})
    for (const auto& a : answers) {
      HttpExchange x;
      x.piece = piece;
      x.client(kGet);
      x.server(a);
      x.end();
      EXPECT_EQ(x.answer(file_data), text) << a.substr(0, 80) << " by " << piece;
      EXPECT_EQ(x.answer(http_response_body), text);
      EXPECT_EQ(x.open, 0U);
      // The heads of chunks count, the empty line after them does not.
      const std::size_t last = a.find("chunked") == std::string::npos ? 0 : 2;
      const auto sent = a.size() - a.find("\r\n\r\n") - 4 - last;
      EXPECT_EQ(x.answer_lengths[0], sent) << a.substr(0, 80);
    }
}

TEST(HttpParser, bodies_of_requests_are_decoded) {
  const std::string text = "user=evil&" + noise(3000);
  const auto post = [](std::string_view coding, std::string_view body) {
    return "POST /a HTTP/1.1\r\nHost: h\r\nContent-Encoding: " + std::string(coding) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  };
  for (const std::size_t piece : {std::size_t{100}, std::string::npos}) {
    HttpExchange x;
    x.piece = piece;
    x.client(post("gzip", compress(text, Coding::gzip)));
    EXPECT_GT(x.memory(), HttpExchange().memory() + 40'000) << "what decodes it counts";
    x.client(post("deflate", compress(text, Coding::deflate)));
    for (const std::uint64_t number : {0, 1}) {
      EXPECT_EQ(x.request(http_request_body, number), text) << piece;
      EXPECT_EQ(x.request(file_data, number), text);
    }
  }
  HttpExchange bomb;
  bomb.client(post("gzip", compress(std::string(64U << 20U, 'a'), Coding::gzip)));
  EXPECT_EQ(bomb.request(http_request_body).size(), HttpOptions().request.keep);
  EXPECT_THAT(bomb.events, Contains("http.compression_bomb"));
  HttpExchange plain;
  plain.client(post("gzip", "no gzip"));
  EXPECT_EQ(plain.request(http_request_body), "no gzip");
  EXPECT_THAT(plain.events, Contains("http.gzip_decompression_failed"));
}

TEST(HttpParser, bodies_stay_as_sent_where_nobody_reads_them) {
  const auto packed = compress(noise(3000), Coding::gzip);
  HttpExchange x({.decode_bodies = false});
  x.client("POST /a HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: " +
           std::to_string(packed.size()) + "\r\n\r\n" + packed);
  x.server(answer("Content-Encoding: gzip\r\n", packed));
  x.client(kGet);
  x.server(answer("Content-Encoding: gzip\r\n", "no gzip"));
  EXPECT_EQ(x.request(http_request_body), packed);
  EXPECT_EQ(x.answer(http_response_body), packed);
  EXPECT_EQ(x.answer_lengths[0], packed.size());
  EXPECT_EQ(x.answer(http_stat_code, 1), "200") << "the next answer is found";
  EXPECT_THAT(x.events, testing::IsEmpty());
}

TEST(HttpParser, lzma_is_left_as_it_is) {
  HttpExchange x;
  x.client(kGet);
  x.server(answer("Content-Encoding: lzma\r\n", "]xxxxxxxxxxxxxxxxxxxx not decoded"));
  x.end();
  EXPECT_NE(x.answer(file_data).find(" not decoded"), std::string::npos);
}

TEST(HttpParser, a_bomb_is_bounded_and_told) {
  HttpExchange x;
  x.client(kGet);
  x.server(answer("Content-Encoding: gzip, gzip\r\n",
                  compress(compress(std::string(64U << 20U, 'a'), Coding::gzip), Coding::gzip)));
  x.end();
  EXPECT_EQ(x.answer(file_data).size(), HttpOptions().response.keep);
  EXPECT_THAT(x.events, Contains("http.compression_bomb"));
}

TEST(HttpParser, no_body_where_none_can_be) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"},
      {"GET", "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n"},
      {"GET", "HTTP/1.1 204 No Content\r\nContent-Length: 10\r\n\r\n"},
      {"GET", "HTTP/1.1 304 Not Modified\r\nServer: x\r\n\r\n"},
      {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"},
  };
  for (const bool together : {false, true})
    for (const auto& [method, text] : cases) {
      HttpExchange x;
      x.client(method + " / HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(kGet));
      if (together) {
        x.server(text + answer("", "next"));
      } else {
        x.server(text);
        x.server(answer("", "next"));
      }
      EXPECT_EQ(x.answer(file_data, 0), "(none)");
      EXPECT_EQ(x.answer(file_data, 1), "next") << text;
      EXPECT_EQ(x.request(http_method), method);
      EXPECT_EQ(x.open, 0U);
    }
}

TEST(HttpParser, a_body_where_none_can_be_is_seen) {
  HttpExchange x;
  x.client(kGet);
  x.server("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil");
  EXPECT_EQ(x.answer(file_data), "evil");
}

TEST(HttpParser, large_bodies_are_shown_in_windows) {
  const auto text = noise(150'000);
  HttpExchange x;
  x.piece = 1000;
  x.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 150000\r\n\r\n" + text);
  x.server(answer("", text));
  const HttpOptions options;
  for (const auto& [id, direction, limits] :
       {std::tuple{http_request_body, kToServer, options.request},
        std::tuple{file_data, kToClient, options.response}}) {
    const auto* shown = x.shown(id, direction);
    ASSERT_NE(shown, nullptr);
    EXPECT_EQ(shown->all, text.substr(0, limits.keep));
    EXPECT_TRUE(shown->whole);
    const auto& first = shown->views.front();
    EXPECT_EQ(first.first, 0U);
    EXPECT_GE(first.second, limits.first);
    EXPECT_LT(first.second, limits.first + 1000);
    for (std::size_t i = 1; i < shown->views.size(); ++i) {
      const auto before = shown->views[i - 1].first + shown->views[i - 1].second;
      EXPECT_EQ(shown->views[i].first, before - limits.window);
    }
  }
}

TEST(HttpParser, gaps) {
  HttpExchange x;
  x.client(kGet);
  x.server("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nbefore");
  EXPECT_TRUE(x.gap(kToClient, 19));
  x.server("after" + answer("", "next"));
  EXPECT_EQ(x.answer(file_data), "before" + std::string(19, '?') + "after");
  EXPECT_EQ(x.answer(file_data, 1), "next");
  x.client(kGet);
  EXPECT_EQ(x.request(http_method, 2), "GET");
}

TEST(HttpParser, a_gap_in_fields_does_not_stop_it) {
  HttpExchange x;
  x.client("GET / HTTP/1.1\r\nHo");
  x.gap(kToServer, 1);
  EXPECT_TRUE(x.client("t: h\r\n\r\n"));
  EXPECT_EQ(x.request(http_uri), "/");
}

TEST(HttpParser, a_close_ends_what_was_cut_off) {
  HttpExchange x;
  x.client(kGet);
  x.server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
  EXPECT_EQ(x.answer(file_data), "(none)");
  x.end(kToClient);
  EXPECT_EQ(x.answer(file_data), "part");
  EXPECT_TRUE(x.whole(file_data, kToClient));
  x.end(kToServer);
  EXPECT_EQ(x.open, 0U);
}

TEST(HttpParser, a_close_within_fields_shows_those_that_came) {
  HttpExchange x;
  x.client(kGet);
  x.server("HTTP/1.0 200 OK\r\nServer: ng1nx\r\nDate: x\r\n");
  x.end();
  EXPECT_THAT(x.answer(http_header), testing::HasSubstr("Server: ng1nx\r\n"));
  EXPECT_EQ(x.answer(http_server), "ng1nx");
  EXPECT_THAT(x.events, IsEmpty());
}

TEST(HttpParser, answers_without_requests) {
  HttpExchange x;
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(x.server(answer("", std::to_string(i))));
  EXPECT_EQ(x.answer(file_data, 0), "0");
  EXPECT_EQ(x.answer(file_data, 1999), "1999");
  EXPECT_TRUE(x.client("not http\r\n"));
  for (const std::uint64_t number : {0, 1999}) {
    EXPECT_EQ(x.request(http_uri, number), "(none)");
    EXPECT_EQ(x.request(http_request_body, number), "(none)");
  }
  EXPECT_THAT(x.events, Contains("http.unable_to_match_response_to_request"));
  x.end();
  EXPECT_EQ(x.open, 0U);
  EXPECT_LT(x.most_open, 100U);
}

TEST(HttpParser, follows_long_connections) {
  HttpExchange x;
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(x.client("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n"));
    ASSERT_TRUE(x.server(answer("", "ok")));
  }
  EXPECT_EQ(x.request(http_uri, 2999), "/2999");
  EXPECT_EQ(x.answer(file_data, 2999), "ok");
  EXPECT_EQ(x.most_open, 1U);
}

// There is always one request more than answers, so that nothing ever rests.
TEST(HttpParser, follows_long_pipelines) {
  HttpExchange x;
  ASSERT_TRUE(x.client(kGet));
  for (int i = 1; i < 9000; ++i) {
    ASSERT_TRUE(x.client("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n"));
    ASSERT_TRUE(x.server(answer("", "ok")));
  }
  EXPECT_LT(x.most_open, 4U);
  // One answer had its request forgotten on the way and was given a number of its own.
  EXPECT_EQ(x.request(http_uri, 9000), "/8999");
}

TEST(HttpParser, gives_up_what_grows_without_bound) {
  const std::string line = "X-" + std::string(8000, 'a') + ": b\r\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"requests without answers", std::string(kGet)},
      {"long first lines", "GET /" + std::string(15'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"fields", line},
  };
  for (const auto& [what, text] : cases) {
    HttpExchange x;
    if (what == "fields") x.client("GET / HTTP/1.1\r\n");
    bool alive = true;
    for (int i = 0; alive && i < 1000; ++i) alive = x.client(text);
    EXPECT_FALSE(alive) << what;
    EXPECT_EQ(x.open, 0U);
    EXPECT_LE(x.most_open, what == "long first lines" ? 71U : 256U);
  }
  HttpExchange x;
  EXPECT_FALSE(x.client("GET /" + std::string(20'000, 'a')) && x.client("b"));
  EXPECT_THAT(x.events, Contains("http.request_field_too_long"));
}

TEST(HttpParser, what_is_not_http_does_no_harm) {
  HttpExchange x;
  x.client(std::string_view("\0\x01\xff\n\n\r\r\n \n", 10));
  x.server(std::string_view("\x80\0\0\n\r\n\0", 7));
  x.end();
  EXPECT_EQ(x.open, 0U);
}

}  // namespace
}  // namespace rampart::sniffer
