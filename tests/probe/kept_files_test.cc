#include "probe/module/kept_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/fake_clock.h"

namespace rampart::probe {
namespace {

using namespace std::chrono_literals;

class KeptFilesTest : public ::testing::Test {
 protected:
  ~KeptFilesTest() override {
    for (const auto& path : written_) unlink(path.c_str());
  }
  std::string file_with(const std::string& name, const std::string& text) {
    const auto path =
        ::testing::TempDir() + "kept_files_" + std::to_string(::getpid()) + "_" + name;
    std::ofstream(path, std::ios::binary) << text;
    written_.push_back(path);
    return path;
  }
  // A file's times have steps of some milliseconds: waits for another one without sleeping.
  void change(const std::string& path, const std::string& text) {
    const auto before = base::FileStamp::of(path);
    do std::ofstream(path, std::ios::binary) << text;
    while (base::FileStamp::of(path) == before);
  }

  base::SystemClock system_;
  testing::FakeClock clock_{system_.mono(), system_.wall() + 1h};
  KeptFiles files_{clock_};
  std::vector<std::string> written_;
};

TEST_F(KeptFilesTest, ReadsEachOnce) {
  const auto path = file_with("body", "abc");
  const auto first = files_.of(path).value();
  EXPECT_EQ(*first, "abc");
  EXPECT_EQ(files_.of(path).value(), first);
  change(path, "xyz");  // of the same size
  EXPECT_EQ(*files_.of(path).value(), "xyz");
  EXPECT_EQ(*first, "abc") << "who has it goes on with it";
  EXPECT_EQ(files_.bytes(), 3U);
  unlink(path.c_str());
  EXPECT_EQ(files_.of(path).error().text, "read " + path + ": no such file or directory");
  EXPECT_EQ(files_.bytes(), 0U);
}

// A second write within a step of the file system's clock would not be seen.
TEST_F(KeptFilesTest, DoesNotKeepWhatWasJustWritten) {
  clock_.step_wall(-1h);
  const auto path = file_with("new", "abc");
  const auto first = files_.of(path).value();
  EXPECT_NE(files_.of(path).value(), first);
  EXPECT_EQ(files_.bytes(), 0U);
  clock_.step_wall(1h);
  EXPECT_EQ(files_.of(path).value(), files_.of(path).value());
}

TEST_F(KeptFilesTest, IsBounded) {
  constexpr std::size_t kEach = 15 << 20;
  std::vector<std::string> paths;
  for (int i = 0; i < 5; ++i)
    paths.push_back(file_with(std::to_string(i), std::string(kEach, 'x')));
  const auto first = files_.of(paths[0]).value();
  for (const auto& path : paths) {
    EXPECT_EQ(files_.of(path).value()->size(), kEach);
    EXPECT_EQ(files_.of(paths[0]).value(), first) << "it was used last";
    EXPECT_LE(files_.bytes(), KeptFiles::kMost);
  }
  EXPECT_EQ(files_.bytes(), 4 * kEach);
}

TEST_F(KeptFilesTest, KeepsNothingButFiles) {
  EXPECT_FALSE(files_.of(::testing::TempDir()));
  const auto text = files_.of("/proc/self/stat");  // it says that it has no bytes
  ASSERT_TRUE(text);
  EXPECT_FALSE((*text)->empty());
  EXPECT_EQ(files_.bytes(), 0U);
}

}  // namespace
}  // namespace rampart::probe
