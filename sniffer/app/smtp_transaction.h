#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sniffer/app/http_body.h"
#include "sniffer/app/transaction.h"

namespace rampart::sniffer {

// A mail, with the commands that lead to it; what a connection ends with may be commands only.
class SmtpTransaction final : public Transaction {
 public:
  static constexpr std::size_t kMostFiles =
      16;  // attachments of one mail; others are not looked at
  static constexpr std::size_t kMostNamed = 64;  // recipients whose addresses are kept
  static constexpr HttpBodyLimits kFileLimits{100'000, 32 * 1024, 4 * 1024};

  // Attachments, decoded, are those of the client's direction.
  [[nodiscard]] std::optional<BufferView> buffer(BufferId id, Direction direction,
                                                 unsigned i) const override;

  // The rest is for its parser.

  void begin(std::uint64_t its_number);
  void open_file(std::string_view name);
  void add_to_file(Bytes bytes);
  void close_file();
  void lose_from_file(std::uint64_t bytes);
  // True where there is something of a file that was not shown yet.
  bool offer();
  [[nodiscard]] std::size_t memory() const;

  std::string helo;              // what the client calls itself
  std::string sender;            // what MAIL gives, as sent: "FROM:<a@example.org> SIZE=10"
  std::uint32_t recipients = 0;  // that the client named
  std::vector<std::string> to;   // what RCPT gives, of the first kMostNamed

 private:
  struct File {
    std::string name;
    HttpBody body;
  };
  File* open_one() { return open_ ? files_[count_ - 1].get() : nullptr; }

  std::vector<std::unique_ptr<File>> files_;  // the first count_ are this mail's
  std::size_t count_ = 0;
  bool open_ = false;
  mutable std::string facts_;  // what file_facts showed last
};

}  // namespace rampart::sniffer
