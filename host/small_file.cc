#include "host/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cmath>

namespace rampart::host {
namespace {

constexpr std::size_t kMost = 65536;
constexpr std::string_view kSpace = " \t\n\r";

class File {
 public:
  // Without waiting: what stands there may be a pipe.
  explicit File(const std::string& path)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (fd_ >= 0) static_cast<void>(close(fd_));
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] bool regular() const {
    struct stat info{};
    return fd_ >= 0 && fstat(fd_, &info) == 0 && S_ISREG(info.st_mode);
  }
  [[nodiscard]] std::optional<std::string> text() const {
    std::string out;
    std::array<char, 4096> part{};
    while (out.size() < kMost) {
      const auto got = read(fd_, part.data(), part.size());
      if (got < 0) return std::nullopt;
      if (got == 0) break;
      out.append(part.data(), static_cast<std::size_t>(got));
    }
    return out;
  }

 private:
  int fd_;
};

std::vector<std::string_view> split(std::string_view text, std::string_view at) {
  std::vector<std::string_view> out;
  while (true) {
    const auto begin = text.find_first_not_of(at);
    if (begin == std::string_view::npos) return out;
    const auto end = std::min(text.find_first_of(at, begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

}  // namespace

std::optional<std::string> read_small_file(const std::string& path) {
  const File file(path);
  if (!file.regular()) return std::nullopt;
  auto text = file.text();
  if (text) text->erase(text->find_last_not_of(kSpace) + 1);
  return text;
}

std::vector<std::string_view> words(std::string_view text) { return split(text, kSpace); }
std::vector<std::string_view> lines(std::string_view text) { return split(text, "\n"); }

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || next != end) return std::nullopt;
  return value;
}

std::optional<double> parse_real(std::string_view text) {
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || next != end || !std::isfinite(value) || value < 0)
    return std::nullopt;
  return value;
}

std::optional<std::uint64_t> read_number(const std::string& path) {
  const auto text = read_small_file(path);
  return text ? parse_number(*text) : std::nullopt;
}

}  // namespace rampart::host
