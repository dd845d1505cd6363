#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sniffer/app/app_proto.h"

namespace rampart::sniffer {

// The kinds of EVE lines, by their event_type.
enum class EveType : std::uint8_t { alert, anomaly, flow, stats, http, dns, tls, ssh, smtp, ftp };
std::string_view to_string(EveType type);
// The records of an application; nullopt where there are none.
std::optional<EveType> eve_type_of(AppProto proto);

class EveTypes {
 public:
  EveTypes() = default;
  constexpr EveTypes(std::initializer_list<EveType> types) {
    for (const auto type : types) add(type);
  }
  constexpr void add(EveType type) { bits_ |= 1U << static_cast<unsigned>(type); }
  constexpr void remove(EveType type) { bits_ &= ~(1U << static_cast<unsigned>(type)); }
  [[nodiscard]] constexpr bool has(EveType type) const {
    return (bits_ >> static_cast<unsigned>(type) & 1U) != 0;
  }
  bool operator==(const EveTypes&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

// Where nothing else is asked for.
inline constexpr EveTypes kUsualEveTypes{EveType::alert, EveType::anomaly, EveType::flow,
                                         EveType::stats};

// Errc::config for a word that is no type.
base::Result<EveTypes> eve_types_of(std::span<const std::string> words);

}  // namespace rampart::sniffer
