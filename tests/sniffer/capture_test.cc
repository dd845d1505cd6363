#include "sniffer/capture/capture.h"

#include <gtest/gtest.h>

#include "packet_builder.h"

namespace rampart::sniffer {
namespace {

using namespace test;

struct Collector : FrameHandler {
  std::vector<base::WallTime> times;
  std::vector<std::size_t> sizes;
  void on_frame(const Frame& frame) override {
    times.push_back(frame.time);
    sizes.push_back(frame.bytes.size());
  }
};

std::string three_packets() {
  PcapBuilder pcap;
  for (const double t : {0.0, 0.000000001, 1.5}) pcap.add(at(t), ethernet(udp({}, 1, 2, "abc")));
  return pcap.bytes();
}

std::string read_all(Capture& capture, Collector& seen) {
  while (true) {
    const auto n = capture.read(seen, 2);
    if (!n) return n.error().text;
    if (*n == 0) return {};
  }
}

TEST(Capture, reads_a_file_to_its_end) {
  const ScratchDir dir;
  auto capture = Capture::file(dir.write("a.pcap", three_packets()), "");
  ASSERT_TRUE(capture) << capture.error().text;
  EXPECT_EQ(capture->link(), LinkType::ethernet);
  EXPECT_FALSE(capture->is_live());
  Collector seen;
  EXPECT_EQ(read_all(*capture, seen), "");
  ASSERT_EQ(seen.times.size(), 3U);
  EXPECT_EQ(seen.times[1], at(0) + base::Nanos(1)) << "nanoseconds are kept";
  EXPECT_EQ(seen.times[2], at(1.5));
}

TEST(Capture, a_filter_leaves_packets_out) {
  const ScratchDir dir;
  const auto path = dir.write("a.pcap", three_packets());
  auto none = Capture::file(path, "tcp");
  ASSERT_TRUE(none);
  Collector seen;
  EXPECT_EQ(read_all(*none, seen), "");
  EXPECT_TRUE(seen.times.empty());
  const auto bad = Capture::file(path, "prot tcp");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, base::Errc::config);
  EXPECT_TRUE(bad.error().text.starts_with("filter 'prot tcp': ")) << bad.error().text;
}

TEST(Capture, says_where_a_file_breaks) {
  const ScratchDir dir;
  const auto whole = three_packets();
  const auto packet = (whole.size() - 24) / 3;
  const auto cut = dir.write("cut.pcap", whole.substr(0, 24 + 2 * packet + 20));
  auto capture = Capture::file(cut, "");
  ASSERT_TRUE(capture);
  Collector seen;
  const auto text = read_all(*capture, seen);
  EXPECT_EQ(seen.times.size(), 2U) << "what came before was read";
  EXPECT_TRUE(text.starts_with(cut + " is damaged after packet 2, at byte ")) << text;

  auto damaged = whole;
  damaged.replace(24 + packet + 8, 4, "\xFF\xFF\xFF\x7F");
  auto broken = Capture::file(dir.write("broken.pcap", damaged), "");
  ASSERT_TRUE(broken);
  Collector first;
  const auto why = read_all(*broken, first);
  EXPECT_EQ(first.times.size(), 1U);
  EXPECT_NE(why.find("damaged after packet 1, at byte "), std::string::npos) << why;
}

void le32(std::string& out, std::uint32_t v) {
  for (unsigned i = 0; i < 4; ++i) out += static_cast<char>(v >> (8 * i) & 0xFFU);
}

// pcapng, whose times have 64 bits; this many microseconds each.
std::string next_generation(const std::vector<std::uint64_t>& times) {
  std::string out;
  for (const std::uint32_t v : {0x0A0D0D0AU, 28U, 0x1A2B3C4DU, 1U, ~0U, ~0U, 28U}) le32(out, v);
  for (const std::uint32_t v : {1U, 20U, 1U, 65535U, 20U}) le32(out, v);
  for (const auto t : times) {
    const auto high = static_cast<std::uint32_t>(t >> 32U);
    for (const std::uint32_t v :
         {6U, 36U, 0U, high, static_cast<std::uint32_t>(t), 4U, 4U, 0U, 36U})
      le32(out, v);
  }
  return out;
}

TEST(Capture, a_time_out_of_range_stays_within_it) {
  const ScratchDir dir;
  const auto path = dir.write(
      "a.pcapng", next_generation({1'700'000'000'000'000, 10'000'000'000'000'000, ~0ULL >> 1U}));
  auto capture = Capture::file(path, "");
  ASSERT_TRUE(capture) << capture.error().text;
  Collector seen;
  EXPECT_EQ(read_all(*capture, seen), "");
  ASSERT_EQ(seen.times.size(), 3U);
  EXPECT_EQ(seen.times[0], at(0));
  const base::WallTime year_2200{std::chrono::seconds(7'258'118'400)};
  EXPECT_EQ(seen.times[1], year_2200);
  EXPECT_GE(seen.times[2], year_2200);
  EXPECT_LT(seen.times[2], year_2200 + std::chrono::seconds(1));
}

TEST(Capture, refuses_what_it_cannot_read) {
  const ScratchDir dir;
  const auto path = dir.write("no.pcap", "this is no capture file at all");
  const auto text = Capture::file(path, "");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, base::Errc::parse);
  EXPECT_EQ(text.error().text, "cannot read " + path + ": unknown file format");
  const auto missing = Capture::file(dir.path("none.pcap"), "");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, base::Errc::io);
  EXPECT_EQ(missing.error().text,
            "cannot read " + dir.path("none.pcap") + ": No such file or directory");
  PcapBuilder usb(189);
  const auto link = Capture::file(dir.write("usb.pcap", usb.bytes()), "");
  ASSERT_FALSE(link);
  EXPECT_NE(link.error().text.find("link type USB_LINUX (189) is not supported"), std::string::npos)
      << link.error().text;
}

TEST(Capture, an_unknown_interface_lists_the_known_ones) {
  const auto live = Capture::live({.interface = "no-such-if0"});
  ASSERT_FALSE(live);
  // Without the privilege to capture the system may say that instead.
  if (live.error().code == base::Errc::permission) GTEST_SKIP() << live.error().text;
  EXPECT_EQ(live.error().code, base::Errc::not_found);
  EXPECT_TRUE(live.error().text.starts_with("there is no interface 'no-such-if0'; there are: "))
      << live.error().text;
}

TEST(Capture, counters_of_32_bits_are_extended) {
  EXPECT_EQ(extend_counter(0, 0, 5), 5U);
  EXPECT_EQ(extend_counter(5, 5, 5), 5U);
  EXPECT_EQ(extend_counter(0xFFFFFFF0ULL, 0xFFFFFFF0U, 0x10), 0x100000010ULL);
}

}  // namespace
}  // namespace rampart::sniffer
