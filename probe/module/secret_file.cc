#include "probe/module/secret_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "probe/descriptor.h"
#include "probe/own_sockets.h"

namespace rampart::probe {

base::Result<std::string> read_whole(const std::string& path, std::size_t most) {
  // Without waiting for whoever writes to a pipe.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const auto failed = [&path](std::string_view why) {
    return base::fail(base::Errc::io, fmt::format("read {}: {}", path, why));
  };
  if (!file.valid()) return failed(os_text(errno));
  std::string out;
  std::array<char, 16 * 1024> piece;
  for (;;) {
    const auto got = read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(os_text(errno));
    if (got == 0) return out;
    out.append(piece.data(), static_cast<std::size_t>(got));
    if (out.size() > most) return failed(fmt::format("it has more than {} KiB", most >> 10U));
  }
}

base::Result<std::string> read_secret(const std::string& value, const std::string& file) {
  if (file.empty()) return value;
  RAMPART_TRY(const auto text, read_whole(file, kMostOfSecret));
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string::npos) return std::string();
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace rampart::probe
