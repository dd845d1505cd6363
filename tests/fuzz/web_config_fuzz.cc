// A web configuration of anybody's: read to the end or refused with a place, and nothing of it ends
// a header of an answer.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "scenarios/web_config.h"

using namespace rampart;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = scenarios::parse_web_config(text, "fuzz/web.yml");
  if (parsed.config.has_value() != parsed.errors.empty()) std::abort();
  if (!parsed.config) return 0;
  if (parsed.config->headers.size() > 5) std::abort();
  for (const auto& [name, value] : parsed.config->headers)
    if ((name + value).find_first_of("\r\n") != std::string::npos) std::abort();
  for (const auto& [user, hash] : parsed.config->users)
    if (hash.size() != 60) std::abort();
  if (parsed.config->tls && parsed.config->tls->cert_file.empty()) std::abort();
  return 0;
}
