#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "probe/module/dns_checks.h"
#include "probe/module/dns_message.h"

// Any bytes: a reply of no more records than they have room for, each of which is one line of text,
// or an error that says why.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::probe;
  constexpr std::size_t kSmallestRecord = 11;
  constexpr std::uint16_t kNull = 10;  // its data are shown as they are
  constexpr std::uint16_t kOpt = 41;   // several lines
  const auto reply = read_dns_reply({reinterpret_cast<const char*>(data), size});
  if (!reply) {
    RAMPART_ASSERT(!reply.error().text.empty());
    return 0;
  }
  std::size_t records = 0;
  for (const auto& section : reply->sections) {
    for (const auto& record : section) {
      const auto text = record.text();
      RAMPART_ASSERT(!text.empty());
      if (record.type() != kNull && record.type() != kOpt)
        RAMPART_ASSERT(text.find('\n') == std::string::npos);
    }
    records += section.size();
  }
  RAMPART_ASSERT(records * kSmallestRecord <= size);

  rampart::model::DnsModule module;
  module.valid_rcodes = {"NOERROR", "NXDOMAIN", "SERVFAIL"};
  module.answer.fail_if_matches = {"\\tA\\t10\\."};
  module.authority.fail_if_all_match = {"SOA"};
  module.additional.fail_if_not_matches = {"^ns"};
  std::vector<std::string> log;
  const auto complaint = check_dns_reply(*reply, module, log);
  if (complaint) RAMPART_ASSERT(!complaint->detail.empty());
  return 0;
}
