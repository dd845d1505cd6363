#include "probe/module/dns_message.h"

#include <fmt/core.h>
#include <ldns/ldns.h>

#include <cstdlib>
#include <memory>
#include <utility>

#include "base/deleter.h"

namespace rampart::probe {
namespace {

using FieldPtr = std::unique_ptr<ldns_rdf, base::Deleter<ldns_rdf_deep_free>>;
using PacketPtr = std::unique_ptr<ldns_pkt, base::Deleter<ldns_pkt_free>>;
using BytesPtr = std::unique_ptr<std::uint8_t, base::Deleter<std::free>>;

tl::unexpected<base::Error> broken(std::string_view why) {
  return base::fail(base::Errc::protocol, fmt::format("the reply is no DNS message: {}", why));
}

base::Result<DnsQuestion> read_question(std::span<const std::uint8_t> message, std::size_t& at) {
  ldns_rdf* name = nullptr;
  const auto status = ldns_wire2dname(&name, message.data(), message.size(), &at);
  const FieldPtr owner(name);
  if (status != LDNS_STATUS_OK) return broken(ldns_get_errorstr_by_id(status));
  if (message.size() < at || message.size() - at < 4) return broken("its question is cut short");
  DnsQuestion out{dns_name_text({ldns_rdf_data(owner.get()), ldns_rdf_size(owner.get())}),
                  ldns_read_uint16(message.data() + at), ldns_read_uint16(message.data() + at + 2)};
  at += 4;
  return out;
}

}  // namespace

base::Result<std::string> make_dns_query(std::uint16_t id, const std::string& name,
                                         std::uint16_t type, std::uint16_t klass,
                                         bool recursion_desired) {
  ldns_rdf* dname = nullptr;
  if (const auto status = ldns_str2rdf_dname(&dname, name.c_str()); status != LDNS_STATUS_OK)
    return base::fail(base::Errc::config,
                      fmt::format("query_name '{}': {}", name, ldns_get_errorstr_by_id(status)));
  const std::uint16_t flags = recursion_desired ? LDNS_RD : 0;
  const PacketPtr packet(ldns_pkt_query_new(dname, static_cast<ldns_rr_type>(type),
                                            static_cast<ldns_rr_class>(klass), flags));
  if (!packet) {
    ldns_rdf_deep_free(dname);
    return base::fail(base::Errc::config, fmt::format("query_name '{}': not a name", name));
  }
  ldns_pkt_set_id(packet.get(), id);
  std::uint8_t* wire = nullptr;
  std::size_t size = 0;
  const auto status = ldns_pkt2wire(&wire, packet.get(), &size);
  const BytesPtr bytes(wire);
  if (status != LDNS_STATUS_OK)
    return base::fail(base::Errc::config,
                      fmt::format("query for '{}': {}", name, ldns_get_errorstr_by_id(status)));
  return std::string(reinterpret_cast<const char*>(wire), size);
}

base::Result<DnsReply> read_dns_reply(std::string_view bytes) {
  if (bytes.size() < kDnsHeader) return broken("it is shorter than a header");
  if (bytes.size() > kDnsLongestMessage) return broken("it is too long");
  const std::span message(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const auto* header = message.data();
  DnsReply out;
  out.id = LDNS_ID_WIRE(header);
  out.is_reply = LDNS_QR_WIRE(header) != 0;
  out.truncated = LDNS_TC_WIRE(header) != 0;
  out.rcode = LDNS_RCODE_WIRE(header);
  std::size_t at = kDnsHeader;
  for (unsigned i = 0; i < LDNS_QDCOUNT(header) && at < message.size(); ++i) {
    RAMPART_TRY(auto question, read_question(message, at));
    out.questions.push_back(std::move(question));
  }
  const std::array<unsigned, 3> counts{LDNS_ANCOUNT(header), LDNS_NSCOUNT(header),
                                       LDNS_ARCOUNT(header)};
  for (std::size_t section = 0; section < counts.size(); ++section) {
    for (unsigned i = 0; i < counts[section] && at < message.size(); ++i) {
      auto record = DnsRecord::read(message, at);
      if (!record) return broken(record.error().text);
      if (section == DnsReply::answer && record->type() == LDNS_RR_TYPE_SOA)
        out.serial = record->serial();
      if (section == DnsReply::additional && record->type() == LDNS_RR_TYPE_OPT)
        out.rcode = static_cast<std::uint16_t>(out.rcode | (record->ttl() >> 24U) << 4U);
      out.sections[section].push_back(*std::move(record));
    }
  }
  return out;
}

}  // namespace rampart::probe
