#include "cli/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace rampart::cli {
namespace {

// A signal handler can reach nothing but globals.
std::atomic<int> seen{0};
std::atomic<int> number{0};
std::atomic<int> hung_up{0};
std::atomic<int> reloads{0};
static_assert(std::atomic<int>::is_always_lock_free);

constexpr int kPatience = 3;

extern "C" void count_signal(int signal) {
  number.store(signal);
  if (seen.fetch_add(1) + 1 >= kPatience) _exit(128 + signal);
}

extern "C" void count_hangup(int) { hung_up.fetch_add(1); }
extern "C" void count_reload(int) { reloads.fetch_add(1); }

// Returns what was done about it before. SA_RESTART: what the signal interrupts goes on, such as to
// read a capture from a pipe.
struct sigaction handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action{};
  struct sigaction before{};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, &before);
  return before;
}

// tty(4): only a process with a controlling terminal can open its own.
bool has_terminal() {
  const int fd = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return false;
  ::close(fd);
  return true;
}

}  // namespace

Signals::Signals() {
  seen = 0;
  handle(SIGINT, count_signal, 0);
  handle(SIGTERM, count_signal, 0);
}

Signals::~Signals() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

const std::atomic<int>& Signals::count() const { return seen; }
const std::atomic<int>& Signals::last() const { return number; }

Hangups::Hangups() {
  hung_up = 0;
  const auto before = handle(SIGHUP, count_hangup, SA_RESTART);
  from_terminal_ = before.sa_handler != SIG_IGN && has_terminal();
}

Hangups::~Hangups() { std::signal(SIGHUP, SIG_DFL); }

const std::atomic<int>& Hangups::count() const { return hung_up; }
bool Hangups::terminal_is_gone() const { return from_terminal_ && !has_terminal(); }

ReloadRequests::ReloadRequests() {
  reloads = 0;
  handle(SIGUSR2, count_reload, SA_RESTART);
}

ReloadRequests::~ReloadRequests() { std::signal(SIGUSR2, SIG_DFL); }

const std::atomic<int>& ReloadRequests::count() const { return reloads; }

}  // namespace rampart::cli
