#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rampart::sniffer {

// What the ends of a flow speak above TCP or UDP, told by what they say and not by their ports.
enum class AppProto : std::uint8_t {
  unknown,  // too little was said so far
  failed,   // none of those below
  http1,
  http2,
  tls,
  dns,
  smtp,
  ftp,
  ssh,
  smb,
  ftp_data,  // a file on its way, agreed upon on another connection
};
inline constexpr std::size_t kAppProtos = static_cast<std::size_t>(AppProto::ftp_data) + 1;
std::string_view to_string(AppProto proto);  // as EVE spells it: "http", "http2", "tls", "failed"

}  // namespace rampart::sniffer
