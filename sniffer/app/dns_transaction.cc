#include "sniffer/app/dns_transaction.h"

namespace rampart::sniffer {

// hot
std::optional<BufferView> DnsTransaction::buffer(BufferId id, Direction direction,
                                                 unsigned i) const {
  if (id == BufferId::dns_opcode) {
    if (i != 0 || !good) return std::nullopt;
    return BufferView{bytes.subspan(DnsHeader::kOpcodeAt, 1)};
  }
  if (id != BufferId::dns_query || direction != Direction::to_server) return std::nullopt;
  // A query with a malformed question is an event, not a list of names.
  if (message.header().response() || !message.questions_whole()) return std::nullopt;
  if (i >= message.questions().size()) return std::nullopt;
  const auto name = message.text(message.questions()[i].name);
  return BufferView{{reinterpret_cast<const std::uint8_t*>(name.data()), name.size()}};
}

}  // namespace rampart::sniffer
