#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rampart::sniffer {

// Lines into a file, gathered into large writes. A write that fails (disk full) is remembered once
// and its lines are counted as lost; later lines are tried again. One thread.
class EveFile {
 public:
  // "-" is standard output.
  static base::Result<EveFile> open(const std::string& path, bool append);
  EveFile(EveFile&& other) noexcept;
  EveFile& operator=(EveFile&&) = delete;
  ~EveFile();

  void line(std::string_view text);
  void flush();

  [[nodiscard]] std::uint64_t lines() const { return lines_; }  // given to the system or waiting
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] const std::string& warning() const { return warning_; }

 private:
  EveFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  int fd_;
  std::string path_;
  std::string buffer_;
  bool torn_ = false;  // the file ends in the middle of a line
  std::uint64_t lines_ = 0;
  std::uint64_t lost_ = 0;
  std::string warning_;
};

}  // namespace rampart::sniffer
