// What two hostile ends may say to the parser of HTTP/1. The input is a row of pieces, each of a
// byte that says what it is and what follows: bits 0-4 how many bytes (31: all up to the next zero
// byte), bit 5 the direction, bits 6-7 bytes (0, 1), a gap of that length (2) or that side's end
// (3).
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "base/assert.h"
#include "sniffer/app/http_parser.h"

namespace {

using namespace rampart::sniffer;

// Looks at every buffer of every transaction at each step, as rules might.
class Witness final : public AppSink {
 public:
  void on_progress(Transaction& transaction, Direction direction) override {
    open_.insert(&transaction);
    const auto stage = transaction.stage[index(direction)];
    RAMPART_ASSERT(stage != Stage::none);
    for (const auto& info : buffer_infos())
      for (unsigned i = 0; i < 20; ++i) {
        const auto view = transaction.buffer(info.id, direction, i);
        if (!view) break;
        for (const auto byte : view->data) sum_ += byte;
        RAMPART_ASSERT(view->base + view->data.size() <= 1U << 20U);
      }
  }
  void on_done(Transaction& transaction) override { open_.erase(&transaction); }
  void on_event(AppEvent event, Direction, Transaction* transaction) override {
    RAMPART_ASSERT(!to_string(event).empty());
    if (transaction != nullptr) sum_ += transaction->number;
  }
  [[nodiscard]] bool nothing_open() const { return open_.empty(); }

 private:
  std::set<const Transaction*> open_;
  std::uint64_t sum_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Witness witness;
  // Small limits, so that small inputs reach them.
  const auto parser = make_http_parser({{300, 40, 8}, {500, 60, 16}});
  std::array<bool, 2> ended{};
  bool alive = true;
  Bytes rest{data, size};
  while (alive && !rest.empty()) {
    const unsigned what = rest[0];
    rest = rest.subspan(1);
    const auto direction = (what & 32U) != 0 ? Direction::to_client : Direction::to_server;
    const auto count = what & 31U;
    if (ended[index(direction)]) continue;
    if (what >> 6U == 3) {
      parser->end(direction, witness);
      ended[index(direction)] = true;
    } else if (what >> 6U == 2) {
      alive = parser->gap(direction, count * 16, witness);
    } else {
      auto taken = std::min<std::size_t>(count, rest.size());
      if (count == 31)
        taken = static_cast<std::size_t>(std::find(rest.begin(), rest.end(), 0) - rest.begin());
      // A copy of its own, so that reading beyond the piece is seen.
      const std::vector<std::uint8_t> piece(rest.begin(),
                                            rest.begin() + static_cast<std::ptrdiff_t>(taken));
      alive = parser->bytes(direction, piece, witness);
      rest = rest.subspan(taken);
    }
  }
  for (const auto direction : {Direction::to_server, Direction::to_client})
    if (alive && !ended[index(direction)]) parser->end(direction, witness);
  RAMPART_ASSERT(witness.nothing_open());
  return 0;
}
