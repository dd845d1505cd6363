#include "sniffer/app/http2_frames.h"

#include <algorithm>

#include "sniffer/app/byte_reader.h"

namespace rampart::sniffer {

void FrameReader::begin() {
  constexpr std::uint32_t kStreamMask = 0x7FFFFFFF;
  ByteReader in(head_);
  frame_.length = in.u24();
  frame_.type = in.u8();
  frame_.flags = in.u8();
  frame_.stream = in.u32() & kStreamMask;
  head_size_ = 0;
  in_payload_ = true;
  left_ = frame_.length;
  padding_ = 0;
  pad_length_due_ = frame_.is(FrameType::data) && frame_.has(frame_flag::kPadded) && left_ != 0;
  payload_.clear();
}

// hot
void FrameReader::take_data(Bytes& bytes, FrameListener& listener) {
  if (pad_length_due_ && !bytes.empty()) {
    pad_length_due_ = false;
    --left_;
    padding_ = std::min<std::uint32_t>(bytes[0], left_);
    bytes = bytes.subspan(1);
  }
  const auto taken = std::min<std::size_t>(bytes.size(), left_);
  const auto said = std::min<std::size_t>(taken, left_ - padding_);
  if (said != 0) listener.on_data(frame_, bytes.first(said));
  left_ -= static_cast<std::uint32_t>(taken);
  padding_ = std::min(padding_, left_);
  bytes = bytes.subspan(taken);
}

void FrameReader::end_data_if_over(FrameListener& listener) {
  if (left_ != 0) return;
  in_payload_ = false;
  listener.on_data_end(frame_);
}

// hot
bool FrameReader::read(Bytes bytes, FrameListener& listener) {
  while (true) {
    if (!in_payload_) {
      const auto taken = std::min(kHeader - head_size_, bytes.size());
      std::copy_n(bytes.begin(), taken, head_.begin() + static_cast<std::ptrdiff_t>(head_size_));
      head_size_ += taken;
      bytes = bytes.subspan(taken);
      if (head_size_ < kHeader) return true;
      begin();
    }
    if (frame_.is(FrameType::data)) {
      take_data(bytes, listener);
      end_data_if_over(listener);
      if (in_payload_) return true;
      continue;
    }
    const auto taken = std::min<std::size_t>(bytes.size(), left_);
    const auto kept = std::min(taken, kMostPayload - std::min(kMostPayload, payload_.size()));
    payload_.insert(payload_.end(), bytes.begin(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(kept));
    left_ -= static_cast<std::uint32_t>(taken);
    bytes = bytes.subspan(taken);
    if (left_ != 0) return true;
    in_payload_ = false;
    if (!listener.on_frame(frame_, payload_)) return false;
  }
}

bool FrameReader::skip(std::uint64_t bytes, FrameListener& listener) {
  if (data_stream() == 0 || pad_length_due_ || bytes > left_ - padding_) return false;
  left_ -= static_cast<std::uint32_t>(bytes);
  end_data_if_over(listener);
  return true;
}

}  // namespace rampart::sniffer
