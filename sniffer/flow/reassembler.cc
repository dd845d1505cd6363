#include "sniffer/flow/reassembler.h"

#include <algorithm>

namespace rampart::sniffer {

void Reassembler::segment(std::uint32_t seq, Bytes data, MemoryBudget& budget, StreamSink& sink) {
  if (data.empty()) return;
  if (seq_before(seq, next_)) {
    const auto old = static_cast<std::size_t>(seq_distance(seq, next_));
    // One byte just below the next is a keep-alive probe, of any value.
    const bool probe = data.size() == 1 && old == 1;
    if (!probe) sink.on_repeat(old, data.first(std::min(old, data.size())));
    if (old >= data.size()) return;
    data = data.subspan(old);
    seq = next_;
  }
  if (seq == next_ && pieces_.empty()) {
    next_ += static_cast<std::uint32_t>(data.size());
    sink.on_bytes(data);
    return;
  }
  keep(seq, data, budget);
  drain(budget, sink);
  while (waiting_bytes_ > kMostWaiting || pieces_.size() > kMostPieces) skip_hole(budget, sink);
  if (has_ack_) acknowledged(acked_, budget, sink);
}

void Reassembler::hold(std::uint32_t seq, Bytes data, MemoryBudget& budget) {
  if (seq_before(seq, next_)) return;
  if (waiting_bytes_ + data.size() > kMostWaiting || pieces_.size() >= kMostPieces)
    remarks_.add(StreamEvent::reassembly_no_segment);
  else
    keep(seq, data, budget);
}

void Reassembler::acknowledged(std::uint32_t ack, MemoryBudget& budget, StreamSink& sink) {
  if (!has_ack_ || seq_before(acked_, ack)) acked_ = ack;
  has_ack_ = true;
  drain(budget, sink);
  while (!pieces_.empty() && !seq_before(acked_, pieces_.front().seq)) skip_hole(budget, sink);
}

void Reassembler::finish(MemoryBudget& budget, StreamSink& sink) {
  drain(budget, sink);
  while (!pieces_.empty()) skip_hole(budget, sink);
}

void Reassembler::reset(MemoryBudget& budget) {
  budget.give_back(waiting_bytes_ + pieces_.size() * kPieceCost);
  waiting_bytes_ = 0;
  pieces_.clear();
  started_ = has_ack_ = false;
  remarks_.clear();
}

// What both have must be the same.
void Reassembler::compare(const Piece& piece, std::uint32_t seq, Bytes data) {
  const auto from = seq_before(seq, piece.seq) ? piece.seq : seq;
  const auto end = seq + static_cast<std::uint32_t>(data.size());
  const auto to = seq_before(piece.end(), end) ? piece.end() : end;
  if (!seq_before(from, to)) return;
  const auto in_piece = piece.data.begin() + seq_distance(piece.seq, from);
  const auto in_data = data.begin() + seq_distance(seq, from);
  if (!std::equal(in_data, in_data + seq_distance(from, to), in_piece))
    remarks_.add(StreamEvent::reassembly_overlap_different_data);
}

// Keeps what no earlier piece covers.
void Reassembler::keep(std::uint32_t seq, Bytes data, MemoryBudget& budget) {
  for (std::size_t i = 0; i < pieces_.size() && !data.empty(); ++i) {
    const auto begin = pieces_[i].seq;
    const auto end = pieces_[i].end();
    if (!seq_before(seq, end)) continue;
    compare(pieces_[i], seq, data);
    if (seq_before(seq, begin)) {
      const auto room = static_cast<std::size_t>(seq_distance(seq, begin));
      const auto size = std::min(room, data.size());
      if (insert(i, seq, data.first(size), budget)) ++i;
      if (size == data.size()) return;
      data = data.subspan(size);
      seq = begin;
    }
    const auto covered = static_cast<std::size_t>(seq_distance(seq, end));
    if (covered >= data.size()) return;
    data = data.subspan(covered);
    seq = end;
  }
  if (!data.empty()) insert(pieces_.size(), seq, data, budget);
}

bool Reassembler::insert(std::size_t before, std::uint32_t seq, Bytes data, MemoryBudget& budget) {
  if (!budget.take(data.size() + kPieceCost)) {
    remarks_.add(StreamEvent::reassembly_no_segment);
    return false;
  }
  waiting_bytes_ += data.size();
  pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(before),
                 Piece{seq, {data.begin(), data.end()}});
  return true;
}

void Reassembler::drain(MemoryBudget& budget, StreamSink& sink) {
  std::size_t done = 0;
  for (; done < pieces_.size() && pieces_[done].seq == next_; ++done) {
    auto& piece = pieces_[done];
    next_ = piece.end();
    waiting_bytes_ -= piece.data.size();
    budget.give_back(piece.data.size() + kPieceCost);
    sink.on_bytes(piece.data);
  }
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(done));
}

void Reassembler::skip_hole(MemoryBudget& budget, StreamSink& sink) {
  remarks_.add(StreamEvent::reassembly_seq_gap);
  sink.on_gap(static_cast<std::uint64_t>(seq_distance(next_, pieces_.front().seq)));
  next_ = pieces_.front().seq;
  drain(budget, sink);
}

}  // namespace rampart::sniffer
