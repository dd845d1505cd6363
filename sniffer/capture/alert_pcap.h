#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "sniffer/capture/capture.h"

struct pcap;
struct pcap_dumper;

namespace rampart::sniffer {

struct AlertPcapOptions {
  std::string folder;       // is made where it is not there
  std::size_t before = 64;  // packets of the alert's flow, with its own
  std::size_t after = 64;   // packets of the flow that follow
  std::size_t files = 100;  // in all
  std::size_t file_bytes = std::size_t{1} << 20U;
  std::size_t ring_bytes = std::size_t{4} << 20U;  // of the last packets of all flows
  std::size_t ring_packets = 4096;
};

// Each alert has begun a file, shares one, or is left out.
struct AlertPcapStats {
  std::uint64_t files = 0;
  std::uint64_t packets = 0;           // written
  std::uint64_t alerts_shared = 0;     // of a flow whose file an earlier alert had begun
  std::uint64_t alerts_left_out = 0;   // for which no file could be begun
  std::uint64_t packets_left_out = 0;  // that had no room in their file
};

// A pcap file of the packets around each alert: those of its flow among the last that were
// captured, and those that follow. Further alerts of a flow whose file is being written have no
// file of their own. Bounded in files, bytes and memory. One thread. For each packet: frame(), then
// belongs() for the flow that it is of, then alert().
class AlertPcap {
 public:
  // `link` is the capture's data link type as libpcap counts them.
  static base::Result<AlertPcap> open(AlertPcapOptions options, int link);
  ~AlertPcap();
  AlertPcap(AlertPcap&&) noexcept;
  AlertPcap& operator=(AlertPcap&&) = delete;

  // Copies the frame into the ring. hot: no allocation.
  void frame(const Frame& frame);
  // The last frame is of that flow; of a tunnel's packets the innermost counts. hot
  void belongs(std::uint64_t flow);
  // `flow` 0: the packet has none, and stands alone in its file.
  void alert(std::uint64_t flow, std::uint32_t gid, std::uint32_t sid, base::WallTime time);
  void flow_ended(std::uint64_t flow);
  // A second of capture time has ended: what was written since goes to the disk.
  void second();

  [[nodiscard]] const AlertPcapStats& stats() const { return stats_; }
  // The first file that could not be written; empty: none.
  [[nodiscard]] const std::string& warning() const { return warning_; }

 private:
  struct Entry {
    base::WallTime time;
    std::uint64_t flow = 0;
    std::size_t at = 0;  // in bytes_
    std::uint32_t size = 0;
    std::uint32_t wire_length = 0;
  };
  struct Close {
    void operator()(pcap_dumper* dumper) const noexcept;
  };
  struct File {
    std::unique_ptr<pcap_dumper, Close> dumper;
    std::size_t left = 0;   // packets that may follow
    std::size_t bytes = 0;  // written
    bool waits = true;      // for flush(), some of them
  };
  struct ClosePcap {
    void operator()(pcap* handle) const noexcept;
  };

  explicit AlertPcap(AlertPcapOptions options);
  [[nodiscard]] Entry& entry(std::size_t i) { return entries_[(oldest_ + i) % entries_.size()]; }
  void drop_oldest();
  void make_room(std::size_t size);
  void write(File& file, const Entry& entry);
  void flush(File& file);
  std::unique_ptr<pcap_dumper, Close> create(const std::string& name);

  AlertPcapOptions options_;
  std::unique_ptr<pcap, ClosePcap> handle_;  // says what the files begin with
  std::vector<std::uint8_t> bytes_;
  std::vector<Entry> entries_;  // a ring, the newest last
  std::size_t oldest_ = 0;
  std::size_t count_ = 0;
  std::size_t next_ = 0;                          // where in bytes_ the next frame goes
  bool current_ = false;                          // the last frame is in the ring
  std::unordered_map<std::uint64_t, File> open_;  // by flow
  AlertPcapStats stats_;
  std::string warning_;
};

}  // namespace rampart::sniffer
