#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sniffer/app/line_reader.h"
#include "sniffer/app/parser.h"

namespace rampart::sniffer {

// A command and its reply.
class FtpTransaction final : public Transaction {
 public:
  // There are no buffers of FTP: rules look at its streams.
  [[nodiscard]] std::optional<BufferView> buffer(BufferId, Direction, unsigned) const override {
    return std::nullopt;
  }

  std::string verb;  // as sent
  std::string argument;
  unsigned code = 0;  // of the reply; 0: none came

  struct ReplyText {
    unsigned code = 0;  // 0: an inner line without one
    std::string text;   // behind the code, cut at kMostReplyText
  };
  static constexpr std::size_t kMostReplies = 16;
  static constexpr std::size_t kMostReplyText = 512;
  std::vector<ReplyText> replies;  // the first lines of what the server said to the command
  [[nodiscard]] std::size_t memory() const;
};

// The control connection (RFC 959). AUTH TLS and AUTH SSL that the server accepts hand over to TLS
// (RFC 4217). RETR, STOR, APPE and STOU behind a PORT, EPRT, PASV or EPSV (RFC 2428) agree on a
// connection for a file.
class FtpParser final : public AppParser {
 public:
  static constexpr std::size_t kMostLine = 4096;

  bool bytes(Direction direction, Bytes bytes, AppSink& sink) override;
  bool gap(Direction direction, std::uint64_t bytes, AppSink& sink) override;
  void end(Direction direction, AppSink& sink) override;
  [[nodiscard]] std::optional<Handover> handover() const override { return handover_; }
  [[nodiscard]] std::optional<DataConnection> take_data_connection() override {
    return std::exchange(data_, std::nullopt);
  }
  [[nodiscard]] std::size_t memory() const override;
  [[nodiscard]] const Transaction* open_transaction(std::uint64_t number) const override {
    return open_ && number == transaction_.number ? &transaction_ : nullptr;
  }
  [[nodiscard]] std::uint32_t failed_logins() const override { return failed_logins_; }
  [[nodiscard]] std::uint32_t accepted_logins() const override { return accepted_logins_; }

 private:
  void command(const LineReader::Line& line, AppSink& sink);
  void reply(const LineReader::Line& line, AppSink& sink);
  void keep_reply(std::string_view text);
  void finish(AppSink& sink);
  void note_port(std::uint16_t port, bool client_listens);

  FtpTransaction transaction_;
  bool open_ = false;  // transaction_ waits for its reply
  std::uint64_t transactions_ = 0;
  std::array<LineReader, 2> lines_{LineReader(kMostLine), LineReader(kMostLine)};  // by Direction
  unsigned long_reply_ = 0;  // code of a reply of several lines that has not ended; 0: none
  bool server_ended_ = false;
  std::uint32_t failed_logins_ = 0;
  std::uint32_t accepted_logins_ = 0;
  std::optional<Handover> handover_;
  DataConnection agreed_;  // its port is 0: nothing yet
  std::optional<DataConnection> data_;
};

}  // namespace rampart::sniffer
