#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace rampart::testing {

// Ends the test binary, as a failure, where one test runs longer than a minute: a broken event loop
// then fails rather than hangs. Including this header is enough.
class Deadline final : public ::testing::EmptyTestEventListener {
 public:
  void OnTestStart(const ::testing::TestInfo&) override {
    std::signal(SIGALRM, [](int) {
      constexpr char kText[] = "the test ran longer than a minute\n";
      if (::write(STDERR_FILENO, kText, sizeof kText - 1) < 0) ::_exit(3);
      ::_exit(2);
    });
    ::alarm(60);
  }
  void OnTestEnd(const ::testing::TestInfo&) override { ::alarm(0); }
};

inline const bool kDeadlineSet = [] {
  ::testing::UnitTest::GetInstance()->listeners().Append(new Deadline);  // owned by gtest
  return true;
}();

}  // namespace rampart::testing
