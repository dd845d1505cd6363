// What two hostile ends may say in HTTP/2. The client's preface is there already; then pieces, each
// of a byte that says what it is (bits 0-5 how many bytes, times 4 where bit 6 is set; bit 7 the
// direction) and what follows. No bytes: a hole of one. 127: that side's end.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "http_witness.h"
#include "sniffer/app/http2_parser.h"

using namespace rampart::sniffer;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  HttpWitness witness;
  Http2Parser parser({{300, 40, 8}, {500, 60, 16}});
  const std::vector<std::uint8_t> preface(kPreface.begin(), kPreface.end());
  bool alive = parser.bytes(Direction::to_server, preface, witness);
  std::array<bool, 2> ended{};
  Bytes rest{data, size};
  while (alive && !rest.empty()) {
    const unsigned what = rest[0];
    rest = rest.subspan(1);
    const auto direction = (what & 128U) != 0 ? Direction::to_client : Direction::to_server;
    if (ended[index(direction)]) continue;
    if ((what & 127U) == 127) {
      parser.end(direction, witness);
      ended[index(direction)] = true;
      continue;
    }
    const auto count = std::size_t{what & 63U} * ((what & 64U) != 0 ? 4 : 1);
    const auto taken = std::min(count, rest.size());
    // A copy of its own, so that reading beyond the piece is seen.
    const std::vector<std::uint8_t> piece(rest.begin(),
                                          rest.begin() + static_cast<std::ptrdiff_t>(taken));
    alive =
        count == 0 ? parser.gap(direction, 1, witness) : parser.bytes(direction, piece, witness);
    rest = rest.subspan(taken);
    if (parser.memory() > (std::size_t{1} << 24U)) std::abort();
  }
  for (const auto direction : {Direction::to_server, Direction::to_client})
    if (alive && !ended[index(direction)]) parser.end(direction, witness);
  if (!witness.nothing_open()) std::abort();
  return 0;
}
