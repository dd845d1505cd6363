#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace rampart::sniffer {

// Writes one JSON object as text, field after field, in the order of the calls. An attack may raise
// alerts by the thousand, and a tree of the JSON library for each of them costs several times as
// much. Keys are ours and stand as they are.
class JsonLine {
 public:
  // Any bytes: escaped; what is no UTF-8 becomes the replacement character.
  void add(std::string_view key, std::string_view text);
  void add(std::string_view key, const char* text) { add(key, std::string_view(text)); }
  void add(std::string_view key, bool truth) { begin(key) += truth ? "true" : "false"; }
  void add(std::string_view key, std::unsigned_integral auto number) { add_unsigned(key, number); }
  void add(std::string_view key, std::signed_integral auto number) { add_signed(key, number); }
  void add(std::string_view key, std::span<const std::uint16_t> numbers);
  // An object as the value; close() ends the one that was opened last.
  void open(std::string_view key);
  void close() { text_ += '}'; }

  // The object without its last brace, so that more can be written behind it.
  [[nodiscard]] std::string unfinished() && { return std::move(text_); }
  [[nodiscard]] std::string finish() && { return std::move(text_ += '}'); }

 private:
  std::string& begin(std::string_view key);
  void add_unsigned(std::string_view key, std::uint64_t number);
  void add_signed(std::string_view key, std::int64_t number);

  std::string text_ = "{";
};

}  // namespace rampart::sniffer
