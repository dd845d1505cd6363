#include "sniffer/app/http2_frames.h"

#include <gtest/gtest.h>

#include "app_recorder.h"
#include "http2_builder.h"

namespace rampart::sniffer {
namespace {

struct Writer final : FrameListener {
  bool on_frame(const FrameHeader& f, Bytes payload) override {
    said.push_back(std::to_string(f.type) + "/" + std::to_string(f.stream) + " " +
                   test::text_of(payload));
    return !f.is(FrameType::goaway);
  }
  void on_data(const FrameHeader&, Bytes bytes) override { data += test::text_of(bytes); }
  void on_data_end(const FrameHeader& f) override {
    said.push_back("data/" + std::to_string(f.stream) + " " + data);
    data.clear();
  }
  std::string data;
  std::vector<std::string> said;
};

bool read(FrameReader& reader, const std::string& text, std::size_t step, Writer& out) {
  const auto bytes = test::octets(text);
  for (std::size_t at = 0; at < bytes.size(); at += step)
    if (!reader.read(Bytes(bytes).subspan(at, std::min(step, bytes.size() - at)), out))
      return false;
  return true;
}

TEST(FrameReader, cuts_frames_out_of_pieces) {
  using test::frame;
  const auto text = frame(FrameType::ping, 0, 0, "12345678") + frame(FrameType::data, 0, 1, "abc") +
                    frame(FrameType::data, frame_flag::kPadded, 3, std::string("\2") + "xyz..") +
                    frame(FrameType::data, frame_flag::kPadded, 3, "\xFFonly padding") +
                    frame(FrameType::data, frame_flag::kPadded, 5, "") +
                    frame(FrameType::settings, 1, 0, "");
  for (const std::size_t step : {std::size_t{1}, std::size_t{4}, text.size()}) {
    FrameReader reader;
    Writer out;
    EXPECT_TRUE(read(reader, text, step, out));
    EXPECT_EQ(out.said, (std::vector<std::string>{"6/0 12345678", "data/1 abc", "data/3 xyz",
                                                  "data/3 ", "data/5 ", "4/0 "}))
        << step;
  }
}

TEST(FrameReader, stops_where_its_listener_does) {
  FrameReader reader;
  Writer out;
  EXPECT_FALSE(read(
      reader, test::frame(FrameType::goaway, 0, 0, "") + test::frame(FrameType::ping, 0, 0, ""),
      100, out));
  EXPECT_EQ(out.said.size(), 1U);
}

TEST(FrameReader, goes_on_behind_a_hole_in_data_only) {
  FrameReader reader;
  Writer out;
  const auto text = test::frame(FrameType::data, 0, 7, "0123456789");
  EXPECT_TRUE(read(reader, text.substr(0, 12), 100, out));
  EXPECT_EQ(reader.data_stream(), 7U);
  EXPECT_TRUE(reader.skip(4, out));
  EXPECT_TRUE(read(reader, "789" + test::frame(FrameType::ping, 0, 0, "p"), 100, out));
  EXPECT_EQ(out.said, (std::vector<std::string>{"data/7 012789", "6/0 p"}));
  EXPECT_FALSE(reader.skip(1, out)) << "between frames";
}

TEST(FrameReader, is_bounded) {
  FrameReader reader;
  Writer out;
  EXPECT_TRUE(read(reader, test::number(1U << 20U, 3) + std::string(6, '\x20'), 100, out));
  EXPECT_TRUE(read(reader, std::string(1U << 20U, 'x'), 5000, out));
  ASSERT_EQ(out.said.size(), 1U);
  EXPECT_LE(out.said[0].size(), FrameReader::kMostPayload + 32);
  EXPECT_LE(reader.memory(), 2 * FrameReader::kMostPayload);
}

}  // namespace
}  // namespace rampart::sniffer
