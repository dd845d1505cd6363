#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sniffer/app/app_event.h"
#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

// What a mail holds, told from inside MimeParser's calls.
class MimeListener {
 public:
  virtual ~MimeListener() = default;
  // An attachment begins; at most one at a time. `name` may be empty.
  virtual void on_file(std::string_view name) = 0;
  virtual void on_file_bytes(Bytes bytes) = 0;  // decoded
  virtual void on_file_end() = 0;
  virtual void on_mime_event(AppEvent event) = 0;
};

// Reads the lines of one mail: fields (RFC 5322), parts in parts and mails in mails (RFC 2046),
// base64 and quoted-printable (RFC 2045), names in pieces (RFC 2231). An attachment is a part whose
// Content-Disposition says so, or that has a name there or in its Content-Type.
//
// Bounded: parts 16 deep, 4 KiB of a field. Any text is safe.
class MimeParser {
 public:
  static constexpr std::size_t kMostDepth = 16;
  static constexpr std::size_t kMostField = 4096;
  static constexpr std::size_t kMostName = 255;
  // Beyond these there is an event. RFC 5322, section 2.1.1; RFC 2045, section 6.7 and 6.8.
  static constexpr std::size_t kLongLine = 998;
  static constexpr std::size_t kLongEncodedLine = 76;
  static constexpr std::size_t kLongFieldName = 75;
  static constexpr std::size_t kLongFieldValue = 2000;
  static constexpr std::size_t kLongBoundary = 254;

  void start();  // a mail begins; memory is kept
  // Without its end. hot: no allocation once buffers have grown.
  void line(std::string_view line, MimeListener& listener);
  // Whether the parts of a mail that is whole were closed, before its finish().
  void judge_end(MimeListener& listener) const;
  void finish(MimeListener& listener);

  [[nodiscard]] std::size_t memory() const;

 private:
  enum class State : std::uint8_t { fields, file, skipped };
  enum class Encoding : std::uint8_t { none, base64, quoted_printable };

  void open_entity();
  void close_file(MimeListener& listener);
  bool take_boundary(std::string_view line, MimeListener& listener);
  void field_line(std::string_view line, MimeListener& listener);
  void end_field(MimeListener& listener);
  void begin_body(MimeListener& listener);
  void body_line(std::string_view line, MimeListener& listener);
  void decode_base64(std::string_view line);
  std::string_view decode_quads(std::string_view line);
  void decode_quoted(std::string_view line, MimeListener& listener);

  State state_ = State::skipped;
  std::vector<std::string> boundaries_;  // of the parts that are open, the innermost last
  bool parted_ = false;                  // a part has begun

  // Of the current part.
  std::string field_;  // not ended, folds taken away
  std::size_t field_size_ = 0;
  std::string type_, disposition_, name_;
  Encoding encoding_ = Encoding::none;
  bool break_ = false;      // a line end is due if the part goes on
  std::uint32_t quad_ = 0;  // bits of base64 that make no byte yet
  unsigned quad_bits_ = 0;
  unsigned symbols_ = 0;  // that came of a group of four, with its padding
  bool padded_ = false;   // the group ends with padding
  std::string decoded_;
};

}  // namespace rampart::sniffer
