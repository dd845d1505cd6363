#include "base/file_stamp.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

namespace rampart::base {
namespace {

namespace fs = std::filesystem;

class FileStampTest : public ::testing::Test {
 protected:
  ~FileStampTest() override { fs::remove(path_); }
  // With that time of modification, whenever it is done.
  void write(const std::string& text) const {
    std::ofstream(path_) << text;
    fs::last_write_time(path_, fs::file_time_type(std::chrono::seconds(1)));
  }

  const std::string path_ = ::testing::TempDir() + "rampart_stamp_" + std::to_string(::getpid());
};

TEST_F(FileStampTest, TellsStatesApart) {
  EXPECT_EQ(FileStamp::of(path_), FileStamp());
  write("one");
  const auto one = FileStamp::of(path_);
  EXPECT_NE(one, FileStamp());
  EXPECT_EQ(one, FileStamp::of(path_));
  write("three");
  EXPECT_NE(one, FileStamp::of(path_));
}

// As `cp -p` and archives do. The file system's clock ticks every few milliseconds.
TEST_F(FileStampTest, SeesOtherBytesOfTheSameSizeAndTime) {
  write("one");
  const auto one = FileStamp::of(path_);
  auto now = one;
  for (int i = 0; i < 100'000 && now == one; ++i) {
    write("two");
    now = FileStamp::of(path_);
  }
  EXPECT_EQ(now.modified, one.modified);
  EXPECT_EQ(now.size, one.size);
  EXPECT_EQ(now.inode, one.inode);
  EXPECT_NE(now, one);
}

TEST(FileStamp, IsSettledAfterASecond) {
  using namespace std::chrono_literals;
  const FileStamp stamp{.modified = 1, .changed = Nanos(10s).count()};
  EXPECT_FALSE(stamp.settled(WallTime(10s)));
  EXPECT_FALSE(stamp.settled(WallTime(11s - 1ns)));
  EXPECT_TRUE(stamp.settled(WallTime(11s)));
  EXPECT_FALSE(stamp.settled(WallTime(9s))) << "of the future";
  EXPECT_TRUE(FileStamp().settled(WallTime(11s))) << "a file that comes has another one";
}

}  // namespace
}  // namespace rampart::base
