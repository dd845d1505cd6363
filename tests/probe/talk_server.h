#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "net/fd_watcher.h"
#include "net/loop.h"
#include "net/tcp_stream.h"
#include "net/tls.h"
#include "probe/descriptor.h"

namespace rampart::probe {

// A service that speaks in lines, on a test's own loop: on 127.0.0.1, or on a Unix socket.
class TalkServer final : private net::TcpServer::Listener, private net::FdWatcher::Listener {
 public:
  struct Answer {
    std::string say;  // as it is, with its line ends
    enum class Then { listen, close, reset, starttls } then = Then::listen;
  };
  // To each line, which comes without its LF.
  using Script = std::function<Answer(const std::string& line)>;
  struct Options {
    std::string greeting = {};
    const net::TlsContext* tls = nullptr;  // outlives the server
    bool tls_at_once = false;              // else by STARTTLS
    bool hang_up = false;                  // after the greeting
    std::string path = {};                 // of a Unix socket; a '@' in front: an abstract one
  };

  TalkServer(net::Loop& loop, Script script, Options options);
  ~TalkServer();
  TalkServer(const TalkServer&) = delete;
  TalkServer& operator=(const TalkServer&) = delete;

  [[nodiscard]] base::Endpoint endpoint() const { return tcp_->endpoint(); }
  [[nodiscard]] std::string target() const { return base::to_string(endpoint()); }

  std::vector<std::string> heard;  // lines of all connections

 private:
  struct Peer;
  void on_accept(std::unique_ptr<net::TcpStream> stream) override;
  void on_ready(int fd, bool readable, bool writable) override;
  void listen_on(const std::string& path);

  net::Loop& loop_;
  const Script script_;
  const Options options_;
  std::unique_ptr<net::TcpServer> tcp_;
  Descriptor unix_;  // closed after its watcher
  std::optional<net::FdWatcher> watcher_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

}  // namespace rampart::probe
