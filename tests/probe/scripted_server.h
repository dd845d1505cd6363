#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "net/fd_watcher.h"
#include "probe/descriptor.h"

namespace rampart::net {
class Loop;
}

namespace rampart::probe {

// A server on 127.0.0.1 that answers each request, with the body that it announces, with whatever
// bytes the test wants, well-formed or not.
class ScriptedServer final : private net::FdWatcher::Listener {
 public:
  enum class Then { hold, close, reset, repeat };
  struct Answer {
    std::string say;
    Then then = Then::close;
    std::string repeat;  // sent for ever
  };
  using Script = std::function<Answer(const std::string& request)>;

  ScriptedServer(net::Loop& loop, Script script);
  ScriptedServer(net::Loop& loop, Answer answer)
      : ScriptedServer(loop, [answer](const std::string&) { return answer; }) {}
  ~ScriptedServer();

  [[nodiscard]] base::Endpoint endpoint() const { return endpoint_; }
  // In order of arrival.
  [[nodiscard]] const std::vector<std::string>& requests() const { return requests_; }
  [[nodiscard]] const std::vector<std::uint16_t>& peer_ports() const { return peer_ports_; }

 private:
  struct Client {
    Descriptor fd;
    std::unique_ptr<net::FdWatcher> watcher;
    std::string request;
    Answer answer;
    bool answered = false;
  };

  void on_ready(int fd, bool readable, bool writable) override;
  void accept_one();
  void take(Client& client);
  void answer(Client& client);
  void flood(Client& client);

  net::Loop& loop_;
  Script script_;
  base::Endpoint endpoint_;
  Descriptor listener_;
  std::unique_ptr<net::FdWatcher> watcher_;
  std::map<int, Client> clients_;
  std::vector<std::string> requests_;
  std::vector<std::uint16_t> peer_ports_;
};

}  // namespace rampart::probe
