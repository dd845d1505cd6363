#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <vector>

#include "sniffer/flow/reassembler.h"

namespace {

using namespace rampart::sniffer;

constexpr std::size_t kSpace = 1024;  // offsets that the input can name

// What the stream must be: at each offset the byte that came first.
class Stream final : public StreamSink {
 public:
  // With `exact` false bytes may have been refused, so that a later one may stand in their place.
  explicit Stream(bool exact) : exact_(exact) {}

  void sent(std::size_t offset, Bytes data) {
    for (const auto byte : data) {
      auto& cell = cells_[offset];
      if (offset++ < at_) continue;
      if (!cell.first) cell.first = byte;
      cell.any[byte / 64] |= std::uint64_t{1} << (byte % 64U);
    }
  }
  void on_bytes(Bytes bytes) override {
    if (bytes.empty()) std::abort();
    for (const auto byte : bytes) {
      if (at_ >= cells_.size()) std::abort();
      const auto& cell = cells_[at_++];
      const bool was_sent = (cell.any[byte / 64] >> (byte % 64U) & 1U) != 0;
      if (!was_sent || (exact_ && cell.first != byte)) std::abort();
    }
  }
  // Of an exact stream a gap hides nothing that came.
  void on_gap(std::uint64_t bytes) override {
    if (bytes == 0 || bytes > cells_.size() - at_) std::abort();
    for (; bytes > 0; --bytes)
      if (cells_[at_++].first && exact_) std::abort();
  }
  void on_repeat(std::uint64_t back, Bytes bytes) override {
    if (bytes.size() > back) std::abort();
  }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  struct Cell {
    std::optional<std::uint8_t> first;
    std::array<std::uint64_t, 4> any{};  // a bit for each value that came
  };
  std::array<Cell, kSpace + 256> cells_{};
  std::size_t at_ = 0;  // offset of what is passed on next
  bool exact_;
};

}  // namespace

// The first byte: how much memory there is (bit 0: little), and where the numbers begin (bit 1:
// just before they wrap). Then segments: a byte for what happens (bits 0 and 1: bytes, bytes that
// are held before any other, else an acknowledgement), two for the offset, and one for the length
// of the bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool little = (data[0] & 1U) != 0;
  const std::uint32_t first = (data[0] & 2U) != 0 ? 0xFFFFFF00U : 1U;
  MemoryBudget budget(little ? 600 : std::size_t{1} << 20U);
  Stream stream(!little);
  Reassembler reassembler;
  reassembler.start(first);
  Bytes rest(data + 1, size - 1);
  bool open = false;
  std::size_t pieces = 0;
  while (rest.size() >= 4 && ++pieces < Reassembler::kMostPieces) {
    const auto what = rest[0] & 3U;
    const std::size_t offset = ((std::size_t{rest[1]} << 8U) | rest[2]) % kSpace;
    const auto seq = first + static_cast<std::uint32_t>(offset);
    const auto piece = rest.subspan(4, std::min<std::size_t>(rest[3], rest.size() - 4));
    rest = rest.subspan(4 + (what < 2 ? piece.size() : 0));
    if (what == 1 && !open) {
      stream.sent(offset, piece);
      reassembler.hold(seq, piece, budget);
    } else if (what < 2) {
      open = true;
      stream.sent(offset, piece);
      reassembler.segment(seq, piece, budget, stream);
    } else {
      open = true;
      reassembler.acknowledged(seq, budget, stream);
    }
    if (reassembler.is_past(first + static_cast<std::uint32_t>(stream.at()) + 1)) std::abort();
    if (open && !reassembler.is_past(first + static_cast<std::uint32_t>(stream.at()))) std::abort();
  }
  reassembler.finish(budget, stream);
  if (budget.used() != 0 || reassembler.waiting() != 0) std::abort();
  return 0;
}
