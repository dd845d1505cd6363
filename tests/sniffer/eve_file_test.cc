#include "sniffer/eve/eve_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
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
  auto file = EveFile::open(dir.path("eve.json"));
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

TEST(EveFile, goes_on_in_a_new_file_where_the_old_one_was_renamed) {
  const test::ScratchDir dir;
  const auto path = dir.path("eve.json");
  auto first = EveFile::open(path);
  ASSERT_TRUE(first) << first.error().text;
  auto second = first->share();
  const auto both = [&](const char* text) {
    for (auto* file : {&*first, &second}) {
      file->line(text);
      file->flush();
    }
  };
  const auto contents = [&](const char* name) {
    std::ifstream in(dir.path(name));
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  both("old");
  std::filesystem::rename(path, dir.path("eve.json.1"));
  both("still old");
  ASSERT_TRUE(second.reopen());
  both("new");
  ASSERT_TRUE(first->reopen()) << "nothing was renamed";
  both("newer");
  EXPECT_EQ(contents("eve.json.1"), "old\nold\nstill old\nstill old\n");
  EXPECT_EQ(contents("eve.json"), "new\nnew\nnewer\nnewer\n");

  std::filesystem::rename(path, dir.path("eve.json.2"));
  std::filesystem::create_directory(path);
  const auto refused = first->reopen();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("Is a directory"), std::string::npos);
  both("kept");
  EXPECT_TRUE(contents("eve.json.2").ends_with("kept\nkept\n"));
  EXPECT_EQ(first->lost(), 0U);
}

TEST(EveFile, what_is_no_regular_file_is_not_opened_again) {
  auto null = EveFile::open("/dev/null");
  ASSERT_TRUE(null);
  EXPECT_TRUE(null->reopen());
}

TEST(EveFile, standard_output_stays_open_also_where_it_is_a_file) {
  const test::ScratchDir dir;
  std::fflush(stdout);
  const int before = dup(STDOUT_FILENO);
  const int file = ::open(dir.path("out").c_str(), O_WRONLY | O_CREAT, 0600);
  dup2(file, STDOUT_FILENO);
  {
    auto out = EveFile::open("-");
    EXPECT_TRUE(out && out->reopen());
    if (out) out->line("seen");
  }
  dup2(before, STDOUT_FILENO);
  close(before);
  close(file);
  std::ifstream in(dir.path("out"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "seen\n");
}

TEST(EveFile, those_that_share_a_file_write_whole_lines) {
  constexpr int kLines = 5000;
  const test::ScratchDir dir;
  {
    auto first = EveFile::open(dir.path("eve.json"));
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
