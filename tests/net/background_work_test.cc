#include "net/background_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "net/loop.h"
#include "tests/support/deadline.h"

namespace rampart::net {
namespace {

TEST(BackgroundWork, IsDoneElsewhereOneAfterTheOther) {
  struct Seen {
    std::atomic<int> at_once{0};
    std::atomic<int> most{0};
    std::atomic<bool> elsewhere{true};
  };
  const auto seen = std::make_shared<Seen>();
  Loop loop;
  BackgroundWork work(loop);
  std::string order;
  const auto here = std::this_thread::get_id();
  for (char name = 'a'; name <= 'd'; ++name)
    work.add(
        [seen, here] {
          seen->most = std::max(seen->most.load(), ++seen->at_once);
          if (std::this_thread::get_id() == here) seen->elsewhere = false;
          --seen->at_once;
        },
        [&order, &here, name] {
          EXPECT_EQ(std::this_thread::get_id(), here);
          order += name;
        });
  EXPECT_EQ(work.size(), 4U);
  loop.run();
  EXPECT_EQ(order, "abcd");
  EXPECT_EQ(seen->most, 1);
  EXPECT_TRUE(seen->elsewhere);
  EXPECT_EQ(work.size(), 0U);
}

// What runs goes on by itself; what waits is not begun.
TEST(BackgroundWork, EndsUnheard) {
  const auto begun = std::make_shared<std::atomic<int>>(0);
  bool heard = false;
  Loop loop;
  {
    BackgroundWork work(loop);
    for (int i = 0; i < 3; ++i) work.add([begun] { ++*begun; }, [&heard] { heard = true; });
  }
  loop.run();
  EXPECT_EQ(*begun, 1);
  EXPECT_FALSE(heard);
}

TEST(BackgroundWork, MayBeDestroyedByWhoHears) {
  Loop loop;
  auto work = std::make_unique<BackgroundWork>(loop);
  int heard = 0;
  for (int i = 0; i < 2; ++i)
    work->add([] {},
              [&] {
                ++heard;
                work.reset();
              });
  loop.run();
  EXPECT_EQ(heard, 1);
}

}  // namespace
}  // namespace rampart::net
