#include "sniffer/eve/eve_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace rampart::sniffer {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} << 10U;

}  // namespace

base::Result<EveFile> EveFile::open(const std::string& path, bool append) {
  if (path == "-") return EveFile(STDOUT_FILENO, "standard output");
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0640);
  if (fd < 0)
    return base::fail(errno == EACCES ? base::Errc::permission : base::Errc::io,
                      fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  return EveFile(fd, path);
}

EveFile::EveFile(EveFile&& o) noexcept
    : fd_(std::exchange(o.fd_, -1)),
      path_(std::move(o.path_)),
      buffer_(std::move(o.buffer_)),
      torn_(o.torn_),
      lines_(o.lines_),
      lost_(o.lost_),
      warning_(std::move(o.warning_)) {}

EveFile::~EveFile() {
  if (fd_ < 0) return;
  flush();
  if (fd_ != STDOUT_FILENO) ::close(fd_);
}

void EveFile::line(std::string_view text) {
  buffer_ += text;
  buffer_ += '\n';
  ++lines_;
  if (buffer_.size() >= kBufferSize) flush();
}

void EveFile::flush() {
  // The line that the last failure tore ends here, so that the next one stands for itself.
  if (torn_ && !buffer_.empty() && ::write(fd_, "\n", 1) == 1) torn_ = false;
  std::string_view rest(buffer_);
  while (!rest.empty()) {
    const auto written = ::write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      if (warning_.empty())
        warning_ =
            fmt::format("cannot write {}: {}; events are being lost", path_, std::strerror(errno));
      const auto lost = static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), '\n'));
      lost_ += lost;
      lines_ -= lost;
      if (rest.size() < buffer_.size()) torn_ = buffer_[buffer_.size() - rest.size() - 1] != '\n';
      break;
    }
  }
  buffer_.clear();
}

}  // namespace rampart::sniffer
