#include "cli/signals.h"

#include <unistd.h>

#include <csignal>

namespace rampart::cli {
namespace {

// A signal handler can reach nothing but globals.
std::atomic<int> seen{0};
std::atomic<int> number{0};
std::atomic<int> hung_up{0};
static_assert(std::atomic<int>::is_always_lock_free);

constexpr int kPatience = 3;

extern "C" void count_signal(int signal) {
  number.store(signal);
  if (seen.fetch_add(1) + 1 >= kPatience) _exit(128 + signal);
}

extern "C" void count_hangup(int) { hung_up.fetch_add(1); }

}  // namespace

Signals::Signals() {
  seen = 0;
  struct sigaction action{};
  action.sa_handler = count_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

Signals::~Signals() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

const std::atomic<int>& Signals::count() const { return seen; }
const std::atomic<int>& Signals::last() const { return number; }

Hangups::Hangups() {
  hung_up = 0;
  struct sigaction action{};
  action.sa_handler = count_hangup;
  sigemptyset(&action.sa_mask);
  sigaction(SIGHUP, &action, nullptr);
}

Hangups::~Hangups() { std::signal(SIGHUP, SIG_DFL); }

const std::atomic<int>& Hangups::count() const { return hung_up; }

}  // namespace rampart::cli
