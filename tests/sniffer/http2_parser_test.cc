#include "sniffer/app/http2_parser.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "app_recorder.h"
#include "http2_builder.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using Lines = std::vector<std::string>;

const std::string kSettings = frame(FrameType::settings, 0, 0, "");

std::string gzip(std::string text) {
  z_stream z{};
  deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(text.data());
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

TEST(Http2Parser, shows_requests_and_answers_as_those_of_http) {
  const std::vector<Said> talk{
      {kServer, kSettings},
      {kClient, kPreface + kSettings + get(1, "/a?b=c") + get(3, "/other")},
      {kServer, answer(3, "404", "none") + answer(1, "200", "body")},
  };
  for (const bool byte_by_byte : {false, true}) {
    AppRecorder sink({BufferId::http_method, BufferId::http_uri, BufferId::http_host,
                      BufferId::http_host_raw, BufferId::http_protocol, BufferId::http_stat_code,
                      BufferId::http_server, BufferId::http_response_body, BufferId::file_name});
    Http2Parser parser;
    EXPECT_TRUE(say(parser, talk, sink, byte_by_byte));
    EXPECT_EQ(sink.buffers,
              (Lines{"<http.protocol=HTTP/2", ">http.protocol=HTTP/2", ">http.method=GET",
                     ">http.uri=/a?b=c", ">http.host=a.example", ">http.host.raw=A.example:8443",
                     ">http.uri=/other", "<http.stat_code=404", "<http.server=s",
                     "<http.response_body=none", "<file.name=/other", "<http.stat_code=200",
                     "<http.response_body=body", "<file.name=/a"}))
        << byte_by_byte << ": the settings are of HTTP/2 as well";
    EXPECT_EQ(sink.events, Lines{});
    EXPECT_EQ(sink.done, 4U) << "two streams, and two frames of the connection";
  }
}

TEST(Http2Parser, puts_fields_together) {
  AppRecorder sink({BufferId::http_header, BufferId::http_header_names, BufferId::http_cookie,
                    BufferId::http_request_header, BufferId::http2_header_name});
  Http2Parser parser;
  const auto block =
      fields({{":path", "/"}, {"cookie", "a=1"}, {"x", "I love::colons"}, {"cookie", "b=2"}});
  const auto head = frame(FrameType::headers, 0, 1, block.substr(0, 5)) +
                    frame(FrameType::continuation, 0, 1, block.substr(5, 9)) +
                    frame(FrameType::continuation, frame_flag::kEndHeaders, 1, block.substr(14));
  EXPECT_TRUE(say(parser, {{kClient, kPreface + head}}, sink, true));
  EXPECT_EQ(sink.buffers,
            (Lines{">http.header=:path: /\r\nx: I love::colons\r\n",
                   ">http.header_names=\r\n:path\r\ncookie\r\nx\r\ncookie\r\n\r\n",
                   ">http.cookie=a=1; b=2", ">http.request_header=:path: /",
                   ">http.request_header=cookie: a=1", ">http.request_header=x: I love::colons",
                   ">http.request_header=cookie: b=2", ">http2.header_name=:path",
                   ">http2.header_name=cookie", ">http2.header_name=x"}));
}

TEST(Http2Parser, decompresses_bodies) {
  const std::string text(100, 'z');
  const auto packed = gzip(text);
  const auto head = frame(FrameType::headers, frame_flag::kEndHeaders, 1,
                          fields({{":status", "200"}, {"content-encoding", "gzip"}}));
  for (const bool byte_by_byte : {false, true}) {
    AppRecorder sink({BufferId::file_data});
    Http2Parser parser;
    EXPECT_TRUE(say(parser,
                    {{kClient, kPreface + get(1, "/")},
                     {kServer, head + frame(FrameType::data, 0, 1, packed.substr(0, 15)) +
                                   frame(FrameType::data, 1, 1, packed.substr(15))}},
                    sink, byte_by_byte));
    EXPECT_EQ(sink.buffers, Lines{"<file.data=" + text});
    EXPECT_EQ(sink.events, Lines{});
  }
  AppRecorder sink({BufferId::file_data});
  Http2Parser parser;
  EXPECT_TRUE(say(parser,
                  {{kClient, kPreface + get(1, "/")},
                   {kServer, head + frame(FrameType::data, 1, 1, "no gzip at all")}},
                  sink, false));
  EXPECT_EQ(sink.events, Lines{"<http2.failed_decompression"});
}

TEST(Http2Parser, shows_the_numbers_of_frames) {
  struct Case {
    const char* name;
    std::string frames;
    BufferId buffer;
    std::string number;
  };
  const Case cases[] = {
      {"type", frame(FrameType::goaway, 0, 0, number(0, 4) + number(2, 4)),
       BufferId::http2_frametype, number(7, 1)},
      {"error of the connection", frame(FrameType::goaway, 0, 0, number(0, 4) + number(2, 4)),
       BufferId::http2_errorcode, number(2, 4)},
      {"error of a stream", get(1, "/", false) + frame(FrameType::rst_stream, 0, 1, number(8, 4)),
       BufferId::http2_errorcode, number(8, 4)},
      {"window", frame(FrameType::window_update, 0, 0, number(0x80001000, 4)),
       BufferId::http2_window, number(0x1000, 4)},
      {"priority", frame(FrameType::priority, 0, 5, number(0, 4) + number(200, 1)),
       BufferId::http2_priority, number(200, 1)},
      {"priority in fields",
       frame(FrameType::headers, 0x24, 1, number(0, 4) + number(9, 1) + fields({{"a", "b"}})),
       BufferId::http2_priority, number(9, 1)},
      {"size of the table", frame(FrameType::headers, 4, 1, "\x3E" + fields({{"a", "b"}})),
       BufferId::http2_size_update, number(30, 8)},
      {"setting", frame(FrameType::settings, 0, 0, number(1, 2) + number(5000, 4)),
       BufferId::http2_settings, number(1, 2) + number(5000, 4)},
  };
  for (const auto& c : cases) {
    AppRecorder sink({c.buffer});
    Http2Parser parser;
    EXPECT_TRUE(say(parser, {{kClient, kPreface + c.frames}}, sink, true)) << c.name;
    const auto line = ">" + std::string(info_of(c.buffer).sticky) + "=" + c.number;
    EXPECT_NE(std::find(sink.buffers.begin(), sink.buffers.end(), line), sink.buffers.end())
        << c.name;
  }
}

TEST(Http2Parser, takes_what_is_pushed_for_a_request) {
  AppRecorder sink({BufferId::http_uri});
  Http2Parser parser;
  const auto promise = frame(FrameType::push_promise, frame_flag::kEndHeaders, 1,
                             number(2, 4) + fields({{":method", "GET"}, {":path", "/pushed"}}));
  EXPECT_TRUE(say(parser,
                  {{kClient, kPreface + get(1, "/")},
                   {kServer, promise + answer(2, "200", "a") + answer(1, "200", "b")}},
                  sink, false));
  EXPECT_EQ(sink.buffers, (Lines{">http.uri=/", ">http.uri=/pushed"}));
  EXPECT_EQ(sink.done, 2U);
}

TEST(Http2Parser, objects) {
  struct Case {
    const char* name;
    std::string client;
    bool alive;
    Lines events;
  };
  const Case cases[] = {
      {"no preface", "GET / HTTP/1.1\r\n", false, {">http2.invalid_client_magic"}},
      {"a short frame",
       kPreface + frame(FrameType::ping, 0, 0, "1"),
       true,
       {">http2.invalid_frame_length"}},
      {"damaged fields",
       kPreface + frame(FrameType::headers, 4, 1, "\x80"),
       false,
       {">http2.invalid_header"}},
      {"padding beyond the frame",
       kPreface + frame(FrameType::headers, 12, 1, "\x09x"),
       false,
       {">http2.invalid_frame_data"}},
      {"a promise of no stream",
       kPreface + frame(FrameType::push_promise, 4, 1, number(0, 4)),
       false,
       {">http2.invalid_frame_data"}},
      {"something between fields",
       kPreface + frame(FrameType::headers, 0, 1, "") + frame(FrameType::ping, 0, 0, "12345678"),
       false,
       {">http2.invalid_frame_header"}},
      {"a continuation of nothing",
       kPreface + frame(FrameType::continuation, 4, 1, ""),
       false,
       {">http2.invalid_frame_header"}},
      {"two hosts",
       kPreface + frame(FrameType::headers, 4, 1, fields({{":authority", "a"}, {"host", "b"}})),
       true,
       {">http2.authority_host_mismatch"}},
      {"a user in the authority",
       kPreface + frame(FrameType::headers, 4, 1, fields({{":authority", "me:pw@a"}})),
       true,
       {">http2.userinfo_in_uri"}},
      {"a long frame",
       kPreface + frame(FrameType::settings, 0, 0, std::string(70'000, '\0')),
       true,
       {">http2.long_frame_data"}},
      {"a frame of a kind that nobody knows",
       kPreface + number(1, 3) + number(0xEE, 1) + number(0, 5) + "x",
       true,
       {}},
  };
  for (const auto& c : cases) {
    AppRecorder sink;
    Http2Parser parser;
    EXPECT_EQ(say(parser, {{kClient, c.client}}, sink, false), c.alive) << c.name;
    EXPECT_EQ(sink.events, c.events) << c.name;
  }
}

TEST(Http2Parser, ends_with_the_connection) {
  AppRecorder sink({BufferId::http_response_body});
  Http2Parser parser;
  EXPECT_TRUE(say(parser,
                  {{kClient, kPreface + get(1, "/")},
                   {kServer, frame(FrameType::headers, 4, 1, fields({{":status", "200"}})) +
                                 frame(FrameType::data, 0, 1, "cut off")}},
                  sink, false));
  EXPECT_EQ(sink.done, 0U);
  parser.end(kServer, sink);
  parser.end(kClient, sink);
  EXPECT_EQ(sink.done, 1U);
  EXPECT_EQ(sink.buffers, Lines{"<http.response_body=cut off"});
}

TEST(Http2Parser, survives_a_hole_in_a_body_only) {
  AppRecorder sink({BufferId::http_stat_code});
  Http2Parser parser;
  EXPECT_TRUE(say(parser,
                  {{kClient, kPreface + get(1, "/") + get(3, "/")},
                   {kServer, answer(1, "200", "0123456789").substr(0, 45)}},
                  sink, false));
  const auto left = answer(1, "200", "0123456789").size() - 45;
  EXPECT_TRUE(parser.gap(kServer, left, sink));
  EXPECT_TRUE(say(parser, {{kServer, answer(3, "404", "")}}, sink, false));
  EXPECT_EQ(sink.buffers, (Lines{"<http.stat_code=200", "<http.stat_code=404"}));
  EXPECT_FALSE(parser.gap(kServer, 1, sink));
}

TEST(Http2Parser, an_interim_answer_does_not_hide_the_answer) {
  const auto interim = [](const std::string& status, std::uint8_t flags) {
    return frame(FrameType::headers, flags, 1, fields({{":status", status}, {"server", "early"}}));
  };
  struct Case {
    const char* name;
    std::string first;
    Lines shown;
  };
  const Lines real{"<http.stat_code=404", "<http.server=s"};
  const Case cases[] = {
      {"early hints", interim("103", 4), real},
      {"two of them", interim("100", 4) + interim("103", 4), real},
      {"one that ends the stream",
       interim("103", 5),
       {"<http.stat_code=103", "<http.server=early"}},
      {"no interim one", interim("1x3", 4), {"<http.stat_code=1x3", "<http.server=early"}},
  };
  for (const auto& c : cases)
    for (const bool byte_by_byte : {false, true}) {
      AppRecorder sink({BufferId::http_stat_code, BufferId::http_server});
      Http2Parser parser;
      EXPECT_TRUE(say(
          parser,
          {{kClient, kPreface + get(1, "/", false)}, {kServer, c.first + answer(1, "404", "none")}},
          sink, byte_by_byte));
      EXPECT_EQ(sink.buffers, c.shown) << c.name;
    }
}

TEST(Http2Parser, a_stream_that_was_reset_stays_closed) {
  AppRecorder sink({BufferId::file_data});
  Http2Parser parser;
  EXPECT_TRUE(say(parser, {{kClient, kPreface + get(1, "/", false)}}, sink, false));
  EXPECT_TRUE(
      say(parser,
          {{kServer, answer(1, "200", "").substr(0, answer(1, "200", "").size() - 9) +
                         frame(FrameType::data, 0, 1, "early")},
           {kClient, frame(FrameType::rst_stream, 0, 1, number(8, 4))},
           {kServer, frame(FrameType::data, 0, 1, "late") + frame(FrameType::data, 1, 1, "later")}},
          sink, false));
  EXPECT_EQ(sink.done, 1U);
  EXPECT_EQ(sink.buffers, Lines{"<file.data=early"});
  parser.end(kClient, sink);
  parser.end(kServer, sink);
  EXPECT_EQ(sink.done, 1U) << "nothing was opened anew";
}

TEST(Http2Parser, a_hole_at_the_begin_of_a_body_is_known) {
  const auto whole = answer(1, "200", std::string(10, '?') + "tail");
  for (const bool packed : {false, true}) {
    AppRecorder sink({BufferId::file_facts, BufferId::file_data});
    Http2Parser parser;
    const auto head = packed ? frame(FrameType::headers, 4, 1,
                                     fields({{":status", "200"}, {"content-encoding", "gzip"}})) +
                                   frame(FrameType::data, 1, 1, std::string(14, '?')).substr(0, 9)
                             : whole.substr(0, whole.size() - 14);
    EXPECT_TRUE(say(parser, {{kClient, kPreface + get(1, "/")}, {kServer, head}}, sink, false));
    EXPECT_TRUE(parser.gap(kServer, 10, sink));
    EXPECT_TRUE(say(parser, {{kServer, "tail"}}, sink, false));
    const Lines shown{"<filename=" + number(14, 8) + '\0' + "/", "<file.data=tail"};
    EXPECT_EQ(sink.buffers, packed ? Lines{} : shown) << "what is packed cannot be read on";
  }
}

TEST(Http2Parser, divides_uploads) {
  const std::string form =
      "--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"one\"\r\n\r\nfirst\r\n"
      "--B\r\nContent-Disposition: form-data; name=\"b\"; "
      "filename=\"two\"\r\n\r\nsecond\r\n--B--\r\n";
  const auto head = frame(FrameType::headers, 4, 1,
                          fields({{":method", "POST"},
                                  {":path", "/up"},
                                  {"content-type", "multipart/form-data; boundary=B"}}));
  AppRecorder sink({BufferId::file_name, BufferId::file_data, BufferId::http_request_body});
  Http2Parser parser;
  EXPECT_TRUE(
      say(parser, {{kClient, kPreface + head + frame(FrameType::data, 1, 1, form)}}, sink, false));
  EXPECT_EQ(sink.buffers, (Lines{">file.name=one", ">file.name=two", ">file.data=first",
                                 ">file.data=second", ">http.request_body=" + form}));
}

TEST(Http2Parser, keeps_no_scratch_of_bodies) {
  const auto packed = gzip(std::string(1'000'000, '\0'));
  AppRecorder sink;
  Http2Parser parser;
  EXPECT_TRUE(say(parser, {{kClient, kPreface}}, sink, false));
  constexpr std::uint32_t kStreams = 20;
  for (std::uint32_t i = 0; i < kStreams; ++i)
    EXPECT_TRUE(say(parser,
                    {{kClient, get(2 * i + 1, "/")},
                     {kServer, frame(FrameType::headers, 4, 2 * i + 1,
                                     fields({{":status", "200"}, {"content-encoding", "gzip"}})) +
                                   frame(FrameType::data, 0, 2 * i + 1, packed)}},
                    sink, false));
  const auto body = HttpOptions{}.response.keep;
  EXPECT_LE(parser.memory(), kStreams * 3 * body) << "bodies and inflaters, and no more";
}

TEST(Http2Parser, counts_the_tables_of_names) {
  // RFC 7541, sections 6.2.1 and 6.2.2: fields that go into the table, and others.
  const auto memory = [](char representation) {
    std::string block;
    for (char name = 'a'; name < 'k'; ++name)
      block += std::string{representation, 1, name} + number(100, 1) + std::string(100, 'v');
    AppRecorder sink;
    Http2Parser parser;
    EXPECT_TRUE(
        say(parser, {{kClient, kPreface + frame(FrameType::headers, 5, 1, block)}}, sink, false));
    return parser.memory();
  };
  constexpr std::size_t kEntry = 1 + 100 + 32;  // section 4.1
  EXPECT_EQ(memory('\x40') - memory('\0'), 10 * kEntry);
}

TEST(Http2Parser, is_bounded) {
  AppRecorder sink;
  Http2Parser parser;
  EXPECT_TRUE(say(parser, {{kClient, kPreface}}, sink, false));
  for (std::uint32_t i = 0; i < 3 * Http2Parser::kMostStreams; ++i)
    EXPECT_TRUE(
        say(parser, {{kClient, get(2 * i + 1, std::string(100, 'a'), false)}}, sink, false));
  EXPECT_EQ(sink.done, 2 * Http2Parser::kMostStreams) << "the oldest end";
  EXPECT_EQ(sink.events.front(), ">http2.too_many_streams");
  EXPECT_LE(parser.memory(), 4U << 20U);

  AppRecorder other;
  Http2Parser large;
  std::string block;
  for (int i = 0; i < 500; ++i) block += fields({{"name", std::string(120, 'v')}});
  std::string head = frame(FrameType::headers, 0, 1, block);
  head += frame(FrameType::continuation, 4, 1, block);
  EXPECT_FALSE(say(large, {{kClient, kPreface + head}}, other, false));
  EXPECT_EQ(other.events, Lines{">http2.invalid_header"});
}

}  // namespace
}  // namespace rampart::sniffer
