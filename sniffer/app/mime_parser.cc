#include "sniffer/app/mime_parser.h"

#include <algorithm>
#include <array>

#include "base/reuse.h"
#include "sniffer/app/header_parameter.h"

namespace rampart::sniffer {
namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kLineEnd = "\r\n";

Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// The value before its parameters.
std::string_view main_value(std::string_view field) {
  return trim(field.substr(0, field.find(';')));
}

bool begins_nocase(std::string_view text, std::string_view lower) {
  return same_nocase(text.substr(0, std::min(text.size(), lower.size())), lower);
}

// By character; RFC 4648, section 4.
constexpr std::uint8_t kNotBase64 = 64;
constexpr auto kBase64 = [] {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::uint8_t, 256> out{};
  out.fill(kNotBase64);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    out[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return out;
}();
std::uint32_t base64_value(char c) { return kBase64[static_cast<std::uint8_t>(c)]; }

constexpr unsigned kNotHex = 16;
unsigned hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10 : kNotHex;
}

}  // namespace

void MimeParser::start() {
  boundaries_.clear();
  parted_ = false;
  open_entity();
}

void MimeParser::open_entity() {
  state_ = State::fields;
  for (auto* text : {&field_, &type_, &disposition_, &name_}) base::empty_out(*text);
  field_size_ = 0;
  encoding_ = Encoding::none;
  break_ = padded_ = false;
  quad_ = quad_bits_ = symbols_ = 0;
}

void MimeParser::close_file(MimeListener& listener) {
  if (state_ == State::file) listener.on_file_end();
  state_ = State::skipped;
  encoding_ = Encoding::none;
}

void MimeParser::judge_end(MimeListener& listener) const {
  if (parted_ && !boundaries_.empty()) listener.on_mime_event(AppEvent::smtp_mime_malformed_msg);
}

void MimeParser::finish(MimeListener& listener) {
  if (state_ == State::fields) end_field(listener);
  close_file(listener);
  boundaries_.clear();
}

// hot
void MimeParser::line(std::string_view line, MimeListener& listener) {
  if (line.size() > kLongLine) listener.on_mime_event(AppEvent::smtp_mime_long_line);
  if (take_boundary(line, listener)) return;
  switch (state_) {
    case State::fields: field_line(line, listener); break;
    case State::file: body_line(line, listener); break;
    case State::skipped:
      if (encoding_ != Encoding::quoted_printable) break;
      decoded_.clear();
      decode_quoted(line, listener);  // for what is wrong with it
      break;
  }
}

bool MimeParser::take_boundary(std::string_view line, MimeListener& listener) {
  if (boundaries_.empty() || !line.starts_with("--")) return false;
  const auto text = line.substr(2);
  for (auto i = boundaries_.size(); i-- > 0;) {
    const std::string_view boundary = boundaries_[i];
    if (!text.starts_with(boundary)) continue;
    const auto rest = text.substr(boundary.size());
    const bool last = rest.starts_with("--");
    if (!last && !trim(rest).empty()) continue;
    // Parts end behind their fields, and inner ones before the outer.
    if ((last && state_ == State::fields) || i + 1 != boundaries_.size())
      listener.on_mime_event(AppEvent::smtp_mime_malformed_msg);
    if (state_ == State::fields) end_field(listener);
    close_file(listener);
    boundaries_.resize(last ? i : i + 1);
    parted_ = true;
    if (!last) open_entity();
    return true;
  }
  return false;
}

void MimeParser::field_line(std::string_view line, MimeListener& listener) {
  if (line.empty()) {
    end_field(listener);
    begin_body(listener);
    return;
  }
  const bool folded = kBlank.find(line.front()) != std::string_view::npos;
  if (!folded) end_field(listener);
  field_size_ += line.size();
  field_.append(line.substr(0, kMostField - std::min(kMostField, field_.size())));
}

void MimeParser::end_field(MimeListener& listener) {
  const std::string_view field = field_;
  const auto colon = field.find(':');
  if (colon != std::string_view::npos) {
    const auto name = trim(field.substr(0, colon));
    const auto value = trim(field.substr(colon + 1));
    if (name.size() > kLongFieldName) listener.on_mime_event(AppEvent::smtp_mime_long_header_name);
    if (field_size_ - colon > kLongFieldValue)
      listener.on_mime_event(AppEvent::smtp_mime_long_header_value);
    if (same_nocase(name, "content-type")) {
      type_ = value;
    } else if (same_nocase(name, "content-disposition")) {
      disposition_ = value;
    } else if (same_nocase(name, "content-transfer-encoding")) {
      const auto encoding = main_value(value);
      encoding_ = same_nocase(encoding, "base64")             ? Encoding::base64
                  : same_nocase(encoding, "quoted-printable") ? Encoding::quoted_printable
                                                              : Encoding::none;
    }
  }
  field_.clear();
  field_size_ = 0;
}

