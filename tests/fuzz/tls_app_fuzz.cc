#include <algorithm>
#include <cstdlib>

#include "sniffer/app/tls_parser.h"

namespace {

using namespace rampart::sniffer;

class Reader final : public AppSink {
 public:
  void on_progress(Transaction& transaction, Direction direction) override {
    if (done) std::abort();
    for (const auto& info : buffer_infos()) {
      if (info.proto != AppProto::tls) continue;
      for (unsigned i = 0; i < 100; ++i) {
        const auto view = transaction.buffer(info.id, direction, i);
        if (!view) break;
        for (const auto byte : view->data) sum += byte;
      }
    }
  }
  void on_done(Transaction& /*transaction*/) override {
    if (done) std::abort();
    done = true;
  }
  void on_event(AppEvent event, Direction /*direction*/, Transaction* /*transaction*/) override {
    if (to_string(event).empty()) std::abort();
  }
  bool done = false;
  std::uint64_t sum = 0;
};

}  // namespace

// Pieces of a conversation: a byte for the direction (bit 0) and a gap instead of bytes (bit 1),
// two for the length.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader sink;
  TlsParser parser;
  Bytes rest(data, size);
  bool going = true;
  while (going && rest.size() >= 3) {
    const auto direction = (rest[0] & 1U) != 0 ? Direction::to_client : Direction::to_server;
    const bool gap = (rest[0] & 2U) != 0;
    const std::size_t length = (std::size_t{rest[1]} << 8U) | rest[2];
    const auto piece = rest.subspan(3, std::min(length, rest.size() - 3));
    rest = rest.subspan(3 + (gap ? 0 : piece.size()));
    going = gap ? parser.gap(direction, length + 1, sink) : parser.bytes(direction, piece, sink);
    if (parser.memory() > (std::size_t{1} << 21U)) std::abort();
  }
  if (!going && !sink.done) std::abort();
  if (!going) return 0;
  parser.end(Direction::to_server, sink);
  parser.end(Direction::to_client, sink);
  if (!sink.done) std::abort();
  return 0;
}
