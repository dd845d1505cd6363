#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "sniffer/app/line_reader.h"
#include "sniffer/app/mime_parser.h"
#include "sniffer/app/parser.h"
#include "sniffer/app/smtp_transaction.h"

namespace rampart::sniffer {

// SMTP (RFC 5321) with pipelining (RFC 2920), BDAT (RFC 3030) and AUTH (RFC 4954). STARTTLS that
// the server accepts hands over to TLS (RFC 3207). The attachments of a mail are its files.
class SmtpParser final : public AppParser, private MimeListener {
 public:
  static constexpr std::size_t kMostLine = 510;  // RFC 5321, section 4.5.3.1, without CRLF
  static constexpr std::size_t kMostDataLine = 32 * 1024;  // of a mail; longer ones are cut
  static constexpr std::size_t kMostWaiting = 64;          // commands without a reply

  // `greeted`: the connection goes on after something else, so that no welcome is due.
  explicit SmtpParser(bool greeted = false) : greeted_(greeted) {}

  bool bytes(Direction direction, Bytes bytes, AppSink& sink) override;
  bool gap(Direction direction, std::uint64_t bytes, AppSink& sink) override;
  void end(Direction direction, AppSink& sink) override;
  [[nodiscard]] std::optional<Handover> handover() const override { return handover_; }
  [[nodiscard]] std::size_t memory() const override;
  [[nodiscard]] const Transaction* open_transaction(std::uint64_t number) const override {
    return open_ && number == transaction_.number ? &transaction_ : nullptr;
  }
  [[nodiscard]] std::uint32_t failed_logins() const override { return failed_logins_; }
  [[nodiscard]] std::uint32_t accepted_logins() const override { return accepted_logins_; }

 private:
  // What a reply answers.
  enum class Asked : std::uint8_t { other, starttls, auth, data, mail_end, quit };

  void from_client(Bytes bytes, AppSink& sink);
  void from_server(Bytes bytes, AppSink& sink);
  void command(const LineReader::Line& line, AppSink& sink);
  void chunk(std::string_view argument);
  void chunk_bytes(Bytes bytes);
  void begin_mail();
  void mail_line(std::string_view text, std::uint64_t cut);
  void end_mail();
  void complete_mail();
  void drop_mail();
  void show_files();
  void reply(const LineReader::Line& line, AppSink& sink);
  void answered(Asked asked, unsigned code, AppSink& sink);
  void object(AppSink& sink);
  void ask(Asked asked);
  void open();
  void finish(AppSink& sink);

  void on_file(std::string_view name) override { transaction_.open_file(name); }
  void on_file_bytes(Bytes bytes) override { transaction_.add_to_file(bytes); }
  void on_file_end() override { transaction_.close_file(); }
  void on_mime_event(AppEvent event) override;

  SmtpTransaction transaction_;
  bool open_ = false;
  std::uint64_t transactions_ = 0;
  LineReader commands_{kMostLine};
  LineReader data_{kMostDataLine};
  MimeParser mail_;
  bool in_mail_ = false;  // mail_ has begun
  bool holed_ = false;    // bytes of it are lost
  LineReader replies_{kMostLine};

  // A ring of what was asked and not answered.
  std::array<Asked, kMostWaiting> waiting_{};
  std::size_t first_waiting_ = 0;
  std::size_t waiting_count_ = 0;
  bool lost_count_ = false;  // more waited, or bytes were lost: replies cannot be matched any more

  bool greeted_;
  bool in_data_ = false;     // lines of the client are a mail's
  bool data_begun_ = false;  // at least one was
  bool hello_said_ = false;
  bool objected_ = false;    // to a reply
  bool auth_line_ = false;   // the client's next line answers a challenge
  std::uint64_t chunk_ = 0;  // bytes of a BDAT that are to come
  bool last_chunk_ = false;
  bool server_ended_ = false;
  std::uint32_t failed_logins_ = 0;
  std::uint32_t accepted_logins_ = 0;
  std::optional<Handover> handover_;
  AppSink* sink_ = nullptr;  // during a call
};

}  // namespace rampart::sniffer
