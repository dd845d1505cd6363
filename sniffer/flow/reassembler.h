#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sniffer/decode/packet.h"
#include "sniffer/flow/stream_event.h"
#include "sniffer/flow/tcp_tracker.h"

namespace rampart::sniffer {

// Memory that all streams of a pipeline share. Who may not take is left without.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}
  bool take(std::size_t bytes) {
    if (bytes > limit_ - used_) {
      ++refused_;
      return false;
    }
    used_ += bytes;
    return true;
  }
  void give_back(std::size_t bytes) { used_ -= bytes; }
  [[nodiscard]] std::size_t used() const { return used_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  std::size_t limit_;
  std::size_t used_ = 0;
  std::uint64_t refused_ = 0;
};

// Receives one direction of a connection in order, each byte once.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  virtual void on_bytes(Bytes bytes) = 0;        // live during the call only
  virtual void on_gap(std::uint64_t bytes) = 0;  // that many will never come
  // These came again: they begin `back` bytes before the one that is expected next.
  virtual void on_repeat(std::uint64_t /*back*/, Bytes /*bytes*/) {}
};

// Puts the segments of one direction in order. Overlaps: the byte that came first wins. A hole is
// waited for until the receiver has acknowledged bytes past it (then the capture lost it) or too
// much waits behind it.
class Reassembler {
 public:
  static constexpr std::size_t kMostWaiting = std::size_t{256} << 10U;  // bytes behind a hole
  static constexpr std::size_t kMostPieces = 512;
  // What a piece takes beside its bytes, its place in the list (which grows by doubling) and the
  // allocator's share: many pieces of one byte must not be free of charge.
  static constexpr std::size_t kPieceCost = 96;

  [[nodiscard]] bool started() const { return started_; }
  // `seq` is the number of the first byte.
  void start(std::uint32_t seq) {
    next_ = seq;
    started_ = true;
  }
  // hot: a segment in order is passed through without a copy.
  void segment(std::uint32_t seq, Bytes data, MemoryBudget& budget, StreamSink& sink);
  // The same for bytes that came before the handshake was over (RFC 7413): the receiver may yet
  // refuse them, so they wait for the next call of another kind. Where bytes came before without
  // it they are passed over; no more are kept than may wait behind a hole.
  void hold(std::uint32_t seq, Bytes data, MemoryBudget& budget);
  // The receiver has everything before `ack`.
  void acknowledged(std::uint32_t ack, MemoryBudget& budget, StreamSink& sink);
  // Nothing more will come: what waits is passed through, across holes.
  void finish(MemoryBudget& budget, StreamSink& sink);
  // Forgets everything.
  void reset(MemoryBudget& budget);

  // Whether everything before `seq` was passed on or given up.
  [[nodiscard]] bool is_past(std::uint32_t seq) const {
    return started_ && !seq_before(next_, seq);
  }
  [[nodiscard]] std::size_t waiting() const { return waiting_bytes_; }
  // What was odd since the last call.
  StreamEvents take_remarks() { return std::exchange(remarks_, {}); }

 private:
  struct Piece {
    std::uint32_t seq;
    std::vector<std::uint8_t> data;
    [[nodiscard]] std::uint32_t end() const {
      return seq + static_cast<std::uint32_t>(data.size());
    }
  };

  void compare(const Piece& piece, std::uint32_t seq, Bytes data);
  void keep(std::uint32_t seq, Bytes data, MemoryBudget& budget);
  // False where there was no memory for it.
  bool insert(std::size_t before, std::uint32_t seq, Bytes data, MemoryBudget& budget);
  void drain(MemoryBudget& budget, StreamSink& sink);
  void skip_hole(MemoryBudget& budget, StreamSink& sink);

  std::uint32_t next_ = 0;  // of the byte that is expected
  std::uint32_t acked_ = 0;
  bool started_ = false;
  bool has_ack_ = false;
  StreamEvents remarks_;
  std::size_t waiting_bytes_ = 0;
  std::vector<Piece> pieces_;  // by sequence number, without overlaps, all after next_
};

}  // namespace rampart::sniffer
