#include "sniffer/behaviour/subject_table.h"

#include <gtest/gtest.h>

#include "traffic.h"

namespace rampart::sniffer::behaviour {
namespace {

using namespace test;

// All in one set of places.
constexpr std::uint64_t kHash = 5;

base::Endpoint key(std::uint32_t i) { return {host(i), 80}; }

TEST(SubjectTable, finds_what_it_was_given) {
  SubjectTable table;
  Books books;
  EXPECT_EQ(table.find(key(1), kHash), nullptr);
  auto* a = table.find_or_add(key(1), kHash, books);
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(table.find_or_add(key(1), kHash, books), a);
  EXPECT_EQ(table.find(key(1), kHash), a);
  EXPECT_NE(table.find_or_add(key(2), kHash, books), a) << "another key of the same hash";
}

TEST(SubjectTable, the_idlest_makes_room_but_not_what_is_attacked) {
  SubjectTable table;
  Books books;
  for (std::uint32_t i = 0; i < kWays; ++i) {
    auto* s = table.find_or_add(key(i), kHash, books);
    s->idle = i;
    books.take(s->watches[0].book);
  }
  table.find(key(7), kHash)->watches[0].incident = 3;
  table.find_or_add(key(100), kHash, books);
  EXPECT_EQ(table.displaced(), 1U);
  EXPECT_NE(table.find(key(7), kHash), nullptr) << "attacked";
  EXPECT_EQ(table.find(key(6), kHash), nullptr) << "the idlest of the others";
  table.each([](Subject& s) { s.watches[0].incident = 1; });
  EXPECT_EQ(table.find_or_add(key(101), kHash, books), nullptr);
}

TEST(SubjectTable, books_of_what_leaves_are_free_again) {
  SubjectTable table;
  Books books;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    auto* s = table.find_or_add(key(i), i * 0x9E3779B97F4A7C15ULL, books);
    ASSERT_NE(s, nullptr);
    if (s->watches[1].book == kNoBook) books.take(s->watches[1].book);
    if (i % 10 == 0) table.remove(*s, books);
  }
  table.each([&](Subject& s) { table.remove(s, books); });
  EXPECT_TRUE(books.none_taken());
}

TEST(Books, where_all_are_taken_the_one_that_nobody_opened_for_longest_changes_hands) {
  Books books;
  std::vector<std::uint16_t> holders(kBooks + 1, kNoBook);
  for (std::size_t i = 0; i < kBooks; ++i) books.take(holders[i]);
  for (std::size_t i = 0; i < kBooks; ++i) {
    ASSERT_NE(holders[i], kNoBook);
    if (i != 5) books.open(holders[i])->sources.add(host(1), 1);
  }
  books.at(holders[5])->sources.add(host(1), 1);
  books.take(holders[kBooks]);
  EXPECT_NE(holders[kBooks], kNoBook);
  EXPECT_EQ(holders[5], kNoBook);
  EXPECT_EQ(books.at(holders[kBooks])->sources.total(), 0U);
  EXPECT_EQ(books.unlisted(), 1U) << "what stood in it";
}

TEST(Books, those_of_attacks_are_kept) {
  Books books;
  std::vector<std::uint16_t> holders(kBooks + 1, kNoBook);
  for (std::size_t i = 0; i < kBooks; ++i) {
    books.take(holders[i]);
    books.keep(holders[i], i != 7);
  }
  books.take(holders[kBooks]);
  EXPECT_NE(holders[kBooks], kNoBook);
  EXPECT_EQ(holders[7], kNoBook);
  books.keep(holders[kBooks], true);
  books.take(holders[7]);
  EXPECT_EQ(holders[7], kNoBook);
  EXPECT_EQ(books.unlisted(), 1U);
}

}  // namespace
}  // namespace rampart::sniffer::behaviour
