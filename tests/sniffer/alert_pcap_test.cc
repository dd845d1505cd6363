#include "sniffer/capture/alert_pcap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "replay.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using testing::ElementsAre;

// The ports of a pcap file's packets, in order, as the project's own reader sees them.
struct PortReader : FrameHandler {
  std::vector<std::uint16_t> sources;
  std::vector<base::WallTime> times;
  LinkType link = LinkType::ethernet;
  void on_frame(const Frame& frame) override {
    Packet packet;
    EXPECT_EQ(decode(link, frame.bytes, Checksums::ignore, packet), Invalid::none);
    sources.push_back(packet.source_port);
    times.push_back(frame.time);
  }
};

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

PortReader read(const std::string& path) {
  auto capture = Capture::file(path, "");
  EXPECT_TRUE(capture) << path;
  PortReader out;
  out.link = capture->link();
  while (capture->read(out, 1000).value_or(0) != 0) {
  }
  return out;
}

constexpr auto kRule = "alert udp any any -> any any (content:\"needle\"; sid:7;)";

struct Watched : Replay {
  explicit Watched(AlertPcapOptions limits = {}) {
    rules = kRule;
    options.alert_pcap = std::move(limits);
    options.alert_pcap->folder = dir().path("pcaps");
  }
  void packet(std::uint16_t port, const char* text = "x") { add(ethernet(udp({}, port, 9, text))); }
  [[nodiscard]] std::vector<std::string> files() const { return files_in(dir().path("pcaps")); }
};

TEST(AlertPcap, HasTheFlowBeforeAndAfterTheAlert) {
  Watched run({.folder = {}, .before = 3, .after = 2});
  for (int i = 0; i < 5; ++i) {
    run.packet(1);
    run.packet(2);
  }
  run.packet(1, "needle");
  for (int i = 0; i < 5; ++i) {
    run.packet(2);
    run.packet(1);
  }
  EXPECT_THAT(run.go(), ElementsAre(7));
  ASSERT_EQ(run.files().size(), 1U);
  const auto name = std::filesystem::path(run.files()[0]).filename().string();
  EXPECT_TRUE(name.starts_with("20231114T221320-0-1-7-")) << name;
  const auto seen = read(run.files()[0]);
  EXPECT_THAT(seen.sources, ElementsAre(1, 1, 1, 1, 1)) << "two before, the alert's, two after";
  EXPECT_EQ(seen.times[2], at(0.010));
  EXPECT_EQ(run.stats.pcap_files, 1U);
  EXPECT_EQ(run.stats.pcap_packets, 5U);
}

TEST(AlertPcap, AFlowHasOneFileAtATime) {
  Watched run({.folder = {}, .before = 1, .after = 3});
  for (int i = 0; i < 4; ++i) run.packet(1, "needle");
  run.packet(1, "needle");
  run.go();
  ASSERT_EQ(run.files().size(), 2U) << "the second once the first was complete";
  EXPECT_EQ(read(run.files()[0]).sources.size(), 4U);
  EXPECT_EQ(run.stats.alerts, 5U);
  EXPECT_EQ(run.stats.pcap_files, 2U);
  EXPECT_EQ(run.stats.pcap_alerts_shared, 3U);
  EXPECT_EQ(run.stats.pcap_alerts_left_out, 0U);
}

TEST(AlertPcap, IsBounded) {
  Watched run(
      {.folder = {}, .before = 1, .after = 10, .files = 2, .file_bytes = 24 + 2 * (16 + 48)});
  for (std::uint16_t port = 1; port <= 4; ++port) run.packet(port, "needle");
  for (int i = 0; i < 4; ++i) run.packet(1, "needle");
  run.go();
  EXPECT_EQ(run.files().size(), 2U);
  EXPECT_EQ(run.stats.pcap_alerts_left_out, 2U);
  EXPECT_EQ(read(run.files()[0]).sources.size(), 2U);
  EXPECT_EQ(run.stats.pcap_packets_left_out, 3U);
}

TEST(AlertPcap, TheRingForgetsWhatIsOld) {
  Watched run(
      {.folder = {}, .before = 100, .after = 0, .ring_bytes = 10 * 48, .ring_packets = 100});
  for (int i = 0; i < 1000; ++i) run.packet(1, i % 7 == 0 ? "12345" : "123456");
  run.packet(1, "needle");
  run.go();
  ASSERT_EQ(run.files().size(), 1U);
  const auto seen = read(run.files()[0]);
  EXPECT_GE(seen.sources.size(), 8U);
  EXPECT_LE(seen.sources.size(), 10U);
  for (std::size_t i = 1; i < seen.times.size(); ++i)
    EXPECT_EQ(seen.times[i] - seen.times[i - 1], std::chrono::milliseconds(1));
}

TEST(AlertPcap, WhatAFlowSaidIsOnTheDiskWithinASecond) {
  Watched run;
  run.packet(1, "needle");
  for (int i = 0; i < 600; ++i) run.add(2 + i * 0.001, ethernet(udp({}, 2, 9, "x")));
  const auto pipeline = run.open();
  ASSERT_TRUE(pipeline->poll()) << "the first 512 packets";
  ASSERT_EQ(run.files().size(), 1U);
  EXPECT_THAT(read(run.files()[0]).sources, ElementsAre(1)) << "and the flow lives";
  Replay::drain(*pipeline);
}

// For what is written to files meanwhile.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, handler_));
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(AlertPcap, ADiskThatIsFullIsNoticedWithinASecond) {
  const ScratchDir dir;
  auto opened = AlertPcap::open({.folder = dir.path("pcaps")}, 1);
  ASSERT_TRUE(opened) << opened.error().text;
  auto& pcaps = *opened;
  const auto frame = ethernet(udp({}, 1, 9, "needle"));
  pcaps.frame({.time = at(0), .wire_length = 60, .bytes = frame});
  pcaps.belongs(1);
  pcaps.alert(1, 1, 7, at(0));
  EXPECT_EQ(pcaps.warning(), "");
  {
    const FileSizeLimit full(10);
    pcaps.second();
  }
  EXPECT_TRUE(pcaps.warning().starts_with("cannot write into " + dir.path("pcaps") + ": "))
      << pcaps.warning();
}

TEST(AlertPcap, FilesOfARunBeforeStay) {
  const ScratchDir dir;
  const auto frame = ethernet(udp({}, 1, 9, "x"));
  for (int runs = 0; runs < 3; ++runs) {
    auto pcap = AlertPcap::open({.folder = dir.path("pcaps")}, 1);
    ASSERT_TRUE(pcap);
    pcap->frame({.time = at(0), .wire_length = 43, .bytes = frame});
    pcap->alert(0, 1, 7, at(0));
    EXPECT_EQ(pcap->warning(), "");
    EXPECT_EQ(pcap->stats().alerts_left_out, 0U);
  }
  std::vector<std::string> names;
  for (const auto& path : files_in(dir.path("pcaps"))) {
    names.push_back(std::filesystem::path(path).filename().string());
    EXPECT_EQ(read(path).sources.size(), 1U) << path;
  }
  EXPECT_THAT(names, ElementsAre("20231114T221320-0-1-7-0-2.pcap", "20231114T221320-0-1-7-0-3.pcap",
                                 "20231114T221320-0-1-7-0.pcap"));
}

TEST(AlertPcap, AFolderThatCannotBeMadeIsAnError) {
  const auto opened = AlertPcap::open({.folder = "/proc/nothing"}, 1);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().text.starts_with("cannot write pcap files into /proc/nothing: "))
      << opened.error().text;
}

}  // namespace
}  // namespace rampart::sniffer
