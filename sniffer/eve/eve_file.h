#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace rampart::sniffer {

// Lines into a file, gathered into large writes. A write that fails (disk full) is remembered once
// and its lines are counted as lost; later lines are tried again. One thread; others may write into
// the same file through EveFiles of their own, each batch of lines in one piece.
class EveFile {
 public:
  // Appends to what is there. "-" is standard output.
  static base::Result<EveFile> open(const std::string& path);
  EveFile(EveFile&& other) noexcept = default;
  EveFile& operator=(EveFile&&) = delete;
  ~EveFile();

  // Another one for the same file, for another thread.
  [[nodiscard]] EveFile share() const { return EveFile(target_); }

  void line(std::string_view text);
  void flush();
  // Goes on in the file that has the path now: the one before was renamed or removed, as log
  // rotation does. Of all that share it; any thread. A failure leaves the file that was open. What
  // is no regular file stays as it is.
  [[nodiscard]] base::Status reopen() const;

  [[nodiscard]] std::uint64_t lines() const { return lines_; }  // given to the system or waiting
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] const std::string& warning() const { return warning_; }

 private:
  struct Target;
  explicit EveFile(std::shared_ptr<Target> target) : target_(std::move(target)) {}

  std::shared_ptr<Target> target_;  // closed by the last of those that share it
  std::string buffer_;
  std::uint64_t lines_ = 0;
  std::uint64_t lost_ = 0;
  std::string warning_;
};

}  // namespace rampart::sniffer
