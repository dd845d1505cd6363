// What the kernel, and over TLS OpenSSL, ask of a client for one request on a new connection:
// blocking sockets, one context for all handshakes, and nothing else. No judgement of the answer;
// an error ends it. Prints the CPU time of each in microseconds.
//
//   bench_probe_floor PORT PATH COUNT RATE [CA_FILE]
//
// At an even rate, as a busier processor has warmer caches. With a CA_FILE over TLS, each time with
// a full handshake and the certificate checked.
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>

namespace {

constexpr int kWarmUp = 200;
using Clock = std::chrono::steady_clock;

void need(bool ok, const char* what) {
  if (ok) return;
  std::perror(what);
  ERR_print_errors_fp(stderr);
  std::exit(1);
}

SSL_CTX* make_context(const char* ca_file) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  need(context != nullptr, "SSL_CTX_new");
  need(SSL_CTX_load_verify_locations(context, ca_file, nullptr) == 1, ca_file);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return context;
}

class Client {
 public:
  Client(std::uint16_t port, const std::string& path, SSL_CTX* context)
      : request_("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
        context_(context) {
    to_.sin_family = AF_INET;
    to_.sin_port = htons(port);
    to_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }

  void ask() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(fd >= 0, "socket");
    need(connect(fd, reinterpret_cast<const sockaddr*>(&to_), sizeof to_) == 0, "connect");
    if (context_ != nullptr)
      ask_tls(fd);
    else
      ask_clear(fd);
    close(fd);
  }

 private:
  void ask_clear(int fd) {
    const auto size = static_cast<ssize_t>(request_.size());
    need(write(fd, request_.data(), request_.size()) == size, "write");
    need(read(fd, answer_.data(), answer_.size()) > 0, "read");
  }
  void ask_tls(int fd) {
    const auto size = static_cast<int>(request_.size());
    SSL* ssl = SSL_new(context_);
    need(ssl != nullptr && SSL_set_fd(ssl, fd) == 1, "SSL_new");
    need(SSL_set1_host(ssl, "127.0.0.1") == 1 && SSL_connect(ssl) == 1, "SSL_connect");
    need(SSL_write(ssl, request_.data(), size) == size, "SSL_write");
    need(SSL_read(ssl, answer_.data(), static_cast<int>(answer_.size())) > 0, "SSL_read");
    SSL_shutdown(ssl);
    SSL_free(ssl);
  }

  const std::string request_;
  SSL_CTX* const context_;
  sockaddr_in to_{};
  std::array<char, 16384> answer_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 6) {
    std::fputs("usage: bench_probe_floor PORT PATH COUNT RATE [CA_FILE]\n", stderr);
    return 2;
  }
  const int count = std::atoi(argv[3]);
  const long rate = std::atol(argv[4]);
  if (count < 1 || rate < 1) return 2;
  Client client(static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2],
                argc == 6 ? make_context(argv[5]) : nullptr);
  const std::chrono::nanoseconds apart(std::chrono::seconds(1) / rate);
  auto next = Clock::now();
  std::clock_t before = 0;
  for (int i = 0; i < kWarmUp + count; ++i) {
    if (i == kWarmUp) before = std::clock();
    next += apart;
    std::this_thread::sleep_until(next);
    client.ask();
  }
  const auto used = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  std::printf("%.1f\n", 1e6 * used / count);
}
