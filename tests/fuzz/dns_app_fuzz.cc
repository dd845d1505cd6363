#include <algorithm>
#include <cstdlib>

#include "sniffer/app/dns_parser.h"

namespace {

using namespace rampart::sniffer;

// Reads every buffer, and holds the parser to its bounds.
class Reader final : public AppSink {
 public:
  void on_progress(Transaction& transaction, Direction direction) override {
    std::size_t total = 0;
    for (unsigned i = 0;; ++i) {
      const auto view = transaction.buffer(BufferId::dns_query, direction, i);
      if (!view) break;
      if (view->data.size() > DnsMessage::kMostName) std::abort();
      total += view->data.size();
      for (const auto byte : view->data) sum += byte;
    }
    if (total > DnsMessage::kMostText) std::abort();
  }
  void on_done(Transaction& /*transaction*/) override {}
  void on_event(AppEvent event, Direction /*direction*/, Transaction* /*transaction*/) override {
    if (to_string(event).empty()) std::abort();
  }
  std::uint64_t sum = 0;
};

}  // namespace

// The bytes as one datagram, then as the pieces of a stream: the first byte says how long each is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes all(data + 1, size - 1);
  Reader sink;
  DnsParser parser;
  parser.message(Direction::to_server, all, 0, sink);
  parser.message(Direction::to_client, all, 1, sink);
  const std::size_t step = data[0] + std::size_t{1};
  for (std::size_t at = 0; at < all.size(); at += step) {
    const auto piece = all.subspan(at, std::min(step, all.size() - at));
    if (piece.size() > 3 && piece[0] == 0xFF && piece[1] == 0xFE)
      parser.gap(Direction::to_server, piece[2], sink);
    else if (!parser.bytes(Direction::to_server, piece, sink))
      break;
    if (parser.memory() > (std::size_t{1} << 22U)) std::abort();
  }
  parser.end(Direction::to_server, sink);
  return 0;
}
