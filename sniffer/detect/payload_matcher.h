#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sniffer/decode/packet.h"
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

// Evaluates the payload keywords of one rule, in order, with backtracking over the places where
// contents and patterns occur. Bounded: after a fixed number of steps there is no match.
class PayloadMatcher {
 public:
  // hot: no allocation.
  bool matches(const std::vector<PayloadMatch>& payload, const Buffer& buffer);

 private:
  bool step(std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const Content& content, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const Pcre& pcre, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const IsDataAt& test, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const ByteTest& test, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const BufferSize& size, std::size_t i, std::int64_t at, std::int64_t reach);
  bool take(const ByteJump& jump, std::size_t i, std::int64_t at, std::int64_t reach);

  RegexScratch scratch_;
  // During matches().
  const std::vector<PayloadMatch>* payload_ = nullptr;
  const Buffer* buffer_ = nullptr;
  unsigned steps_ = 0;
};

}  // namespace rampart::sniffer