void MimeParser::begin_body(MimeListener& listener) {
  state_ = State::skipped;
  if (begins_nocase(type_, "multipart/")) {
    encoding_ = Encoding::none;
    const auto boundary = header_parameter(type_, "boundary");
    if (boundary.size() > kLongBoundary)
      listener.on_mime_event(AppEvent::smtp_mime_long_boundary);
    else if (!boundary.empty() && boundaries_.size() < kMostDepth)
      boundaries_.emplace_back(boundary);
    return;
  }
  const bool named = long_parameter(disposition_, "filename", kMostName, name_) ||
                     long_parameter(type_, "name", kMostName, name_);
  if (named || same_nocase(main_value(disposition_), "attachment")) {
    state_ = State::file;
    listener.on_file(name_);
  } else if (same_nocase(main_value(type_), "message/rfc822")) {
    open_entity();
  }
}

// hot
void MimeParser::body_line(std::string_view line, MimeListener& listener) {
  if (encoding_ != Encoding::none && line.size() > kLongEncodedLine)
    listener.on_mime_event(AppEvent::smtp_mime_long_enc_line);
  decoded_.clear();
  // The end of the last line belongs to the boundary behind it.
  if (break_) decoded_ += kLineEnd;
  break_ = encoding_ != Encoding::base64;
  switch (encoding_) {
    case Encoding::none: decoded_ += line; break;
    case Encoding::base64: decode_base64(line); break;
    case Encoding::quoted_printable: decode_quoted(line, listener); break;
  }
  if (!decoded_.empty()) listener.on_file_bytes(as_bytes(decoded_));
}

// Whole groups of four, of which nearly all of a text consists. Returns what comes after them.
std::string_view MimeParser::decode_quads(std::string_view line) {
  while (line.size() >= 4) {
    const auto a = base64_value(line[0]), b = base64_value(line[1]);
    const auto c = base64_value(line[2]), d = base64_value(line[3]);
    if (((a | b | c | d) & kNotBase64) != 0) break;
    const auto bits = a << 18U | b << 12U | c << 6U | d;
    const std::array<char, 3> bytes{static_cast<char>(bits >> 16U), static_cast<char>(bits >> 8U),
                                    static_cast<char>(bits)};
    decoded_.append(bytes.data(), bytes.size());
    line.remove_prefix(4);
  }
  return line;
}

// Texts that were joined have padding in their midst, and what reads mails goes on behind it.
void MimeParser::decode_base64(std::string_view line) {
  while (!line.empty()) {
    if (symbols_ == 0 && !padded_) line = decode_quads(line);
    if (line.empty()) break;
    const char c = line.front();
    line.remove_prefix(1);
    const auto value = base64_value(c);
    if (c != '=' && value == kNotBase64) continue;  // blanks, and what readers pass over
    if (padded_ && (symbols_ == 0 || c != '=')) {
      quad_ = quad_bits_ = symbols_ = 0;
      padded_ = false;
    }
    symbols_ = (symbols_ + 1) % 4;
    if (c == '=') {
      padded_ = true;
      continue;
    }
    quad_ = (quad_ << 6U) | value;
    quad_bits_ += 6;
    if (quad_bits_ < 8) continue;
    quad_bits_ -= 8;
    decoded_ += static_cast<char>(static_cast<std::uint8_t>(quad_ >> quad_bits_));
    quad_ &= (1U << quad_bits_) - 1;
  }
}

void MimeParser::decode_quoted(std::string_view line, MimeListener& listener) {
  // Blanks at the end were put there on the way (RFC 2045, section 6.7).
  const auto end = line.find_last_not_of(kBlank);
  const auto size = line.size();
  line = line.substr(0, end == std::string_view::npos ? 0 : end + 1);
  // A line that goes on ends with the sign, and digits are upper case.
  bool invalid = line.size() != size && line.ends_with('=');
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '=') {
      decoded_ += line[i];
    } else if (i + 1 == line.size()) {
      break_ = false;  // the line goes on in the next
    } else if (i + 2 < line.size() && hex_value(line[i + 1]) != kNotHex &&
               hex_value(line[i + 2]) != kNotHex) {
      decoded_ += static_cast<char>(hex_value(line[i + 1]) * 16 + hex_value(line[i + 2]));
      invalid = invalid || line[i + 1] >= 'a' || line[i + 2] >= 'a';
      i += 2;
    } else {
      invalid = true;
      decoded_ += '=';
    }
  }
  if (invalid) listener.on_mime_event(AppEvent::smtp_mime_invalid_qp);
}

std::size_t MimeParser::memory() const {
  std::size_t out = boundaries_.capacity() * sizeof(std::string);
  for (const auto& boundary : boundaries_) out += boundary.capacity();
  for (const auto* text : {&field_, &type_, &disposition_, &name_, &decoded_})
    out += text->capacity();
  return out;
}

}  // namespace rampart::sniffer
