#pragma once

#include <optional>
#include <string>

#include "sniffer/app/transaction.h"

namespace rampart::sniffer {

// A mail, with the commands that lead to it; what a connection ends with may be commands only.
class SmtpTransaction final : public Transaction {
 public:
  [[nodiscard]] std::optional<BufferView> buffer(BufferId, Direction, unsigned) const override {
    return std::nullopt;
  }

  std::string sender;            // what MAIL FROM: gives, as sent
  std::uint32_t recipients = 0;  // that the client named
};

}  // namespace rampart::sniffer
