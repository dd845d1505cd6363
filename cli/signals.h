#pragma once

#include <atomic>

namespace rampart::cli {

// Counts SIGINT and SIGTERM instead of dying of them. The third ends the process at once; what was
// committed to the store by then is kept.
class Signals {
 public:
  // Process-wide; one at a time.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  [[nodiscard]] const std::atomic<int>& count() const;
  [[nodiscard]] const std::atomic<int>& last() const;
};

// Counts SIGHUP instead of dying of it. Process-wide; one at a time.
class Hangups {
 public:
  Hangups();
  ~Hangups();
  Hangups(const Hangups&) = delete;
  Hangups& operator=(const Hangups&) = delete;

  [[nodiscard]] const std::atomic<int>& count() const;
};

}  // namespace rampart::cli
