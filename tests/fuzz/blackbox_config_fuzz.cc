// A blackbox.yml of anybody's: read to the end or refused with a place, and what is shown of it is
// such a file again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "scenarios/blackbox_config.h"

using namespace rampart;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = scenarios::parse_blackbox_config(text, "fuzz/blackbox.yml", nullptr);
  if (parsed.config.has_value() != parsed.errors.empty()) std::abort();
  if (!parsed.config) return 0;
  for (const auto& [name, module] : parsed.config->modules) {
    if (module.name != name || module.timeout < base::Nanos(0)) std::abort();
    if (module.icmp.ttl < 0 || module.icmp.ttl > 255 || module.icmp.payload_size > 65507)
      std::abort();
    if (module.prober == model::BlackboxModule::Prober::dns && module.dns.query_name.empty())
      std::abort();
    const auto& http = module.http;
    const int logins =
        (http.basic_auth ? 1 : 0) + (http.authorization ? 1 : 0) + (http.oauth2 ? 1 : 0);
    if (logins > 1 || (!http.body.empty() && !http.body_file.empty())) std::abort();
  }
  return 0;
}
