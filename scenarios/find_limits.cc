#include "scenarios/find_limits.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

using base::Errc;
using base::fail;

std::string_view trimmed(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

}  // namespace

base::Status add_limit(std::string_view text, model::Objectives& limits) {
  const auto less = text.find('<');
  const auto name = trimmed(text.substr(0, less));
  const auto percentile = percentile_of(name);
  if (less == std::string_view::npos || (!percentile && name != "errors"))
    return fail(Errc::config,
                fmt::format("'{}': a limit is 'p99 < 250ms', or 'errors < 1%'", text));
  const auto limit = text.substr(less);
  if (!percentile) {
    RAMPART_TRY(limits.errors, parse_below_share(limit));
    return {};
  }
  RAMPART_TRY(const auto below, parse_below_duration(limit));
  limits.latency.push_back({*percentile, below});
  std::stable_sort(limits.latency.begin(), limits.latency.end(),
                   [](const auto& a, const auto& b) { return a.percentile < b.percentile; });
  return {};
}

base::Status check_searchable(const model::LoadSpec& load) {
  if (load.protocol == model::Protocol::icmp)
    return fail(Errc::config,
                "an icmp load cannot be searched: its sockets need a privilege that a run gives up "
                "at its start");
  if (load.protocol == model::Protocol::tcp && load.socket.mode == model::SocketUse::Mode::hold)
    return fail(Errc::config,
                "mode hold keeps its connections, so there is no rate to search: use mode connect");
  return {};
}

base::Status check_find(const model::FindSpec& find) {
  if (find.most < find.from)
    return fail(Errc::config, fmt::format("most: {:g}/s lies below the first rate, {:g}/s",
                                          find.most.per_second, find.from.per_second));
  if (find.step % std::chrono::seconds(1) != base::Nanos(0))
    return fail(Errc::config, "step: whole seconds, such as 5s");
  return {};
}

}  // namespace rampart::scenarios
