#include "net/http2_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <string_view>
#include <vector>

namespace rampart::net {
namespace {

TEST(Http2Memory, GivesBlocksThatDoNotOverlapOfEverySize) {
  Http2Memory memory;
  std::vector<unsigned char*> blocks;
  for (std::size_t size = 0; size < 3000; size += 7) {
    auto* block = static_cast<unsigned char*>(memory.allocate(size));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0U);
    std::memset(block, static_cast<int>(size % 251), size);
    blocks.push_back(block);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::size_t size = i * 7;
    for (std::size_t at = 0; at < size; ++at) ASSERT_EQ(blocks[i][at], size % 251);
    memory.release(blocks[i]);
  }
}

TEST(Http2Memory, GivesReleasedBlocksAgain) {
  Http2Memory memory;
  std::set<void*> first;
  for (int i = 0; i < 100; ++i) first.insert(memory.allocate(200));
  for (auto* block : first) memory.release(block);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(first.contains(memory.allocate(193)));
  for (auto* block : first) memory.release(block);
}

TEST(Http2Memory, ZeroesAndGrows) {
  Http2Memory memory;
  auto* dirty = memory.allocate(64);
  std::memset(dirty, 0xff, 64);
  memory.release(dirty);
  auto* block = static_cast<char*>(memory.allocate_zeroed(4, 16));
  EXPECT_EQ(static_cast<void*>(block), dirty);
  for (int i = 0; i < 64; ++i) EXPECT_EQ(block[i], 0);
  std::memcpy(block, "text", 5);
  for (const std::size_t size : {10U, 64U, 65U, 1024U, 1025U, 100'000U})
    block = static_cast<char*>(memory.reallocate(block, size));
  EXPECT_EQ(std::string_view(block), "text");
  memory.release(block);
  memory.release(memory.reallocate(nullptr, 5));
  memory.release(nullptr);
}

TEST(Http2Memory, HasNoBlockOfImpossibleSize) {
  Http2Memory memory;
  EXPECT_EQ(memory.allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(memory.allocate_zeroed(SIZE_MAX / 2, 3), nullptr);
}

}  // namespace
}  // namespace rampart::net
