#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sniffer/app/dns_transaction.h"
#include "sniffer/app/parser.h"

namespace rampart::sniffer {

// DNS over TCP (RFC 1035, section 4.2.2): messages behind their lengths. Each message is a
// transaction, complete at once. The datagrams of UDP go to message() directly.
class DnsParser final : public AppParser {
 public:
  bool bytes(Direction direction, Bytes bytes, AppSink& sink) override;
  bool gap(Direction direction, std::uint64_t bytes, AppSink& sink) override;
  void end(Direction direction, AppSink& sink) override;
  [[nodiscard]] std::size_t memory() const override;

  // One whole message; `number` is its transaction's. No state is left behind, so that one parser
  // serves the datagrams of every flow. No allocation after warm-up. hot
  void message(Direction direction, Bytes message, std::uint64_t number, AppSink& sink);

 private:
  void read(Direction direction, Bytes message, std::uint64_t number, bool over_tcp, AppSink& sink);

  // What came of a message that is not whole yet, with its length in front.
  struct Side {
    std::vector<std::uint8_t> kept;
    std::uint64_t skip = 0;  // bytes of a message that a gap has spoilt
    bool lost = false;       // where messages begin is not known any more
  };

  DnsTransaction transaction_;
  std::array<Side, 2> sides_;  // by Direction
  std::uint64_t messages_ = 0;
};

}  // namespace rampart::sniffer
