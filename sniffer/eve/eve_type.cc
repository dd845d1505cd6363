#include "sniffer/eve/eve_type.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace rampart::sniffer {
namespace {

// In the order of EveType.
constexpr std::array<std::string_view, 10> kNames = {"alert", "anomaly", "flow", "stats", "http",
                                                     "dns",   "tls",     "ssh",  "smtp",  "ftp"};
static_assert(kNames[static_cast<std::size_t>(EveType::ftp)] == "ftp");

}  // namespace

std::string_view to_string(EveType type) { return kNames[static_cast<std::size_t>(type)]; }

std::optional<EveType> eve_type_of(AppProto proto) {
  switch (proto) {
    case AppProto::http1: return EveType::http;
    case AppProto::tls: return EveType::tls;
    case AppProto::dns: return EveType::dns;
    case AppProto::smtp: return EveType::smtp;
    case AppProto::ftp: return EveType::ftp;
    case AppProto::ssh: return EveType::ssh;
    case AppProto::http2:
    case AppProto::ftp_data:
    case AppProto::smb:
    case AppProto::unknown:
    case AppProto::failed: break;
  }
  return std::nullopt;
}

base::Result<EveTypes> eve_types_of(std::span<const std::string> words) {
  EveTypes out;
  for (const auto& word : words) {
    const auto* const found = std::find(kNames.begin(), kNames.end(), word);
    if (found == kNames.end()) {
      std::string known;
      for (const auto name : kNames) known.append(known.empty() ? "" : ", ").append(name);
      return base::fail(base::Errc::config,
                        fmt::format("'{}' is no type of EVE events; there are: {}", word, known));
    }
    out.add(static_cast<EveType>(found - kNames.begin()));
  }
  return out;
}

}  // namespace rampart::sniffer
