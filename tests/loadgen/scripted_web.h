#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/ip_address.h"

namespace rampart::testing {

// A web server on 127.0.0.1 that answers as a test scripts: HTTP/1.1, or HTTP/2 where a client
// begins with its preface; a thread for each connection.
class ScriptedWeb {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  struct Request {
    std::string method;
    std::string path;
    Headers headers;  // names in lower case; HTTP/2: without pseudo-header fields
    std::string body;
    unsigned connection = 0;  // 0 for the first one

    // The values of that field, joined by '|'.
    [[nodiscard]] std::string header(std::string_view name) const;
  };
  struct Reply {
    std::uint16_t status = 200;
    Headers headers{};  // names in lower case
    std::string body{};
    bool chunked = false;  // HTTP/1.1
    bool close = false;    // Connection: close, or GOAWAY
    bool vanish = false;   // closes instead of answering
    bool silent = false;   // never answers
  };
  using Script = std::function<Reply(const Request&)>;  // one call at a time, on any thread

  explicit ScriptedWeb(Script script);
  ~ScriptedWeb();
  ScriptedWeb(const ScriptedWeb&) = delete;
  ScriptedWeb& operator=(const ScriptedWeb&) = delete;

  [[nodiscard]] base::Endpoint endpoint() const {
    return {base::IpAddress::v4(127, 0, 0, 1), port_};
  }
  // What has come so far.
  [[nodiscard]] std::vector<Request> requests() const;

 private:
  class Http1;
  class Http2;

  void serve();
  void serve_one(int fd, unsigned number);
  Reply answer(const Request& request);
  // What one read gives; empty at the end.
  std::string read_some(int fd) const;

  Script script_;
  int listen_fd_ = -1;
  int stop_fd_ = -1;  // an eventfd that becomes readable at the end
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::vector<std::thread> connections_;  // of the accepting thread
  std::thread thread_;
};

}  // namespace rampart::testing
