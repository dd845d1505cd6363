#include "net/resolver.h"

#include <fmt/core.h>
#include <netdb.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/deleter.h"
#include "net/sockaddr.h"

namespace rampart::net {
namespace {

using AddressListPtr = std::unique_ptr<addrinfo, base::Deleter<freeaddrinfo>>;

// Shared by the caller and the thread that asks: whichever is done last frees it.
struct Query {
  std::string host;  // constant

  std::mutex mutex;  // guards all below
  std::condition_variable finished;
  bool done = false;
  int status = 0;  // an EAI_ number
  std::vector<base::IpAddress> addresses;
};

void ask(const std::shared_ptr<Query>& query) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status = getaddrinfo(query->host.c_str(), nullptr, &hints, &found);
  const AddressListPtr list(status == 0 ? found : nullptr);

  std::vector<base::IpAddress> addresses;
  for (const auto* a = list.get(); a != nullptr; a = a->ai_next) {
    const auto address = from_sockaddr(a->ai_addr).address;
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
      addresses.push_back(address);
  }
  const std::lock_guard lock(query->mutex);
  query->status = status;
  query->addresses = std::move(addresses);
  query->done = true;
  query->finished.notify_one();
}

base::Status check_name(const std::string& host) {
  const auto odd = [](char c) { return c <= ' ' || c > '~'; };
  if (!host.empty() && std::none_of(host.begin(), host.end(), odd)) return {};
  return base::fail(
      base::Errc::not_found,
      fmt::format("resolve '{}': not a host name; international names need their xn-- form", host));
}

}  // namespace

base::Result<std::vector<base::IpAddress>> resolve(const std::string& host, base::Nanos timeout) {
  if (auto literal = base::IpAddress::parse(host)) return std::vector{*literal};
  RAMPART_CHECK(check_name(host));
  const auto query = std::make_shared<Query>();
  query->host = host;
  // The system's resolver cannot be cancelled. A thread that is left behind ends with its answer.
  try {
    std::thread(ask, query).detach();
  } catch (const std::system_error& error) {
    return base::fail(base::Errc::io, fmt::format("resolve {}: {}", host, error.what()));
  }
  std::unique_lock lock(query->mutex);
  if (!query->finished.wait_for(lock, timeout, [&] { return query->done; }))
    return base::fail(
        base::Errc::timeout,
        fmt::format("resolve {}: no answer in time; check the name servers of this host", host));
  if (query->status == 0) return std::move(query->addresses);
  const bool unknown = query->status == EAI_NONAME || query->status == EAI_NODATA;
  return base::fail(unknown ? base::Errc::not_found : base::Errc::io,
                    fmt::format("resolve {}: {}", host, gai_strerror(query->status)));
}

}  // namespace rampart::net
