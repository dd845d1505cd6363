#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "sniffer/app/line_reader.h"
#include "sniffer/app/parser.h"

namespace rampart::sniffer {

// The banners of a connection (RFC 4253, section 4.2); one transaction.
class SshTransaction final : public Transaction {
 public:
  struct Banner {
    std::string proto;     // "2.0"
    std::string software;  // "OpenSSH_9.2p1", without comments
  };

  // ssh_proto and ssh_software, of the side that sends in that direction.
  [[nodiscard]] std::optional<BufferView> buffer(BufferId id, Direction direction,
                                                 unsigned i) const override;

  std::array<std::optional<Banner>, 2> banners;  // by Direction
};

// Reads the two banners; what follows is of no use to rules, so that it wants no more bytes then.
class SshParser final : public AppParser {
 public:
  static constexpr std::size_t kMostLine = 255;     // RFC 4253, section 4.2
  static constexpr unsigned kMostLinesBefore = 64;  // that a server may send before its banner

  bool bytes(Direction direction, Bytes bytes, AppSink& sink) override;
  bool gap(Direction direction, std::uint64_t bytes, AppSink& sink) override;
  void end(Direction direction, AppSink& sink) override;
  [[nodiscard]] std::size_t memory() const override;
  [[nodiscard]] const Transaction* open_transaction(std::uint64_t number) const override {
    return !done_ && number == transaction_.number ? &transaction_ : nullptr;
  }

 private:
  struct Side {
    LineReader lines{kMostLine};
    unsigned before = 0;  // lines that were no banner
    bool finished = false;
  };

  void line(Direction direction, const LineReader::Line& line, AppSink& sink);
  bool settle(AppSink& sink);

  SshTransaction transaction_;
  std::array<Side, 2> sides_;  // by Direction
  bool done_ = false;
};

}  // namespace rampart::sniffer
