#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sniffer/app/transaction.h"

namespace rampart::sniffer {

// A mail, with the commands that lead to it; what a connection ends with may be commands only.
class SmtpTransaction final : public Transaction {
 public:
  [[nodiscard]] std::optional<BufferView> buffer(BufferId, Direction, unsigned) const override {
    return std::nullopt;
  }

  static constexpr std::size_t kMostNamed = 64;

  [[nodiscard]] std::size_t memory() const {
    std::size_t out = helo.capacity() + sender.capacity() + to.capacity() * sizeof(std::string);
    for (const auto& text : to) out += text.capacity();
    return out;
  }

  std::string helo;              // what the client calls itself
  std::string sender;            // what MAIL gives, as sent: "FROM:<a@example.org> SIZE=10"
  std::uint32_t recipients = 0;  // that the client named
  std::vector<std::string> to;   // what RCPT gives, of the first kMostNamed
};

}  // namespace rampart::sniffer
