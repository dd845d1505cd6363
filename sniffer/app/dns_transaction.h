#pragma once

#include <optional>

#include "sniffer/app/dns_message.h"
#include "sniffer/app/transaction.h"

namespace rampart::sniffer {

// One message, query or answer: both are transactions of their own.
class DnsTransaction final : public Transaction {
 public:
  // dns_query: the names of a query's questions, one after the other, as sent. dns_opcode: the byte
  // that it is part of.
  [[nodiscard]] std::optional<BufferView> buffer(BufferId id, Direction direction,
                                                 unsigned i) const override;

  // For dns.opcode and dns.rcode.
  [[nodiscard]] unsigned opcode() const { return message.header().opcode(); }
  [[nodiscard]] unsigned rcode() const { return message.header().rcode(); }

  DnsMessage message;
  bool good = false;  // all of it could be read
  Bytes bytes;        // of the message; hold until on_done() returns
};

}  // namespace rampart::sniffer
