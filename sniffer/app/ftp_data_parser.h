#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sniffer/app/http_body.h"
#include "sniffer/app/parser.h"

namespace rampart::sniffer {

// A file on a connection of its own (RFC 959, section 3.2): what the side that sends says first is
// its beginning, and its end is that of the connection.
class FtpDataTransaction final : public Transaction {
 public:
  [[nodiscard]] std::optional<BufferView> buffer(BufferId id, Direction direction,
                                                 unsigned i) const override;
  std::string name;          // as the command that asked for it has it
  std::string_view command;  // "RETR" or "STOR", which stands for APPE and STOU too
  HttpBody body;

 private:
  mutable std::string facts_;  // what file_facts showed last
};

class FtpDataParser final : public AppParser {
 public:
  static constexpr HttpBodyLimits kLimits{100 * 1024, 1, 4 * 1024};

  explicit FtpDataParser(const DataConnection& agreed);

  bool bytes(Direction direction, Bytes bytes, AppSink& sink) override;
  bool gap(Direction direction, std::uint64_t bytes, AppSink& sink) override;
  void end(Direction direction, AppSink& sink) override;
  [[nodiscard]] std::size_t memory() const override;

 private:
  FtpDataTransaction transaction_;
  std::optional<Direction> sender_;  // who sends the file
  bool done_ = false;
};

}  // namespace rampart::sniffer
