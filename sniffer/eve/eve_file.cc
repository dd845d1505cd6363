#include "sniffer/eve/eve_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

namespace rampart::sniffer {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} << 10U;

base::Result<int> open_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd >= 0) return fd;
  return base::fail(errno == EACCES ? base::Errc::permission : base::Errc::io,
                    fmt::format("cannot write {}: {}", path, std::strerror(errno)));
}

}  // namespace

struct EveFile::Target {
  Target(int its_fd, std::string its_path) : path(std::move(its_path)), fd(its_fd) {}
  ~Target() {
    if (fd != STDOUT_FILENO) ::close(fd);
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  const std::string path;
  std::mutex mutex;  // for a whole batch of lines; guards what follows
  int fd;
  bool torn = false;  // the file ends in the middle of a line
};

base::Result<EveFile> EveFile::open(const std::string& path) {
  if (path == "-") return EveFile(std::make_shared<Target>(STDOUT_FILENO, "standard output"));
  RAMPART_TRY(const int fd, open_file(path));
  return EveFile(std::make_shared<Target>(fd, path));
}

EveFile::~EveFile() {
  if (target_) flush();
}

base::Status EveFile::reopen() const {
  const std::lock_guard lock(target_->mutex);
  if (target_->fd == STDOUT_FILENO) return {};  // has no name, also where it is a file
  struct stat now{};
  if (::fstat(target_->fd, &now) != 0 || !S_ISREG(now.st_mode)) return {};
  RAMPART_TRY(const int fd, open_file(target_->path));
  ::close(target_->fd);
  target_->fd = fd;
  target_->torn = false;
  return {};
}

void EveFile::line(std::string_view text) {
  buffer_ += text;
  buffer_ += '\n';
  ++lines_;
  if (buffer_.size() >= kBufferSize) flush();
}

void EveFile::flush() {
  if (buffer_.empty()) return;
  const auto& path = target_->path;
  const std::lock_guard lock(target_->mutex);
  const int fd = target_->fd;
  auto& torn = target_->torn;
  // The line that the last failure tore ends here, so that the next one stands for itself.
  if (torn && ::write(fd, "\n", 1) == 1) torn = false;
  std::string_view rest(buffer_);
  while (!rest.empty()) {
    const auto written = ::write(fd, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      if (warning_.empty())
        warning_ =
            fmt::format("cannot write {}: {}; events are being lost", path, std::strerror(errno));
      const auto lost = static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), '\n'));
      lost_ += lost;
      lines_ -= lost;
      if (rest.size() < buffer_.size()) torn = buffer_[buffer_.size() - rest.size() - 1] != '\n';
      break;
    }
  }
  buffer_.clear();
}

}  // namespace rampart::sniffer
