#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace rampart::base {

// What kind of thing went wrong. Callers branch on this, never on the text.
enum class Errc : std::uint8_t {
  io,          // the operating system refused: files, sockets, disk
  timeout,     // a deadline passed
  tls,         // handshake or certificate
  protocol,    // a peer broke a protocol
  parse,       // input text or bytes that cannot be read
  config,      // readable input that asks for something impossible
  permission,  // not authorised, or a missing capability
  cancelled,   // stopped on purpose
  not_found,   // a named thing does not exist
  internal,    // a bug in rampart
};

std::string_view to_string(Errc code);

// An error for people: lower case, no full stop, says what, where and what to do.
struct Error {
  Errc code = Errc::internal;
  std::string text;

  // Adds one layer of context in front: "open run.db: disk full".
  [[nodiscard]] Error in(std::string_view context) && {
    text.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }
};

}  // namespace rampart::base
