// What two hostile ends may say to the parser of HTTP/1. The input is a row of pieces, each of a
// byte that says what it is and what follows: bits 0-4 how many bytes (31: all up to the next zero
// byte), bit 5 the direction, bits 6-7 bytes (0, 1), a gap of that length (2) or that side's end
// (3).
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/assert.h"
#include "http_witness.h"
#include "sniffer/app/http_parser.h"

using namespace rampart::sniffer;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  HttpWitness witness;
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
