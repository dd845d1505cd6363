#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rampart::sniffer {

// Words of the protocols that speak in lines: SMTP (RFC 5321, section 4) and FTP (RFC 959,
// section 5).

struct CommandLine {
  std::string_view verb;  // as sent; case means nothing
  std::string_view argument;
};
inline CommandLine read_command(std::string_view line) {
  const auto end = std::min(line.find(' '), line.size());
  return {line.substr(0, end), line.substr(std::min(end + 1, line.size()))};
}

// `upper` in upper case.
inline bool same_word(std::string_view word, std::string_view upper) {
  return std::equal(word.begin(), word.end(), upper.begin(), upper.end(), [](char a, char b) {
    return (a >= 'a' && a <= 'z' ? static_cast<char>(a - ('a' - 'A')) : a) == b;
  });
}

struct ReplyLine {
  unsigned code = 0;
  bool last = true;  // of its reply, which may have several
};
// nullopt: no three digits, as in the inner lines of a long FTP reply.
inline std::optional<ReplyLine> read_reply(std::string_view line) {
  if (line.size() < 3) return std::nullopt;
  ReplyLine out;
  for (const char c : line.substr(0, 3)) {
    if (c < '0' || c > '9') return std::nullopt;
    out.code = out.code * 10 + static_cast<unsigned>(c - '0');
  }
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return std::nullopt;
  out.last = line.size() == 3 || line[3] == ' ';
  return out;
}

}  // namespace rampart::sniffer
