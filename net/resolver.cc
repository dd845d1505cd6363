#include "net/resolver.h"

#include <fmt/core.h>
#include <uv.h>

#include <algorithm>

#include "net/loop.h"
#include "net/sockaddr.h"
#include "net/timer.h"

namespace rampart::net {
namespace {

// One query on a loop of its own, cancelled by a timer.
class Query final : private Timer::Listener {
 public:
  Query() : timer_(loop_, *this) { request_.data = this; }

  base::Result<std::vector<base::IpAddress>> run(const std::string& host, base::Nanos timeout) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    const int rc = uv_getaddrinfo(loop_.native(), &request_, done, host.c_str(), nullptr, &hints);
    if (rc < 0)
      return base::fail(base::Errc::io, fmt::format("resolve {}: {}", host, uv_strerror(rc)));
    timer_.arm(clock_.mono() + timeout);
    loop_.run();
    if (timed_out_)
      return base::fail(base::Errc::timeout, fmt::format("resolve {}: no answer in time", host));
    if (status_ < 0)
      return base::fail(base::Errc::not_found,
                        fmt::format("resolve {}: {}", host, uv_strerror(status_)));
    return std::move(addresses_);
  }

 private:
  static void done(uv_getaddrinfo_t* request, int status, addrinfo* list) {
    auto* self = static_cast<Query*>(request->data);
    self->loop_.note_event();
    self->status_ = status;
    for (const auto* a = list; a != nullptr; a = a->ai_next) {
      const auto address = from_sockaddr(a->ai_addr).address;
      auto& all = self->addresses_;
      if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(address);
    }
    uv_freeaddrinfo(list);
    self->loop_.stop();
  }
  void on_timer(Timer&) override {
    timed_out_ = true;
    uv_cancel(reinterpret_cast<uv_req_t*>(&request_));  // in vain once a thread works on it
    loop_.stop();
  }

  base::SystemClock clock_;
  Loop loop_;  // destroyed last: it waits for the query
  Timer timer_;
  uv_getaddrinfo_t request_{};
  int status_ = 0;
  bool timed_out_ = false;
  std::vector<base::IpAddress> addresses_;
};

}  // namespace

base::Result<std::vector<base::IpAddress>> resolve(const std::string& host, base::Nanos timeout) {
  if (auto literal = base::IpAddress::parse(host)) return std::vector{*literal};
  return Query().run(host, timeout);
}

}  // namespace rampart::net
