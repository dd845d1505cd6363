#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

// RFC 9113, section 6.
enum class FrameType : std::uint8_t {
  data,
  headers,
  priority,
  rst_stream,
  settings,
  push_promise,
  ping,
  goaway,
  window_update,
  continuation,
};
namespace frame_flag {
inline constexpr std::uint8_t kEndStream = 1, kAck = 1, kEndHeaders = 4, kPadded = 8,
                              kPriority = 32;
}

struct FrameHeader {
  std::uint32_t length = 0;
  std::uint8_t type = 0;  // FrameType, or one that nobody knows
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  [[nodiscard]] bool is(FrameType t) const { return type == static_cast<std::uint8_t>(t); }
  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

// Told by FrameReader from inside its calls.
class FrameListener {
 public:
  virtual ~FrameListener() = default;
  // A whole frame but for DATA. Of one beyond FrameReader::kMostPayload `payload` is the beginning.
  // The listener answers false to have no more.
  virtual bool on_frame(const FrameHeader& frame, Bytes payload) = 0;
  // DATA: its beginning, then its bytes as they come, without padding, then its end.
  virtual void on_data(const FrameHeader& frame, Bytes bytes) = 0;
  virtual void on_data_end(const FrameHeader& frame) = 0;
};

// Cuts one direction of a connection into frames (RFC 9113, section 4.1). Bounded: kMostPayload of
// a frame that is not DATA.
class FrameReader {
 public:
  static constexpr std::size_t kMostPayload = 64 * 1024;

  // False where the listener wants no more. hot: DATA is not copied.
  bool read(Bytes bytes, FrameListener& listener);
  // True where the hole lies in the bytes of a DATA frame, so that what follows can be read.
  bool skip(std::uint64_t bytes, FrameListener& listener);
  [[nodiscard]] std::size_t memory() const { return payload_.capacity(); }
  // The stream whose DATA is being read; 0: none.
  [[nodiscard]] std::uint32_t data_stream() const { return in_payload_ ? data_stream_of() : 0; }

 private:
  static constexpr std::size_t kHeader = 9;

  [[nodiscard]] std::uint32_t data_stream_of() const {
    return frame_.is(FrameType::data) ? frame_.stream : 0;
  }
  void begin();
  void take_data(Bytes& bytes, FrameListener& listener);
  void end_data_if_over(FrameListener& listener);

  std::array<std::uint8_t, kHeader> head_{};
  std::size_t head_size_ = 0;
  FrameHeader frame_;
  bool in_payload_ = false;
  std::uint32_t left_ = 0;     // of the payload
  std::uint32_t padding_ = 0;  // of that: at its end
  bool pad_length_due_ = false;
  std::vector<std::uint8_t> payload_;
};

}  // namespace rampart::sniffer
