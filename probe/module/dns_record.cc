#include "probe/module/dns_record.h"

#include <fmt/core.h>
#include <ldns/ldns.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <utility>

#include "base/deleter.h"
#include "base/ip_address.h"
#include "probe/module/dns_names.h"

namespace rampart::probe {
namespace {

using TextPtr = std::unique_ptr<char, base::Deleter<std::free>>;
using FieldPtr = std::unique_ptr<ldns_rdf, base::Deleter<ldns_rdf_deep_free>>;

// Type, class, time to live, length of the data.
constexpr std::size_t kFixed = 10;

constexpr std::uint16_t kUid = 101;
constexpr std::uint16_t kGid = 102;

tl::unexpected<base::Error> broken(std::string_view why) {
  return base::fail(base::Errc::protocol, fmt::format("a record {}", why));
}

unsigned u16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<unsigned>(bytes[at]) << 8U | bytes[at + 1];
}

// Types without a place in ldns 1.8 whose data look like those of another one.
ldns_rr_type shape_of(std::uint16_t type) {
  switch (type) {
    case 56:                            // NINFO
    case 100:                           // UINFO
    case 258: return LDNS_RR_TYPE_TXT;  // AVC
    case 57: return LDNS_RR_TYPE_KEY;   // RKEY
    case LDNS_RR_TYPE_TA: return LDNS_RR_TYPE_DLV;
    default: return static_cast<ldns_rr_type>(type);
  }
}

// Those that blackbox_exporter's library does not know: RFC 3597 has a form for them.
bool is_foreign(std::uint16_t type) {
  switch (type) {
    case LDNS_RR_TYPE_WKS:
    case LDNS_RR_TYPE_ISDN:
    case LDNS_RR_TYPE_NSAP:
    case LDNS_RR_TYPE_NXT:
    case LDNS_RR_TYPE_ATMA:
    case LDNS_RR_TYPE_A6:
    case LDNS_RR_TYPE_SINK:
    case LDNS_RR_TYPE_IPSECKEY: return true;
    case kUid:
    case kGid: return false;
    default: {
      const auto* known = ldns_rr_descript(static_cast<std::uint16_t>(shape_of(type)));
      return known == nullptr || known->_type != shape_of(type);
    }
  }
}

bool writes_upper_hex(std::uint16_t type) {
  return type == LDNS_RR_TYPE_DS || type == LDNS_RR_TYPE_CDS || type == LDNS_RR_TYPE_DLV ||
         type == LDNS_RR_TYPE_TA || type == LDNS_RR_TYPE_SSHFP || type == LDNS_RR_TYPE_EID ||
         type == LDNS_RR_TYPE_NIMLOC;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string escaped(std::span<const std::uint8_t> bytes, std::string_view special) {
  std::string out;
  for (const auto byte : bytes) {
    const auto c = static_cast<char>(byte);
    if (byte < ' ' || byte > '~') {
      out += fmt::format("\\{:03}", byte);
    } else {
      if (special.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string quoted(std::span<const std::uint8_t> bytes) {
  return '"' + escaped(bytes, "\"\\") + '"';
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

// As Go writes them: the IPv4 part alone where there is one, and never as part of an IPv6 address.
std::string ipv6_text(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != 16) return {};
  const auto zero = [&](std::size_t size) {
    return std::all_of(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size),
                       [](std::uint8_t byte) { return byte == 0; });
  };
  if (zero(10) && u16(bytes, 10) == 0xFFFF)
    return fmt::format("{}.{}.{}.{}", bytes[12], bytes[13], bytes[14], bytes[15]);
  if (zero(12) && u16(bytes, 12) != 0)
    return fmt::format("::{:x}:{:x}", u16(bytes, 12), u16(bytes, 14));
  return base::to_string(base::IpAddress::from_bytes(bytes.first<16>()));
}

// ldns: key=value, quoted only where it must be, or the key alone.
std::string service_parameters(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t end = 0;
    for (bool inside = false; end < text.size() && (inside || text[end] != ' '); ++end) {
      if (text[end] == '\\' && end + 1 < text.size())
        ++end;
      else if (text[end] == '"')
        inside = !inside;
    }
    const auto one = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    if (one.empty()) continue;
    const auto equals = one.find('=');
    auto value = equals == std::string_view::npos ? std::string_view() : one.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    if (!out.empty()) out += ' ';
    out += fmt::format("{}=\"{}\"", one.substr(0, equals), value);
  }
  return out;
}

std::string algorithm_name(unsigned number) {
  const auto* row = ldns_lookup_by_id(ldns_algorithms, static_cast<int>(number));
  return row != nullptr && row->name != nullptr ? row->name : std::to_string(number);
}

std::span<const std::uint8_t> bytes_of(const ldns_rdf& field) {
  return {ldns_rdf_data(&field), ldns_rdf_size(&field)};
}

std::string ldns_text(const ldns_rdf& field) {
  const TextPtr text(ldns_rdf2str(&field));
  std::string out = text ? text.get() : "";
  while (!out.empty() && (out.back() == ' ' || out.back() == '\n')) out.pop_back();
  return out;
}

}  // namespace

void DnsRecord::Free::operator()(ldns_struct_rr* record) const noexcept { ldns_rr_free(record); }

std::string dns_name_text(std::span<const std::uint8_t> wire) {
  std::string out;
  while (!wire.empty() && wire[0] != 0 && wire[0] < wire.size()) {
    out += escaped(wire.subspan(1, wire[0]), ". '@;()\"\\") + '.';
    wire = wire.subspan(1U + wire[0]);
  }
  return out.empty() ? "." : out;
}

base::Result<DnsRecord> DnsRecord::read(std::span<const std::uint8_t> message, std::size_t& at) {
  ldns_rdf* name = nullptr;
  auto status = ldns_wire2dname(&name, message.data(), message.size(), &at);
  FieldPtr owner(name);
  if (status != LDNS_STATUS_OK) return broken(ldns_get_errorstr_by_id(status));
  if (message.size() < at || message.size() - at < kFixed) return broken("is cut short");
  DnsRecord out;
  out.type_ = static_cast<std::uint16_t>(u16(message, at));
  out.klass_ = static_cast<std::uint16_t>(u16(message, at + 2));
  const auto ttl = u16(message, at + 4) << 16U | u16(message, at + 6);
  const std::size_t length = u16(message, at + 8);
  std::size_t data = at + kFixed - 2;  // ldns reads the length itself
  at += kFixed;
  if (message.size() - at < length) return broken("is cut short");
  out.raw_.assign(reinterpret_cast<const char*>(message.data()) + at, length);
  at += length;

  out.record_.reset(ldns_rr_new());
  auto* record = out.record_.get();
  ldns_rr_set_owner(record, owner.release());
  ldns_rr_set_type(record, shape_of(out.type_));
  ldns_rr_set_class(record, static_cast<ldns_rr_class>(out.klass_));
  ldns_rr_set_ttl(record, ttl);
  if (length == 0) return out;  // as in updates; no field to be read
  // Only up to its end, although names in it may point back.
  status = ldns_wire2rdf(record, message.data(), at, &data);
  if (status != LDNS_STATUS_OK)
    return broken(
        fmt::format("of type {}: {}", dns_type_name(out.type_), ldns_get_errorstr_by_id(status)));
  return out;
}

std::uint32_t DnsRecord::ttl() const { return ldns_rr_ttl(record_.get()); }

std::uint32_t DnsRecord::serial() const {
  const auto* field = ldns_rr_rdf(record_.get(), 2);
  return field != nullptr && ldns_rdf_size(field) == 4 ? ldns_rdf2native_int32(field) : 0;
}

std::string DnsRecord::text() const {
  if (type_ == LDNS_RR_TYPE_OPT) return edns_text();
  const auto owner = dns_name_text(bytes_of(*ldns_rr_owner(record_.get())));
  if (is_foreign(type_))
    return fmt::format("{}\t{}\tCLASS{}\tTYPE{}\t\\# {} {}", owner, ttl(), klass_, type_,
                       raw_.size(), hex(raw_));
  const auto text =
      fmt::format("{}\t{}\t{}\t{}\t", owner, ttl(), dns_class_name(klass_), dns_type_name(type_));
  if (type_ == LDNS_RR_TYPE_NULL) return ';' + text + raw_;
  return text + data_text();
}

std::string DnsRecord::data_text() const {
  if ((type_ == kUid || type_ == kGid) && raw_.size() == 4) {
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(raw_.data()), raw_.size());
    return std::to_string(u16(bytes, 0) << 16U | u16(bytes, 2));
  }
  std::string out;
  const auto* record = record_.get();
  for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) {
    const auto* field = ldns_rr_rdf(record, i);
    if (field == nullptr) continue;
    auto text = field_text(*field);
    if (text.empty()) continue;
    if (!out.empty()) out += ' ';
    out += text;
  }
  return out;
}

std::string DnsRecord::field_text(const ldns_struct_rdf& field) const {
  const auto bytes = bytes_of(field);
  switch (ldns_rdf_get_type(&field)) {
    case LDNS_RDF_TYPE_DNAME: return dns_name_text(bytes);
    case LDNS_RDF_TYPE_AAAA: return ipv6_text(bytes);
    case LDNS_RDF_TYPE_STR: {
      const auto words = bytes.subspan(bytes.empty() ? 0 : 1);  // behind their length
      const bool bare = type_ == LDNS_RR_TYPE_X25 || type_ == LDNS_RR_TYPE_GPOS;
      return bare ? escaped(words, "\"\\") : quoted(words);
    }
    case LDNS_RDF_TYPE_LONG_STR: return quoted(bytes);
    case LDNS_RDF_TYPE_HEX:
      return writes_upper_hex(type_) ? upper(ldns_text(field)) : ldns_text(field);
    case LDNS_RDF_TYPE_NSEC3_SALT:
    case LDNS_RDF_TYPE_NSEC3_NEXT_OWNER: return upper(ldns_text(field));
    case LDNS_RDF_TYPE_ILNP64:
      return type_ == LDNS_RR_TYPE_L64 ? upper(ldns_text(field)) : ldns_text(field);
    case LDNS_RDF_TYPE_ALG:
      return type_ == LDNS_RR_TYPE_CERT && bytes.size() == 1 ? algorithm_name(bytes[0])
                                                             : ldns_text(field);
    case LDNS_RDF_TYPE_SVCPARAMS: return service_parameters(ldns_text(field));
    default: return ldns_text(field);
  }
}

// RFC 6891, section 6.1.3. Options are left out: who asks without EDNS gets none.
std::string DnsRecord::edns_text() const {
  const bool dnssec = (ttl() & 0x8000U) != 0;
  return fmt::format("\n;; OPT PSEUDOSECTION:\n; EDNS: version {}; flags: {}; udp: {}",
                     ttl() >> 16U & 0xFFU, dnssec ? "do" : "", klass_);
}

}  // namespace rampart::probe
