#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

// The first 12 bytes of a message (RFC 1035, section 4.1.1).
struct DnsHeader {
  static constexpr std::size_t kSize = 12;
  static constexpr std::size_t kOpcodeAt = 2;  // the byte that it is part of

  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::uint16_t questions = 0;
  std::uint16_t answers = 0;
  std::uint16_t authorities = 0;
  std::uint16_t additionals = 0;

  [[nodiscard]] bool response() const { return (flags & 0x8000U) != 0; }
  [[nodiscard]] unsigned opcode() const { return (flags >> 11U) & 0xFU; }
  [[nodiscard]] unsigned rcode() const { return flags & 0xFU; }
  [[nodiscard]] bool z() const { return (flags & 0x0040U) != 0; }  // reserved, must be zero
};
// nullopt: fewer than 12 bytes.
std::optional<DnsHeader> read_dns_header(Bytes message);

// A name in a message's text; see DnsMessage::text.
struct DnsName {
  std::uint32_t at = 0;
  std::uint32_t size = 0;
};

struct DnsQuestion {
  DnsName name;
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
};

enum class DnsSection : std::uint8_t { answer, authority, additional };

struct DnsRecord {
  DnsSection section = DnsSection::answer;
  DnsName name;
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  std::uint32_t ttl = 0;    // seconds
  std::uint32_t data = 0;   // where the data begins in the message
  std::uint16_t bytes = 0;  // of data
};

// One message, read into memory that is used again. Names are as sent, with labels joined by '.'
// and no dot at the end; the root's name is empty.
class DnsMessage {
 public:
  // Of a name's text. RFC 1035 allows 255 octets; more is read, because resolvers differ, and what
  // passes this bound is malformed.
  static constexpr std::size_t kMostName = 1025;
  static constexpr std::size_t kMostText = std::size_t{64} << 10U;  // of all names of a message
  static constexpr unsigned kMostPointers = 64;                     // followed for one name

  // False where a question, an answer or an authority is malformed; what came before it can be
  // read. Additional records are read as far as they make sense.
  bool parse(Bytes message);

  [[nodiscard]] const DnsHeader& header() const { return header_; }
  [[nodiscard]] const std::vector<DnsQuestion>& questions() const { return questions_; }
  [[nodiscard]] const std::vector<DnsRecord>& records() const { return records_; }
  [[nodiscard]] std::string_view text(DnsName name) const {
    return std::string_view(text_).substr(name.at, name.size);
  }
  // Every question that the header announced was read.
  [[nodiscard]] bool questions_whole() const { return questions_.size() == header_.questions; }
  [[nodiscard]] std::size_t memory() const;

 private:
  bool read_questions(Bytes message, std::size_t& at);
  bool read_records(Bytes message, std::size_t& at, DnsSection section, unsigned count);
  bool read_name(Bytes message, std::size_t& at, DnsName& name);

  DnsHeader header_;
  std::vector<DnsQuestion> questions_;
  std::vector<DnsRecord> records_;
  std::string text_;
};

// Appends the name at `at` of a message, as DnsMessage has it, and moves `at` behind it. Pointers
// (RFC 1035, section 4.1.4) may lead anywhere in the message; their number is bounded, and so is
// what they can add up to. False where it is malformed, or `text` would grow above `most_text`.
bool append_dns_name(Bytes message, std::size_t& at, std::string& text, std::size_t most_text);

// Whether bytes begin with an uncompressed name of at most 255 octets; for telling DNS from other
// bytes. `cut`: it does so far.
struct DnsNameCheck {
  enum class State : std::uint8_t { good, bad, cut };
  State state = State::bad;
  std::size_t size = 0;  // of the name as sent, where good
};
[[nodiscard]] DnsNameCheck check_dns_name(Bytes bytes);

}  // namespace rampart::sniffer
