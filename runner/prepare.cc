#include "runner/prepare.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "net/resolver.h"
#include "probe/http_probe.h"
#include "probe/tls_check.h"

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kResolveTimeout = 5s;

bool belongs(const base::IpAddress& address, model::Family family) {
  return family == model::Family::any || address.v6 == (family == model::Family::ipv6);
}

base::Result<std::vector<base::Endpoint>> endpoints_of(
    const model::Url& url, model::Family family, const scenarios::Authorisation& authorisation,
    model::Permitted& permitted) {
  auto resolved = net::resolve(url.host, kResolveTimeout);
  // Whether there is no such name or nobody tells, it is nothing that the plan has wrong.
  if (!resolved) return base::fail(base::Errc::io, resolved.error().text);
  auto addresses = *std::move(resolved);
  std::erase_if(addresses, [&](const auto& address) { return !belongs(address, family); });
  if (addresses.empty())
    return base::fail(base::IpAddress::parse(url.host) ? base::Errc::config : base::Errc::io,
                      fmt::format("{} has no {} address", url.host,
                                  family == model::Family::ipv6 ? "IPv6" : "IPv4"));
  std::vector<base::Endpoint> out;
  for (const auto& address : addresses) {
    RAMPART_CHECK(authorisation.check_address(url, address));
    if (!permitted.permits(address))
      permitted.networks.push_back({address, address.v6 ? 128U : 32U});
    out.push_back({address, url.port});
  }
  // Servers of one's own mostly listen on IPv4; a refused address is followed by the next.
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return !a.address.v6 && b.address.v6; });
  return out;
}

}  // namespace

base::Status prepare(model::Plan& plan, const scenarios::Authorisation& authorisation) {
  RAMPART_CHECK(probe::check_patterns(plan));
  RAMPART_CHECK(probe::check_tls(plan));
  RAMPART_CHECK(authorisation.check(plan));
  plan.permitted = authorisation.permitted();
  for (auto& target : plan.targets) {
    RAMPART_TRY(target.endpoints,
                endpoints_of(target.url, target.family, authorisation, plan.permitted));
  }
  for (auto& scrape : plan.scrapes) {
    RAMPART_TRY(scrape.endpoints,
                endpoints_of(scrape.url, model::Family::any, authorisation, plan.permitted));
  }
  return {};
}

}  // namespace rampart::runner
