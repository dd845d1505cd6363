#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

namespace tls_record {
inline constexpr std::uint8_t kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22,
                              kApplicationData = 23, kHeartbeat = 24;
}

// Cuts one direction of a connection into TLS records (RFC 8446, section 5.1). A hello of SSL 2.0
// at the very beginning is passed over: TLS may follow it.
class TlsRecords {
 public:
  enum class Error : std::uint8_t { none, type, version, length };

  // A piece of a record's payload, as much of it as there is.
  struct Fragment {
    std::uint8_t type = 0;
    std::uint16_t length = 0;  // of the whole record
    Bytes data;                // empty only where the record is
    bool first = false;        // of its record
  };
  // Takes from the front of `bytes`. nullopt: more bytes are wanted, or error() says why not. hot
  std::optional<Fragment> next(Bytes& bytes);

  [[nodiscard]] Error error() const { return error_; }
  // The direction began with a hello of SSL 2.0.
  [[nodiscard]] bool sslv2() const { return sslv2_; }

 private:
  static constexpr std::size_t kHeader = 5;

  bool take_header(Bytes& bytes);
  [[nodiscard]] Error check_header() const;

  std::array<std::uint8_t, kHeader> header_{};
  std::size_t header_size_ = 0;
  std::size_t left_ = 0;  // of the record's payload
  std::size_t skip_ = 0;  // of SSL 2.0
  bool first_ = false;    // piece of the record
  bool began_ = false;
  bool sslv2_ = false;
  Error error_ = Error::none;
};

// Puts the messages of a handshake together, which may span records, and records may hold several.
// Bounded: a message above kMost is passed over.
class TlsHandshake {
 public:
  static constexpr std::size_t kMost = std::size_t{64} << 10U;  // bytes, with the header of 4

  struct Message {
    std::uint8_t type = 0;
    Bytes body;  // holds until add()
  };
  void add(Bytes bytes);
  std::optional<Message> next();
  [[nodiscard]] std::size_t memory() const { return bytes_.capacity(); }
  void clear() { std::vector<std::uint8_t>().swap(bytes_); }

 private:
  static constexpr std::size_t kHeader = 4;

  std::vector<std::uint8_t> bytes_;
  std::size_t begin_ = 0;  // of what next() has not taken
  std::size_t skip_ = 0;   // of a message that is too long
};

}  // namespace rampart::sniffer
