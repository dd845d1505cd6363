#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "sniffer/decode/packet.h"

struct pcap;

namespace rampart::sniffer {

// One captured frame. `bytes` live until the handler returns.
struct Frame {
  base::WallTime time;
  std::uint32_t wire_length = 0;
  Bytes bytes;
};

class FrameHandler {
 public:
  virtual ~FrameHandler() = default;
  // Live, after the wait and before the frames that ended it: what was said before they were sent
  // can still be heard in time.
  virtual void on_wake() {}
  virtual void on_frame(const Frame& frame) = 0;
};

struct CaptureDrops {
  std::uint64_t kernel = 0;     // no room in the capture buffer
  std::uint64_t interface = 0;  // by the network card or its driver
};

struct LiveOptions {
  std::string interface;
  std::string filter{};
  std::size_t buffer = std::size_t{64} << 20U;
};

// A source of frames: an interface or a file. One thread.
class Capture {
 public:
  static base::Result<Capture> live(const LiveOptions& options);
  // `count` sockets that share the packets of the interface by flow: both directions of one go to
  // the same socket. They begin together, at `clock`'s time after the last of them was opened; what
  // was captured before it is passed over. IPv4 fragments come as the datagram that the kernel made
  // of them; the fragments of an IPv6 datagram go by addresses alone, which may be to another
  // socket than the rest of their flow.
  static base::Result<std::vector<Capture>> live_shared(const LiveOptions& options, unsigned count,
                                                        const base::Clock& clock);
  static base::Result<Capture> file(const std::string& path, const std::string& filter);
  ~Capture() = default;
  Capture(Capture&&) noexcept = default;
  Capture& operator=(Capture&&) = delete;  // the file's buffer must outlive the file
  // Hands at most `most` frames to the handler and returns how many; 0 from a file is its end.
  // Live, waits at most 20 ms for the first one. An error means that nothing more will come. hot
  base::Result<std::size_t> read(FrameHandler& handler, std::size_t most);

  [[nodiscard]] LinkType link() const { return link_; }
  [[nodiscard]] int pcap_link() const;  // as libpcap counts data link types
  [[nodiscard]] bool is_live() const { return fd_ >= 0; }
  // Since the start. Zero for files.
  CaptureDrops drops();

 private:
  struct Close {
    void operator()(pcap* handle) const noexcept;
  };
  using Handle = std::unique_ptr<pcap, Close>;
  Capture(Handle handle, LinkType link, int fd, std::string name);
  base::Error broken(std::string_view what);
  // Counts from now on; frames from before `since` are passed over.
  void begin(base::WallTime since);

  static constexpr std::size_t kFileBuffer = std::size_t{256} << 10U;

  // Set at construction.
  std::unique_ptr<std::array<char, kFileBuffer>> file_buffer_;  // the handle's; live: null
  Handle handle_;
  LinkType link_;
  int fd_;  // live: readable when frames are there; -1 for a file
  std::string name_;

  base::WallTime since_ = base::WallTime::min();
  std::uint64_t frames_ = 0;
  CaptureDrops drops_;
  std::uint32_t last_kernel_ = 0;  // libpcap's counters have 32 bits and wrap
  std::uint32_t last_interface_ = 0;
  bool nanoseconds_ = false;
};

// Adds the advance of a wrapping 32-bit counter to its 64-bit extension.
std::uint64_t extend_counter(std::uint64_t total, std::uint32_t last, std::uint32_t now);

}  // namespace rampart::sniffer
