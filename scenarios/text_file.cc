#include "scenarios/text_file.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/gzip.h"

namespace rampart::scenarios {

base::Result<std::string> read_text_file(const std::string& path, std::size_t mebibytes) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    return base::fail(base::Errc::not_found, fmt::format("{}: no such file", path));
  if (std::filesystem::is_directory(status))
    return base::fail(base::Errc::io, fmt::format("{}: is a folder", path));
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::fail(base::Errc::io, fmt::format("{}: {}", path, std::strerror(errno)));
  // In pieces: most files are small, whatever they may be at most.
  constexpr std::size_t kPiece = 1 << 20;
  const auto most = mebibytes * kPiece;
  std::string text;
  while (in && text.size() <= most) {
    const auto had = text.size();
    text.resize(had + kPiece);
    in.read(text.data() + had, static_cast<std::streamsize>(kPiece));
    text.resize(had + static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return base::fail(base::Errc::io, fmt::format("{}: cannot be read", path));
  if (base::is_gzip(text))
    return base::fail(
        base::Errc::parse,
        fmt::format("{}: compressed by gzip; unpack it first: gunzip {}", path, path));
  if (text.size() > most)
    return base::fail(base::Errc::parse, fmt::format("{}: larger than {} MiB", path, mebibytes));
  return text;
}

}  // namespace rampart::scenarios
