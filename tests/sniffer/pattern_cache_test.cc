#include "sniffer/detect/pattern_cache.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "packet_builder.h"

namespace rampart::sniffer {
namespace {

namespace fs = std::filesystem;
using Blobs = std::vector<std::string>;
using testing::HasSubstr;

constexpr PatternKey kKey = {1, 2, 3};
constexpr PatternKey kOther = {1, 2, 4};

std::string contents(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

void replace(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// As if it had last been used that many seconds after the epoch.
void set_used(const std::string& path, std::time_t seconds) {
  const timespec times[2] = {{seconds, 0}, {seconds, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0) << path;
}

class PatternCacheTest : public testing::Test {
 protected:
  PatternCacheTest() { fs::permissions(dir_.path(""), fs::perms::owner_all); }

  // What read() says: "nothing", "read", or its complaint.
  std::string answer(const PatternCache& cache, const PatternKey& key = kKey) {
    const auto read = cache.read(key);
    if (!read) return read.error().text;
    if (!*read) return "nothing";
    Blobs blobs;
    for (const auto blob : (*read)->blobs) blobs.emplace_back(blob.begin(), blob.end());
    EXPECT_EQ(blobs, blobs_);
    return "read";
  }
  [[nodiscard]] std::size_t files() const {
    const fs::directory_iterator all(folder_);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  const test::ScratchDir dir_;
  const std::string folder_ = dir_.path("a/b");
  const PatternCache cache_{{.folder = folder_}};
  const Blobs blobs_ = {"first", std::string(3000, '\0'), ""};
};

TEST_F(PatternCacheTest, gives_back_what_was_written_under_the_same_key) {
  EXPECT_EQ(answer(cache_), "nothing") << "there is not even a folder";
  ASSERT_TRUE(cache_.write(kKey, blobs_));
  EXPECT_EQ(answer(cache_), "read");
  EXPECT_EQ(answer(cache_, kOther), "nothing");
  ASSERT_TRUE(cache_.write(kKey, blobs_)) << "again";
  EXPECT_EQ(answer(cache_), "read");
  EXPECT_EQ(files(), 1U) << "nothing unfinished is left";
}

TEST_F(PatternCacheTest, keeps_what_it_makes_from_others) {
  ASSERT_TRUE(cache_.write(kKey, blobs_));
  EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(dir_.path("a")).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(cache_.path_of(kKey)).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(PatternCacheTest, does_not_load_a_damaged_file) {
  ASSERT_TRUE(cache_.write(kKey, blobs_));
  const auto path = cache_.path_of(kKey);
  const auto whole = contents(path);
  for (std::size_t i = 0; i < whole.size(); i += i < 160 ? 1 : 97) {
    auto text = whole;
    text[i] = static_cast<char>(text[i] ^ 0x10);
    replace(path, text);
    EXPECT_THAT(answer(cache_), HasSubstr("is damaged")) << "byte " << i;
    replace(path, whole.substr(0, i));
    EXPECT_THAT(answer(cache_), HasSubstr("is damaged")) << "cut at byte " << i;
  }
  replace(path, whole + "x");
  EXPECT_THAT(answer(cache_), HasSubstr("is damaged"));
  ASSERT_TRUE(cache_.write(kKey, blobs_));
  EXPECT_EQ(answer(cache_), "read") << "it is written anew";
}

// What another machine or another version has compiled has another key.
TEST_F(PatternCacheTest, does_not_load_the_file_of_another_key_under_this_name) {
  ASSERT_TRUE(cache_.write(kOther, blobs_));
  fs::rename(cache_.path_of(kOther), cache_.path_of(kKey));
  EXPECT_THAT(answer(cache_), HasSubstr("is damaged"));
}

TEST_F(PatternCacheTest, does_not_load_what_others_could_have_written) {
  ASSERT_TRUE(cache_.write(kKey, blobs_));
  const auto path = cache_.path_of(kKey);
  for (const mode_t mode : {0620U, 0602U, 0666U}) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    EXPECT_THAT(answer(cache_), HasSubstr("can be written by other users")) << mode;
  }
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(answer(cache_), "read");
  for (const mode_t mode : {0770U, 0703U, 01777U}) {
    ASSERT_EQ(chmod(folder_.c_str(), mode), 0);
    EXPECT_THAT(answer(cache_), HasSubstr("not used as a cache")) << mode;
    EXPECT_FALSE(cache_.write(kOther, blobs_)) << mode;
  }
}

TEST_F(PatternCacheTest, does_not_load_the_file_of_another_user) {
  ASSERT_TRUE(cache_.write(kKey, blobs_));
  const auto path = cache_.path_of(kKey);
  constexpr uid_t kSomebody = 54321;
  if (geteuid() == 0) {
    ASSERT_EQ(chown(path.c_str(), kSomebody, static_cast<gid_t>(-1)), 0);
    EXPECT_THAT(answer(cache_), HasSubstr("belongs to another user"));
    const PatternCache theirs({.folder = folder_, .user = kSomebody});
    EXPECT_EQ(answer(theirs), "read") << "they may believe themselves, and root its folder";
  } else {
    const PatternCache theirs({.folder = folder_, .user = geteuid() + 1});
    EXPECT_THAT(answer(theirs), HasSubstr("belongs to another user"));
  }
}

TEST_F(PatternCacheTest, does_not_follow_a_link_and_does_not_wait_for_a_pipe) {
  ASSERT_TRUE(cache_.write(kOther, blobs_));
  fs::create_symlink(cache_.path_of(kOther), cache_.path_of(kKey));
  EXPECT_THAT(answer(cache_), HasSubstr("cannot open"));
  fs::remove(cache_.path_of(kKey));
  ASSERT_EQ(mkfifo(cache_.path_of(kKey).c_str(), 0600), 0);
  EXPECT_THAT(answer(cache_), HasSubstr("not what was written there"));
  ASSERT_TRUE(cache_.write(kKey, blobs_));
  EXPECT_EQ(answer(cache_), "read");
}

TEST_F(PatternCacheTest, says_why_it_cannot_write) {
  const auto file = dir_.write("file", "x");
  const PatternCache below_a_file({.folder = file + "/c"});
  const auto written = below_a_file.write(kKey, blobs_);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().text, HasSubstr(file));
  const PatternCache a_file({.folder = file});
  EXPECT_FALSE(a_file.write(kKey, blobs_));
  EXPECT_THAT(answer(a_file), HasSubstr("cannot open"));
  const PatternCache tiny({.folder = folder_, .most_bytes = 1000});
  EXPECT_FALSE(tiny.write(kKey, blobs_));
  EXPECT_FALSE(fs::exists(tiny.path_of(kKey)));
}

TEST_F(PatternCacheTest, removes_what_was_not_used_for_longest_beyond_its_bounds) {
  struct Case {
    const char* what;
    std::size_t files;
    std::uint64_t bytes;
    std::vector<int> left;
  };
  const Case cases[] = {{"files", 3, 1U << 20U, {1, 3, 4}}, {"bytes", 64, 10000, {1, 3, 4}}};
  for (const auto& c : cases) {
    const PatternCache wide({.folder = dir_.path(c.what)});
    const PatternCache cache(
        {.folder = dir_.path(c.what), .most_files = c.files, .most_bytes = c.bytes});
    const auto key = [](int n) { return PatternKey{static_cast<std::uint8_t>(n)}; };
    for (int n = 0; n < 4; ++n) {
      ASSERT_TRUE(wide.write(key(n), blobs_));
      set_used(wide.path_of(key(n)), 1000 + n);
    }
    std::ofstream(dir_.path(c.what) + "/notes.txt") << std::string(20000, 'x');
    EXPECT_EQ(answer(wide, key(1)), "read") << "and so used";
    ASSERT_TRUE(cache.write(key(4), blobs_));
    std::vector<int> left;
    for (int n = 0; n < 5; ++n)
      if (fs::exists(cache.path_of(key(n)))) left.push_back(n);
    EXPECT_EQ(left, c.left) << c.what;
    EXPECT_TRUE(fs::exists(dir_.path(c.what) + "/notes.txt")) << "not ours";
  }
}

TEST_F(PatternCacheTest, removes_what_a_process_left_unfinished) {
  ASSERT_TRUE(cache_.write(kOther, blobs_));
  const auto left = cache_.path_of(kOther) + ".new4711";
  fs::rename(cache_.path_of(kOther), left);
  set_used(left, 1000);
  const PatternCache one({.folder = folder_, .most_files = 1});
  ASSERT_TRUE(one.write(kKey, blobs_));
  EXPECT_FALSE(fs::exists(left));
}

// Sets a variable of the environment for as long as it lives; null: removes it.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const auto* before = std::getenv(name)) before_ = before;
    value == nullptr ? unsetenv(name) : setenv(name, value, 1);
  }
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST(PatternCacheFolder, is_where_users_and_root_expect_it) {
  struct Case {
    const char* xdg;
    const char* home;
    const char* folder;
  };
  const Case cases[] = {{"/x/cache", "/home/a", "/x/cache/rampart"},
                        {nullptr, "/home/a", "/home/a/.cache/rampart"},
                        {"relative", "/home/a", "/home/a/.cache/rampart"},
                        {"", "/home/a", "/home/a/.cache/rampart"},
                        {nullptr, nullptr, ""},
                        {nullptr, "relative", ""}};
  for (const auto& c : cases) {
    const Variable xdg("XDG_CACHE_HOME", c.xdg);
    const Variable home("HOME", c.home);
    EXPECT_EQ(PatternCache::usual_folder(1000), c.folder);
    EXPECT_EQ(PatternCache::usual_folder(0), "/var/cache/rampart");
  }
}

}  // namespace
}  // namespace rampart::sniffer
