#include "sniffer/eve/eve_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "packet_builder.h"

namespace rampart::sniffer {
namespace {

// Files of this process may not grow beyond `bytes`, as on a disk that fills up.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit tight{bytes, before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(EveFile, a_disk_that_fills_in_the_middle_of_a_line_spoils_that_line_alone) {
  const test::ScratchDir dir;
  auto file = EveFile::open(dir.path("eve.json"), false);
  ASSERT_TRUE(file) << file.error().text;
  {
    const FileLimit full(1000);
    for (const char c : {'a', 'b', 'c'}) file->line(std::string(600, c));
    file->flush();
  }
  EXPECT_EQ(file->lines(), 1U);
  EXPECT_EQ(file->lost(), 2U);
  EXPECT_NE(file->warning(), "");
  file->line("after");
  file->flush();
  EXPECT_EQ(file->lines(), 2U);
  std::ifstream in(dir.path("eve.json"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  const std::vector<std::string> expected{std::string(600, 'a'), std::string(399, 'b'), "after"};
  EXPECT_EQ(lines, expected);
}

TEST(EveFile, those_that_share_a_file_write_whole_lines) {
  constexpr int kLines = 5000;
  const test::ScratchDir dir;
  {
    auto first = EveFile::open(dir.path("eve.json"), false);
    ASSERT_TRUE(first) << first.error().text;
    auto second = first->share();
    const auto write = [](EveFile& file, char c) {
      for (int i = 0; i < kLines; ++i) file.line(std::string(50, c));
    };
    std::thread other([&] { write(second, 'b'); });
    write(*first, 'a');
    other.join();
    EXPECT_EQ(first->lines(), static_cast<std::uint64_t>(kLines));
  }
  std::ifstream in(dir.path("eve.json"));
  int count = 0;
  for (std::string line; std::getline(in, line); ++count)
    EXPECT_TRUE(line == std::string(50, 'a') || line == std::string(50, 'b')) << line;
  EXPECT_EQ(count, 2 * kLines);
}

}  // namespace
}  // namespace rampart::sniffer
