#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <utility>

#include "sniffer/app/parser.h"

namespace rampart::sniffer {

// Reads every buffer of each transaction that it is told of, at each step. Aborts where a
// transaction goes back to an earlier stage, or an event has no name.
class TransactionReader final : public AppSink {
 public:
  void on_progress(Transaction& transaction, Direction direction) override {
    for (const auto& info : buffer_infos()) {
      const auto view = transaction.buffer(info.id, direction, 0);
      if (!view) continue;
      for (const auto byte : view->data) sum_ += byte;
    }
    for (std::size_t side = 0; side < 2; ++side) {
      auto& before = stages_[{&transaction, side}];
      if (transaction.stage[side] < before) std::abort();
      before = transaction.stage[side];
    }
  }
  void on_done(Transaction& transaction) override {
    for (std::size_t side = 0; side < 2; ++side) stages_.erase({&transaction, side});
  }
  void on_event(AppEvent event, Direction /*direction*/, Transaction* /*transaction*/) override {
    if (to_string(event).empty()) std::abort();
  }
  // Of those that it was told of.
  [[nodiscard]] bool all_done() const { return stages_.empty(); }

 private:
  std::map<std::pair<const Transaction*, std::size_t>, Stage> stages_;
  std::uint64_t sum_ = 0;
};

// Lets both ends speak until the parser gives up or the input ends. Pieces: a byte for what
// happens (bit 0: the direction; bits 1 and 2: bytes, gap, end), then one for the length.
inline void converse(AppParser& parser, Bytes input, std::size_t most_memory) {
  TransactionReader reader;
  bool ended[2] = {};
  while (input.size() >= 2) {
    const auto direction = (input[0] & 1U) != 0 ? Direction::to_client : Direction::to_server;
    const auto what = (input[0] >> 1U) & 3U;
    const std::uint64_t length = input[1];
    const auto piece = input.subspan(2, std::min<std::size_t>(input[1], input.size() - 2));
    input = input.subspan(2 + (what == 1 || what == 2 ? 0 : piece.size()));
    auto& over = ended[index(direction)];
    if (over) continue;
    bool going = true;
    if (what == 2) {
      parser.end(direction, reader);
      over = true;
    } else {
      going = what == 1 ? parser.gap(direction, length, reader)
                        : parser.bytes(direction, piece, reader);
    }
    if (parser.memory() > most_memory) std::abort();
    if (!going) return;
  }
  for (const auto direction : {Direction::to_server, Direction::to_client})
    if (!ended[index(direction)]) parser.end(direction, reader);
  if (!reader.all_done()) std::abort();
}

}  // namespace rampart::sniffer
