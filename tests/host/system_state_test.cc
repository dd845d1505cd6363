#include "host/system_state.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/host/tree.h"

namespace rampart::host {
namespace {

TEST(SystemState, ADiskIsFoundBeforeItsFolderExists) {
  Tree tree;
  const auto disk = disk_of(tree.root() + "/not/yet/runs.db");
  ASSERT_TRUE(disk);
  EXPECT_EQ(disk->path, tree.root());
  EXPECT_GT(disk->size, 0U);
  EXPECT_LE(disk->available, disk->size);
  const auto relative = disk_of("runs.db");
  ASSERT_TRUE(relative);
  EXPECT_EQ(relative->path, std::filesystem::current_path().string());
}

TEST(SystemState, TheClockIsAsked) {
  const auto clock = clock_sync();
  ASSERT_TRUE(clock);
  EXPECT_GE(clock->error_seconds, 0);
}

}  // namespace
}  // namespace rampart::host
