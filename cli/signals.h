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
  // The terminal from which the process was started was closed. Never where hangups were ignored
  // at the start, as under nohup(1).
  [[nodiscard]] bool terminal_is_gone() const;

 private:
  bool from_terminal_ = false;
};

// Counts SIGUSR2, with which some daemons are told to read their rules again, instead of dying of
// it. Process-wide; one at a time.
class ReloadRequests {
 public:
  ReloadRequests();
  ~ReloadRequests();
  ReloadRequests(const ReloadRequests&) = delete;
  ReloadRequests& operator=(const ReloadRequests&) = delete;

  [[nodiscard]] const std::atomic<int>& count() const;
};

}  // namespace rampart::cli
