#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sniffer/decode/packet.h"
#include "sniffer/detect/byte_field.h"
#include "sniffer/rules/regex.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// What the payload keywords of a rule look at: a packet's payload, or the last part of a stream.
struct Buffer {
  Bytes data;
  std::uint64_t base = 0;  // of data[0] in the stream; 0 for packets
  std::size_t fresh = 0;   // a match must reach past this index: what lies before was judged before
  bool whole = true;       // its length is known: no more bytes will come
};

// Whether a match of these could end in the buffer's fresh bytes: cheaper than a match, and never
// false where there is one. hot
bool may_reach_fresh(const std::vector<PayloadMatch>& payload, const Buffer& buffer);

// Evaluates the payload keywords of one rule, in order, with backtracking over the places where
// contents and patterns occur. Bounded: after a fixed number of steps there is no match.
class PayloadMatcher {
 public:
  // hot: no allocation, once a base64_decode has had its largest text.
  bool matches(const std::vector<PayloadMatch>& payload, const Buffer& buffer);

 private:
  bool step(std::size_t i, std::int64_t at, std::int64_t reach);
  bool step_from_number(std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const Content& content, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const Pcre& pcre, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const IsDataAt& test, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const ByteTest& test, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const BufferSize& size, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const ByteJump& jump, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const ByteExtract& extract, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const ByteMath& math, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const Base64Decode& decode, std::size_t i, std::int64_t at, std::int64_t reach);
  bool depends_on_fresh(const Pcre& pcre, std::size_t skipped, std::int64_t from,
                        const Regex::Match& match);
  [[nodiscard]] std::optional<ByteNumber> read(const ByteField& field, std::int64_t at) const;
  bool decoded_matches(const std::vector<PayloadMatch>& matches);

  RegexScratch scratch_;
  std::vector<std::uint8_t> decoded_;
  // During matches().
  const std::vector<PayloadMatch>* payload_ = nullptr;
  const Buffer* buffer_ = nullptr;
  ByteValues values_{};
  unsigned steps_ = 0;
  // A content does not occur where it was looked for, nor would it from any later place of the
  // contents before it: no use in trying those.
  bool hopeless_ = false;
};

}  // namespace rampart::sniffer
