#include "loadgen/echo_book.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "loadgen/payload.h"

namespace rampart::loadgen {
namespace {

const std::string kData = payload_of(32, "20260101-000000-abcd");

std::string written(const EchoBook& book, std::uint32_t place) {
  std::string out(book.size(), '\0');
  book.write(place, out);
  return out;
}

TEST(EchoBook, FindsTheRequestOfAReply) {
  EchoBook book(4, 42, kData);
  for (const std::uint32_t place : {0U, 3U}) book.begin(place);
  for (const std::uint32_t place : {0U, 3U}) {
    const auto reply = written(book, place);
    EXPECT_EQ(book.find(reply), place);
    EXPECT_TRUE(book.intact(reply));
    EXPECT_EQ(reply.substr(EchoBook::kToken), kData.substr(EchoBook::kToken));
  }
  EXPECT_FALSE(book.out(1));
}

TEST(EchoBook, ALateOrSecondReplyIsNobodys) {
  EchoBook book(2, 42, kData);
  book.begin(0);
  const auto first = written(book, 0);
  book.end(0);
  EXPECT_FALSE(book.find(first)) << "a second one";
  book.begin(0);
  EXPECT_FALSE(book.find(first)) << "late, with the next request out on its place";
  EXPECT_EQ(book.find(written(book, 0)), 0U);
}

TEST(EchoBook, StrangersAreNobodys) {
  EchoBook mine(2, 1, kData);
  EchoBook theirs(2, 2, kData);
  mine.begin(0);
  theirs.begin(0);
  EXPECT_FALSE(mine.find(written(theirs, 0)));
  EXPECT_FALSE(mine.find(std::string()));
  EXPECT_FALSE(mine.find(std::string(7, 'x')));
  EXPECT_FALSE(mine.find(std::string(2000, '\0')));
  EXPECT_FALSE(mine.find(std::string(2000, '\xFF')));
}

TEST(EchoBook, TellsWhatCameBackWrong) {
  EchoBook book(1, 7, kData);
  book.begin(0);
  const auto good = written(book, 0);
  for (std::size_t i = EchoBook::kToken; i < good.size(); ++i) {
    auto changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(book.find(changed), 0U);
    EXPECT_FALSE(book.intact(changed)) << i;
  }
  EXPECT_FALSE(book.intact(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(book.intact(good + "x"));
}

TEST(Payload, NamesTheRun) {
  for (const std::size_t size : {0U, 16U, 64U, 5000U}) {
    const auto data = payload_of(size, "20260101-000000-abcd");
    EXPECT_EQ(data.size(), size);
  }
  EXPECT_TRUE(payload_of(64, "20260101-000000-abcd").starts_with("rampart/"));
  EXPECT_NE(payload_of(64, "20260101-000000-abcd").find("run 20260101-000000-abcd "),
            std::string::npos);
}

TEST(Payload, NoncesDiffer) {
  std::set<std::uint64_t> seen;
  for (const auto* run : {"a", "b"})
    for (std::uint64_t socket = 0; socket < 1000; ++socket) seen.insert(socket_nonce(run, socket));
  EXPECT_EQ(seen.size(), 2000U);
}

}  // namespace
}  // namespace rampart::loadgen
