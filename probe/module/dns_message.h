#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "probe/module/dns_record.h"

namespace rampart::probe {

struct DnsQuestion {
  std::string name;  // as a record's text has it
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
};

constexpr std::size_t kDnsHeader = 12;
constexpr std::size_t kDnsLongestMessage = 65535;

// A query without EDNS in wire form. Errc::config where `name` is none: an empty label, one above
// 63 bytes, more than 255 bytes.
base::Result<std::string> make_dns_query(std::uint16_t id, const std::string& name,
                                         std::uint16_t type, std::uint16_t klass,
                                         bool recursion_desired);

struct DnsReply {
  enum Section : std::uint8_t { answer, authority, additional };
  std::uint16_t id = 0;
  bool is_reply = false;
  bool truncated = false;
  std::uint16_t rcode = 0;             // with the upper bits of EDNS, where the reply has it
  std::vector<DnsQuestion> questions;  // none is common where a server refuses
  std::array<std::vector<DnsRecord>, 3> sections;
  std::optional<std::uint32_t> serial;  // of the last SOA record among the answers
};

// Any bytes give a reply or an error (Errc::protocol) in memory that grows with their number, at
// most kDnsLongestMessage. A section that announces more records than the message has ends with the
// last whole one, as blackbox_exporter takes it; what follows the last section is left alone.
base::Result<DnsReply> read_dns_reply(std::string_view bytes);

}  // namespace rampart::probe
