// What the kernel alone asks of a client for a connection per request: sockets and epoll, and
// nothing else. One thread, closed loop, no judgement, no figures but the count; an error ends it.
//
//   bench_connect_floor PORT PATH CONNECTIONS SECONDS
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>

namespace {

constexpr std::uint64_t kSent = std::uint64_t{1} << 32;  // beside the descriptor

void need(bool ok, const char* what) {
  if (ok) return;
  std::perror(what);
  std::exit(1);
}

class Client {
 public:
  Client(std::uint16_t port, const std::string& path)
      : request_("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n") {
    to_.sin_family = AF_INET;
    to_.sin_port = htons(port);
    to_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }

  void connect() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    need(fd >= 0, "socket");
    const int rc = ::connect(fd, reinterpret_cast<const sockaddr*>(&to_), sizeof to_);
    need(rc == 0 || errno == EINPROGRESS, "connect");
    watch(EPOLL_CTL_ADD, fd, EPOLLOUT, 0);
    ++open_;
  }

  [[nodiscard]] int open() const { return open_; }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }

  // Handles what has happened; each answered connection is closed and, while `again`, replaced.
  void turn(bool again) {
    std::array<epoll_event, 128> events;
    const int count = epoll_wait(epoll_, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const auto data = events[static_cast<std::size_t>(i)].data.u64;
      const int fd = static_cast<int>(data & (kSent - 1));
      if ((data & kSent) == 0) {
        need(write(fd, request_.data(), request_.size()) == std::ssize(request_), "write");
        watch(EPOLL_CTL_MOD, fd, EPOLLIN, kSent);
        continue;
      }
      need(read(fd, answer_.data(), answer_.size()) > 0, "read");
      close(fd);
      --open_;
      ++answered_;
      if (again) connect();
    }
  }

 private:
  void watch(int operation, int fd, std::uint32_t events, std::uint64_t mark) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = static_cast<std::uint64_t>(fd) | mark;
    need(epoll_ctl(epoll_, operation, fd, &event) == 0, "epoll_ctl");
  }

  const std::string request_;
  sockaddr_in to_{};
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int open_ = 0;
  std::uint64_t answered_ = 0;
  std::array<char, 65536> answer_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: bench_connect_floor PORT PATH CONNECTIONS SECONDS\n", stderr);
    return 2;
  }
  using Clock = std::chrono::steady_clock;
  static Client client(static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2]);
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::seconds(std::atoi(argv[4]));
  for (int i = 0; i < std::atoi(argv[3]); ++i) client.connect();
  while (client.open() > 0) client.turn(Clock::now() < end);
  const std::chrono::duration<double> took = Clock::now() - begin;
  std::printf("%llu answered, %.1f per second\n",
              static_cast<unsigned long long>(client.answered()),
              static_cast<double>(client.answered()) / took.count());
}
