#include "sniffer/detect/stream_window.h"

#include <gtest/gtest.h>

#include <string>

#include "http_exchange.h"

namespace rampart::sniffer {
namespace {

using test::as_bytes;

constexpr auto kHistory = StreamWindow::kHistory;
const std::string kUsual(4 * kHistory, 'a');

TEST(StreamWindow, shows_what_is_new_behind_what_was_before) {
  MemoryBudget budget(1U << 20U);
  StreamWindow window;
  window.append(as_bytes("abc"), budget);
  const auto view = window.append(as_bytes("de"), budget);
  EXPECT_EQ(std::string(view.data.begin(), view.data.end()), "abcde");
  EXPECT_EQ(view.fresh, 3U);
  EXPECT_EQ(view.base, 0U);
  window.gap(10);
  EXPECT_EQ(window.append(as_bytes("f"), budget).base, 15U);
}

TEST(StreamWindow, counts_from_the_message_that_began_last) {
  for (const std::size_t room : {std::size_t{1} << 20U, std::size_t{1}}) {
    MemoryBudget budget(room);
    StreamWindow window;
    const auto show = [&](std::string_view bytes) {
      const auto view = window.append(as_bytes(bytes), budget);
      return std::to_string(view.base) + ":" + std::string(view.data.begin(), view.data.end()) +
             ":" + std::to_string(view.fresh);
    };
    const bool roomy = room > 1;
    EXPECT_EQ(show("abc"), "0:abc:0");
    EXPECT_EQ(window.begin_message(3), 3U);
    EXPECT_EQ(window.begin_message(2), 0U) << "one that began before";
    EXPECT_EQ(show("de"), "0:de:0");
    EXPECT_EQ(show("f"), roomy ? "0:def:2" : "2:f:0");
    EXPECT_EQ(window.differs(6, as_bytes("abX")), roomy) << "what is hidden is still known";
    window.gap(4);
    EXPECT_EQ(show("g"), "7:g:0");
    window.begin_message(window.end() + 1);
    show(std::string(4 * kHistory, 'h'));
    EXPECT_TRUE(show("i").starts_with(std::to_string(roomy ? 3 * kHistory : 4 * kHistory) + ":"));
    window.release(budget, true);
    EXPECT_EQ(show("j"), "0:j:0");
  }
}

TEST(StreamWindow, a_message_may_begin_within_what_was_shown) {
  MemoryBudget budget(1U << 20U);
  StreamWindow window;
  window.append(as_bytes("abcde"), budget);
  EXPECT_EQ(window.begin_message(3), 3U);
  const auto view = window.append(as_bytes("f"), budget);
  EXPECT_EQ(std::string(view.data.begin(), view.data.end()), "def");
  EXPECT_EQ(view.base, 0U);
  EXPECT_EQ(view.fresh, 2U);
}

TEST(StreamWindow, answers_for_the_memory_that_it_has) {
  MemoryBudget budget(1U << 20U);
  StreamWindow window;
  window.append(as_bytes(kUsual), budget);
  EXPECT_GE(budget.used(), kUsual.size());
  window.release(budget, true);
  EXPECT_EQ(budget.used(), 0U);
  window.append(as_bytes("x"), budget);
  EXPECT_GE(budget.used(), kUsual.size()) << "it was kept, and is in use again";
  window.release(budget, false);
  window.append(as_bytes("x"), budget);
  EXPECT_LT(budget.used(), 64U) << "it was not kept";
  window.release(budget, false);
  window.append(as_bytes(kUsual + "b"), budget);
  window.release(budget, true);
  window.append(as_bytes("x"), budget);
  EXPECT_LT(budget.used(), 64U) << "more than usual is not kept";
}

TEST(StreamWindow, shows_the_new_bytes_alone_where_there_is_no_room) {
  MemoryBudget budget(100);
  StreamWindow window;
  window.append(as_bytes(std::string(60, 'a')), budget);
  const std::string more(60, 'b');
  const auto view = window.append(as_bytes(more), budget);
  EXPECT_EQ(std::string(view.data.begin(), view.data.end()), more);
  EXPECT_EQ(view.fresh, 0U);
  EXPECT_EQ(view.base, 60U);
  EXPECT_EQ(budget.refused(), 1U);
  EXPECT_EQ(window.append(as_bytes("c"), budget).base, 120U);
  window.release(budget, false);
  EXPECT_EQ(budget.used(), 0U);
}

}  // namespace
}  // namespace rampart::sniffer
