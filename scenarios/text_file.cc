#include "scenarios/text_file.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "scenarios/yaml_tree.h"

namespace rampart::scenarios {

base::Result<std::string> read_text_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    return base::fail(base::Errc::not_found, fmt::format("{}: no such file", path));
  if (std::filesystem::is_directory(status))
    return base::fail(base::Errc::io, fmt::format("{}: is a folder", path));
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::fail(base::Errc::io, fmt::format("{}: {}", path, std::strerror(errno)));
  std::string text(kMaxYamlBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return base::fail(base::Errc::io, fmt::format("{}: cannot be read", path));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxYamlBytes)
    return base::fail(base::Errc::parse, fmt::format("{}: larger than 1 MiB", path));
  return text;
}

}  // namespace rampart::scenarios
