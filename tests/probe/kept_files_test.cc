#include "probe/module/kept_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/fake_clock.h"
#include "tests/support/scratch_folder.h"

namespace rampart::probe {
namespace {

using namespace std::chrono_literals;

class KeptFilesTest : public ::testing::Test {
 protected:
  // A file's times have steps of some milliseconds: waits for another one without sleeping.
  void change(const std::string& path, const std::string& text) {
    const auto before = base::FileStamp::of(path);
    do std::ofstream(path, std::ios::binary) << text;
    while (base::FileStamp::of(path) == before);
  }

  base::SystemClock system_;
  testing::FakeClock clock_{system_.mono(), system_.wall() + 1h};
  KeptFiles files_{clock_};
  testing::ScratchFolder folder_;
};

TEST_F(KeptFilesTest, ReadsEachOnce) {
  const auto path = folder_.write("body", "abc");
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
  const auto path = folder_.write("new", "abc");
  const auto first = files_.of(path).value();
  EXPECT_NE(files_.of(path).value(), first);
  EXPECT_EQ(files_.bytes(), 0U);
  clock_.step_wall(1h);
  EXPECT_EQ(files_.of(path).value(), files_.of(path).value());
}

TEST_F(KeptFilesTest, KeepsWhatALookBeforeItSaw) {
  const base::WallTime now(1000s);
  base::FileStamp seen{.modified = 5, .changed = base::Nanos(999s).count(), .size = 3};
  EXPECT_TRUE(KeptFiles::may_keep(seen, 3, now));
  EXPECT_FALSE(KeptFiles::may_keep(seen, 4, now)) << "it grew meanwhile";
  EXPECT_FALSE(KeptFiles::may_keep(seen, 3, now - 1ns)) << "it may change without showing it";
  // It came between the look and the reading, and is empty.
  EXPECT_FALSE(KeptFiles::may_keep(base::FileStamp(), 0, now));
  seen.size = 0;
  EXPECT_TRUE(KeptFiles::may_keep(seen, 0, now)) << "an empty file";
}

TEST_F(KeptFilesTest, IsBounded) {
  constexpr std::size_t kEach = 15 << 20;
  std::vector<std::string> paths;
  for (int i = 0; i < 5; ++i)
    paths.push_back(folder_.write(std::to_string(i), std::string(kEach, 'x')));
  const auto first = files_.of(paths[0]).value();
  for (const auto& path : paths) {
    EXPECT_EQ(files_.of(path).value()->size(), kEach);
    EXPECT_EQ(files_.of(paths[0]).value(), first) << "it was used last";
    EXPECT_LE(files_.bytes(), KeptFiles::kMost);
  }
  EXPECT_EQ(files_.bytes(), 4 * kEach);
}

TEST_F(KeptFilesTest, KeepsNothingButFiles) {
  EXPECT_FALSE(files_.of(folder_.path()));
  const auto text = files_.of("/proc/self/stat");  // it says that it has no bytes
  ASSERT_TRUE(text);
  EXPECT_FALSE((*text)->empty());
  EXPECT_EQ(files_.bytes(), 0U);
}

}  // namespace
}  // namespace rampart::probe
