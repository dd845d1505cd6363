#pragma once

#include <array>
#include <cstdint>

#include "sniffer/app/parser.h"
#include "sniffer/app/tls_record.h"
#include "sniffer/app/tls_transaction.h"

namespace rampart::sniffer {

// SSL 3.0 and TLS 1.0 to 1.3, as far as they can be read: hellos and, up to TLS 1.2, certificates.
// When both sides go on in secret it wants no more bytes. SSL 2.0 is left alone.
class TlsParser final : public AppParser {
 public:
  bool bytes(Direction direction, Bytes bytes, AppSink& sink) override;
  bool gap(Direction direction, std::uint64_t bytes, AppSink& sink) override;
  void end(Direction direction, AppSink& sink) override;
  [[nodiscard]] std::size_t memory() const override;
  [[nodiscard]] const Transaction* open_transaction(std::uint64_t number) const override {
    return !done_ && number == transaction_.number ? &transaction_ : nullptr;
  }

 private:
  struct Side {
    TlsRecords records;
    TlsHandshake handshake;
    bool finished = false;  // nothing more can be read
  };

  void fragment(Direction direction, const TlsRecords::Fragment& fragment, AppSink& sink);
  void message(Direction direction, const TlsHandshake::Message& message, AppSink& sink);
  void client_hello(Bytes body, AppSink& sink);
  void server_hello(Bytes body, AppSink& sink);
  void certificates(Direction direction, Bytes body, AppSink& sink);
  void heartbeat(Direction direction, const TlsRecords::Fragment& fragment, AppSink& sink);
  void record_error(Direction direction, TlsRecords::Error error, AppSink& sink);
  void malformed(Direction direction, AppEvent event, AppSink& sink);
  void advance(Direction direction, Stage stage, AppSink& sink);
  // True where nothing is left to read; ends the transaction then.
  bool settle(AppSink& sink);
  // A ChangeCipherSpec that means nothing (RFC 8446, appendix D.4).
  [[nodiscard]] bool for_show() const;

  TlsTransaction transaction_;
  std::array<Side, 2> sides_;  // by Direction
  bool done_ = false;
};

}  // namespace rampart::sniffer
