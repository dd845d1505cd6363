#include "sniffer/rules/rule_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/gzip.h"

namespace rampart::sniffer {

// A size is believed this far only: that of a sparse file says nothing about its contents.
constexpr std::uintmax_t kMostAhead = std::uintmax_t{64} << 20U;

base::Result<std::string> read_rule_file(const std::string& path) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code))
    return base::fail(base::Errc::config, fmt::format("{} is a directory, not a file", path));
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return base::fail(errno == EACCES ? base::Errc::permission : base::Errc::io,
                      fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  std::string text;
  const auto size = std::filesystem::file_size(path, code);
  if (!code) text.reserve(std::min<std::uintmax_t>(size, kMostAhead));
  std::array<char, 65536> block;
  while (in.read(block.data(), block.size()) || in.gcount() != 0)
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return base::fail(base::Errc::io, fmt::format("cannot read {}", path));
  if (base::is_gzip(text))
    return base::fail(
        base::Errc::config,
        fmt::format("{} is compressed by gzip; unpack it first: gunzip {}", path, path));
  return text;
}

std::string take_line(std::string_view& text) {
  std::string out;
  while (true) {
    const auto end = text.find('\n');
    const auto part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    out += part;
    const bool carriage = out.ends_with('\r');
    if (carriage) out.back() = ' ';
    const std::size_t slash = out.size() - (carriage ? 2 : 1);
    if (text.empty() || out.size() < (carriage ? 2U : 1U) || out[slash] != '\\') return out;
    out[slash] = ' ';
    out += ' ';  // for the line end
  }
}

Place place_of(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n');
  return {static_cast<std::size_t>(lines),
          offset - (start == std::string_view::npos ? 0 : start + 1) + 1};
}

}  // namespace rampart::sniffer
