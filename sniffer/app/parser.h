#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sniffer/app/app_event.h"
#include "sniffer/app/transaction.h"

namespace rampart::sniffer {

// What a parser tells, from inside its calls.
class AppSink {
 public:
  virtual ~AppSink() = default;
  // The transaction came to a new stage in that direction, or got more body.
  virtual void on_progress(Transaction& transaction, Direction direction) = 0;
  // After it nothing more is told of the transaction, and its memory is used again.
  virtual void on_done(Transaction& transaction) = 0;
  // Something that a well-behaved end does not do. `transaction` is null where it belongs to none.
  virtual void on_event(AppEvent event, Direction direction, Transaction* transaction) = 0;
};

// Where one protocol gave way to another on the same connection (STARTTLS, CONNECT).
struct Handover {
  // What the ends agreed on; what they speak is told by what follows, whatever was agreed.
  AppProto to = AppProto::unknown;
  std::size_t used = 0;  // bytes of the last call that belonged to the old protocol
};

// Another connection that the ends agreed on for one file (RFC 959, section 3.2).
struct DataConnection {
  bool client_listens = false;  // and the server comes; else the other way
  std::uint16_t port = 0;       // of who listens
  bool store = false;           // STOR, APPE or STOU, not RETR
  std::string name;             // of the file, as the command has it
};

// Follows one flow. Bounded in memory whatever comes; bytes are hostile. One thread.
class AppParser {
 public:
  virtual ~AppParser() = default;
  // False where the parser gives the flow up: it is not called again but for its destruction. hot
  virtual bool bytes(Direction direction, Bytes bytes, AppSink& sink) = 0;
  // That many bytes will never come.
  virtual bool gap(Direction direction, std::uint64_t bytes, AppSink& sink) = 0;
  // That side says no more (FIN, reset, or the flow's end); once per direction.
  virtual void end(Direction direction, AppSink& sink) = 0;
  // One that has begun and has not been done with; null where there is none of that number.
  [[nodiscard]] virtual const Transaction* open_transaction(std::uint64_t /*number*/) const {
    return nullptr;
  }
  // Asked after bytes() has returned false.
  [[nodiscard]] virtual std::optional<Handover> handover() const { return std::nullopt; }
  // Asked after each bytes(): one that was agreed on there, told once.
  [[nodiscard]] virtual std::optional<DataConnection> take_data_connection() {
    return std::nullopt;
  }
  // Bytes on the heap, roughly: flows share a budget.
  [[nodiscard]] virtual std::size_t memory() const { return 0; }
  // Passwords that the server refused so far, and those that it took.
  [[nodiscard]] virtual std::uint32_t failed_logins() const { return 0; }
  [[nodiscard]] virtual std::uint32_t accepted_logins() const { return 0; }
};

}  // namespace rampart::sniffer
