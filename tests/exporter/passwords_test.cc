#include "exporter/passwords.h"

#include <crypt.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cmath>
#include <string>

#include "net/loop.h"
#include "tests/support/deadline.h"

namespace rampart::exporter {
namespace {

using Answer = Passwords::Answer;

constexpr unsigned long kCheap = 4;

std::string hash_of(const std::string& password, unsigned long cost = kCheap) {
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  crypt_gensalt_rn("$2b$", cost, nullptr, 0, setting.data(), setting.size());
  crypt_data data{};
  return crypt_rn(password.c_str(), setting.data(), &data, sizeof data);
}

class PasswordsTest : public ::testing::Test {
 protected:
  PasswordsTest() { passwords_.use({{"me", mine_}, {"you", hash_of("sesame")}}); }
  // After the hash was worked out, where it must be.
  Answer ask(const std::string& user, const std::string& password) {
    bool right = false;
    const auto answer = passwords_.check(user, password, [&](bool r) { right = r; });
    if (answer != Answer::later) return answer;
    loop_.run();
    ++hashed_;
    return right ? Answer::right : Answer::wrong;
  }

  net::Loop loop_;
  const std::string mine_ = hash_of("hunter2");
  Passwords passwords_{loop_};
  int hashed_ = 0;
};

TEST_F(PasswordsTest, KnowsThem) {
  EXPECT_EQ(ask("me", "hunter2"), Answer::right);
  EXPECT_EQ(ask("you", "sesame"), Answer::right);
  EXPECT_EQ(ask("you", "hunter2"), Answer::wrong);
  EXPECT_EQ(ask("me", ""), Answer::wrong);
  // Nobody's: not faster than that of somebody.
  EXPECT_EQ(hashed_, 4);
  EXPECT_EQ(ask("nobody", "hunter2"), Answer::wrong);
  EXPECT_EQ(hashed_, 5);
}

TEST_F(PasswordsTest, RemembersWhatFitted) {
  ask("me", "hunter2");
  EXPECT_EQ(ask("me", "hunter2"), Answer::right);
  EXPECT_EQ(hashed_, 1);
  EXPECT_EQ(ask("me", "hunter3"), Answer::wrong);
  EXPECT_EQ(ask("me", "hunter"), Answer::wrong);
  EXPECT_EQ(ask("nobody", "hunter2"), Answer::wrong);
  EXPECT_EQ(hashed_, 4);
  passwords_.use({{"me", hash_of("other")}});
  EXPECT_EQ(ask("me", "hunter2"), Answer::wrong);
  EXPECT_EQ(ask("you", "sesame"), Answer::wrong);
  passwords_.use({{"me", mine_}});
  EXPECT_EQ(ask("me", "hunter2"), Answer::right);
  EXPECT_EQ(hashed_, 7);
}

double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Where hashes differ in cost, names that are nobody's take now the one time, now the other, and
// each of them always the same.
TEST_F(PasswordsTest, HidesWhoIsAUserAmongHashesOfDifferentCosts) {
  constexpr unsigned long kDear = 8;  // 16 times as dear
  passwords_.use({{"cheap", mine_}, {"dear", hash_of("hunter2", kDear)}});
  const auto cost = [this](const std::string& user) {
    const auto before = processor_seconds();
    EXPECT_EQ(ask(user, "x"), Answer::wrong);
    return processor_seconds() - before;
  };
  const double middle = std::sqrt(cost("cheap") * cost("dear"));
  int dear = 0;
  constexpr int kNames = 32;  // all alike by chance once in 2^31 times
  for (int i = 0; i < kNames; ++i) {
    const auto name = "nobody" + std::to_string(i);
    const bool is_dear = cost(name) > middle;
    dear += is_dear ? 1 : 0;
    if (i < 8) {
      EXPECT_EQ(cost(name) > middle, is_dear) << name;
    }
  }
  EXPECT_GT(dear, 0);
  EXPECT_LT(dear, kNames);
}

// A password that was right when it was asked for, and is not any more.
TEST_F(PasswordsTest, JudgesByTheHashThatHolds) {
  bool heard = false;
  bool right = true;
  EXPECT_EQ(passwords_.check("me", "hunter2",
                             [&](bool r) {
                               heard = true;
                               right = r;
                             }),
            Answer::later);
  passwords_.use({{"me", hash_of("other")}});
  loop_.run();
  EXPECT_TRUE(heard);
  EXPECT_FALSE(right);
}

TEST_F(PasswordsTest, NeverHashesWhatCannotFit) {
  EXPECT_EQ(ask("me", std::string("hunter2\0x", 9)), Answer::wrong);
  EXPECT_EQ(ask("me", std::string(100'000, 'x')), Answer::wrong);
  EXPECT_EQ(hashed_, 0);
}

TEST_F(PasswordsTest, BoundsWhatWaits) {
  EXPECT_EQ(ask("you", "sesame"), Answer::right);
  std::size_t heard = 0;
  const auto hear = [&](bool) { ++heard; };
  // One check for all who give the same, and yet each of them waits.
  for (std::size_t i = 0; i < Passwords::kMostWaiting / 2; ++i)
    EXPECT_EQ(passwords_.check("me", "x", hear), Answer::later);
  for (std::size_t i = 0; i < Passwords::kMostWaiting / 2; ++i)
    EXPECT_EQ(passwords_.check("me", std::to_string(i), hear), Answer::later);
  for (const auto* password : {"one more", "x"})
    EXPECT_EQ(passwords_.check("me", password, hear), Answer::busy);
  EXPECT_EQ(passwords_.check("you", "sesame", hear), Answer::right) << "it fitted before";
  loop_.run();
  EXPECT_EQ(heard, Passwords::kMostWaiting);
  EXPECT_EQ(ask("me", "hunter2"), Answer::right);
}

TEST(Fits, TakesTheHashesOfOthers) {
  // Made by htpasswd -nbBC 4.
  EXPECT_TRUE(fits("hunter2", "$2y$04$K5RH.OQ4yFCvxeU5AprtkulS0io0WevZgD0UH9MXIw47WeVPgB0nS"));
  EXPECT_FALSE(fits("hunter3", "$2y$04$K5RH.OQ4yFCvxeU5AprtkulS0io0WevZgD0UH9MXIw47WeVPgB0nS"));
  for (const auto* hash : {"", "x", "$2y$04$", "*0", "$2y$99$K5RH.OQ4yFCvxeU5AprtkulS0io0W"})
    EXPECT_FALSE(fits("hunter2", hash)) << hash;
}

}  // namespace
}  // namespace rampart::exporter
