#include "net/resolver.h"

#include <fmt/core.h>
#include <uv.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "net/sockaddr.h"

namespace rampart::net {
namespace {

// Shared by the caller and the thread that asks: whichever is done last frees it.
struct Query {
  std::string host;

  std::mutex mutex;  // guards all below
  std::condition_variable finished;
  bool done = false;
  int status = 0;  // a uv error
  std::vector<base::IpAddress> addresses;
};

// libuv's blocking form, for its treatment of international names.
int ask(const std::string& host, std::vector<base::IpAddress>& out) {
  uv_loop_t loop;
  if (const int rc = uv_loop_init(&loop); rc < 0) return rc;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  uv_getaddrinfo_t request{};
  const int rc = uv_getaddrinfo(&loop, &request, nullptr, host.c_str(), nullptr, &hints);
  if (rc == 0) {
    for (const auto* a = request.addrinfo; a != nullptr; a = a->ai_next) {
      const auto address = from_sockaddr(a->ai_addr).address;
      if (std::find(out.begin(), out.end(), address) == out.end()) out.push_back(address);
    }
    uv_freeaddrinfo(request.addrinfo);
  }
  uv_loop_close(&loop);
  return rc;
}

void run(const std::shared_ptr<Query>& query) {
  std::vector<base::IpAddress> addresses;
  const int status = ask(query->host, addresses);
  const std::lock_guard lock(query->mutex);
  query->status = status;
  query->addresses = std::move(addresses);
  query->done = true;
  query->finished.notify_one();
}

}  // namespace

base::Result<std::vector<base::IpAddress>> resolve(const std::string& host, base::Nanos timeout) {
  if (auto literal = base::IpAddress::parse(host)) return std::vector{*literal};
  if (host.empty() || host.find('\0') != std::string::npos)
    return base::fail(base::Errc::not_found, fmt::format("resolve '{}': not a host name", host));
  const auto query = std::make_shared<Query>();
  query->host = host;
  // The system's resolver cannot be cancelled. A thread that is left behind ends with its answer.
  try {
    std::thread(run, query).detach();
  } catch (const std::system_error& error) {
    return base::fail(base::Errc::io, fmt::format("resolve {}: {}", host, error.what()));
  }
  std::unique_lock lock(query->mutex);
  if (!query->finished.wait_for(lock, timeout, [&] { return query->done; }))
    return base::fail(
        base::Errc::timeout,
        fmt::format("resolve {}: no answer in time; check the name servers of this host", host));
  if (query->status == 0) return std::move(query->addresses);
  // The last two: no name of that form can be.
  const bool unknown = query->status == UV_EAI_NONAME || query->status == UV_EAI_NODATA ||
                       query->status == UV_ENAMETOOLONG || query->status == UV_EINVAL;
  return base::fail(unknown ? base::Errc::not_found : base::Errc::io,
                    fmt::format("resolve {}: {}", host, uv_strerror(query->status)));
}

}  // namespace rampart::net
