#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "sniffer/app/byte_reader.h"
#include "sniffer/digest.h"
#include "sniffer/eve/app_object.h"

namespace rampart::sniffer {
namespace {

using Json = nlohmann::ordered_json;

enum Type : std::uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kDname = 39,
  kSshfp = 44,
};

struct Name {
  unsigned value;
  std::string_view text;
};
// IANA, DNS parameters: resource record types.
constexpr std::array kTypes = std::to_array<Name>(
    {{1, "A"},      {2, "NS"},        {3, "MD"},          {4, "MF"},      {5, "CNAME"},
     {6, "SOA"},    {7, "MB"},        {8, "MG"},          {9, "MR"},      {10, "NULL"},
     {11, "WKS"},   {12, "PTR"},      {13, "HINFO"},      {14, "MINFO"},  {15, "MX"},
     {16, "TXT"},   {17, "RP"},       {18, "AFSDB"},      {19, "X25"},    {20, "ISDN"},
     {21, "RT"},    {22, "NSAP"},     {23, "NSAPPTR"},    {24, "SIG"},    {25, "KEY"},
     {26, "PX"},    {27, "GPOS"},     {28, "AAAA"},       {29, "LOC"},    {30, "NXT"},
     {33, "SRV"},   {34, "ATMA"},     {35, "NAPTR"},      {36, "KX"},     {37, "CERT"},
     {38, "A6"},    {39, "DNAME"},    {41, "OPT"},        {42, "APL"},    {43, "DS"},
     {44, "SSHFP"}, {45, "IPSECKEY"}, {46, "RRSIG"},      {47, "NSEC"},   {48, "DNSKEY"},
     {49, "DHCID"}, {50, "NSEC3"},    {51, "NSEC3PARAM"}, {52, "TLSA"},   {55, "HIP"},
     {59, "CDS"},   {60, "CDNSKEY"},  {64, "SVCB"},       {65, "HTTPS"},  {99, "SPF"},
     {249, "TKEY"}, {250, "TSIG"},    {252, "AXFR"},      {254, "MAILA"}, {255, "ANY"},
     {256, "URI"}});
constexpr std::array kCodes = std::to_array<Name>({{0, "NOERROR"},
                                                   {1, "FORMERR"},
                                                   {2, "SERVFAIL"},
                                                   {3, "NXDOMAIN"},
                                                   {4, "NOTIMP"},
                                                   {5, "REFUSED"},
                                                   {6, "YXDOMAIN"},
                                                   {7, "YXRRSET"},
                                                   {8, "NXRRSET"},
                                                   {9, "NOTAUTH"},
                                                   {10, "NOTZONE"}});

template <std::size_t N>
std::string name_of(const std::array<Name, N>& names, unsigned value) {
  const auto found =
      std::find_if(names.begin(), names.end(), [value](const Name& n) { return n.value == value; });
  return found == names.end() ? std::to_string(value) : std::string(found->text);
}

std::string text_of(Bytes bytes) {
  return {bytes.begin(),
          bytes.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), kMostEveText))};
}

// The name at `at` of the message; empty where it is none, so that nothing is said of it.
std::string name_at(Bytes message, std::size_t& at) {
  std::string out;
  if (!append_dns_name(message, at, out, DnsMessage::kMostName)) return {};
  return out;
}

Json soa(Bytes message, std::size_t at) {
  Json out;
  out["mname"] = name_at(message, at);
  out["rname"] = name_at(message, at);
  ByteReader in(message.subspan(std::min(at, message.size())));
  for (const auto* name : {"serial", "refresh", "retry", "expire", "minimum"}) out[name] = in.u32();
  return in.ok() ? out : Json();
}

Json srv(Bytes message, std::size_t at) {
  Json out;
  ByteReader in(message.subspan(at));
  for (const auto* name : {"priority", "weight", "port"}) out[name] = in.u16();
  if (!in.ok()) return {};
  at += 6;
  out["name"] = name_at(message, at);
  return out;
}

Json sshfp(Bytes data) {
  ByteReader in(data);
  Json out;
  out["algo"] = in.u8();
  out["type"] = in.u8();
  if (!in.ok()) return {};
  const auto digits = to_hex(data.subspan(2).first(std::min<std::size_t>(data.size() - 2, 64)));
  std::string text;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    text.append(text.empty() ? "" : ":").append(digits, i, 2);
  out["fingerprint"] = text;
  return out;
}

// Strings behind their lengths, one after the other.
std::string txt(Bytes data) {
  std::string out;
  while (!data.empty() && out.size() < kMostEveText) {
    const auto size = std::min<std::size_t>(data[0], data.size() - 1);
    out += text_of(data.subspan(1, size));
    data = data.subspan(1 + size);
  }
  return out.substr(0, kMostEveText);
}

Json name_or_nothing(Bytes message, std::size_t at) {
  auto name = name_at(message, at);
  return name.empty() ? Json() : Json(std::move(name));
}

// The member under which the data stands beside the record's name; null where it is not read.
const char* data_member(std::uint16_t type) {
  switch (type) {
    case kSoa: return "soa";
    case kSrv: return "srv";
    case kSshfp: return "sshfp";
    default: return "rdata";
  }
}

Json data_of(Bytes message, const DnsRecord& record) {
  if (record.data + std::size_t{record.bytes} > message.size()) return {};
  const auto data = message.subspan(record.data, record.bytes);
  switch (record.type) {
    case kA:
      if (data.size() != 4) return {};
      return base::to_string(base::IpAddress::from_bytes(data.first<4>()));
    case kAaaa:
      if (data.size() != 16) return {};
      return base::to_string(base::IpAddress::from_bytes(data.first<16>()));
    case kNs:
    case kCname:
    case kPtr:
    case kDname: return name_or_nothing(message, record.data);
    case kMx: return data.size() < 3 ? Json() : name_or_nothing(message, record.data + 2U);
    case kTxt: return txt(data);
    case kSoa: return soa(message, record.data);
    case kSrv: return data.size() < 7 ? Json() : srv(message, record.data);
    case kSshfp: return sshfp(data);
    default: return {};
  }
}

Json record_object(const DnsTransaction& dns, const DnsRecord& record, const Json& data) {
  Json out;
  out["rrname"] = dns.message.text(record.name);
  out["rrtype"] = name_of(kTypes, record.type);
  out["ttl"] = record.ttl;
  if (!data.is_null()) out[data_member(record.type)] = data;
  return out;
}

void add_flags(Json& out, const DnsHeader& header) {
  out["flags"] = fmt::format("{:x}", header.flags);
  constexpr std::pair<const char*, std::uint16_t> kFlags[] = {{"qr", 0x8000}, {"aa", 0x0400},
                                                              {"tc", 0x0200}, {"rd", 0x0100},
                                                              {"ra", 0x0080}, {"z", 0x0040}};
  for (const auto& [name, bit] : kFlags)
    if ((header.flags & bit) != 0) out[name] = true;
}

Json answer_object(const DnsTransaction& dns) {
  const auto& header = dns.message.header();
  Json out;
  out["version"] = 2;
  out["type"] = "answer";
  out["id"] = header.id;
  add_flags(out, header);
  out["opcode"] = header.opcode();
  if (!dns.message.questions().empty()) {
    const auto& asked = dns.message.questions().front();
    out["rrname"] = dns.message.text(asked.name);
    out["rrtype"] = name_of(kTypes, asked.type);
  }
  out["rcode"] = name_of(kCodes, header.rcode());
  Json grouped;
  std::size_t entries = 0;
  for (const auto& record : dns.message.records()) {
    if (record.section == DnsSection::additional || ++entries > kMostEveEntries) break;
    const auto data = data_of(dns.bytes, record);
    const bool answer = record.section == DnsSection::answer;
    out[answer ? "answers" : "authorities"].push_back(record_object(dns, record, data));
    if (answer && !data.is_null()) grouped[name_of(kTypes, record.type)].push_back(data);
  }
  if (!grouped.empty()) out["grouped"] = std::move(grouped);
  return out;
}

Json question_object(const DnsTransaction& dns, const DnsQuestion& question) {
  Json out;
  out["type"] = "query";
  out["id"] = dns.message.header().id;
  out["rrname"] = dns.message.text(question.name);
  out["rrtype"] = name_of(kTypes, question.type);
  out["tx_id"] = dns.number;
  out["opcode"] = dns.message.header().opcode();
  return out;
}

std::string member(const Json& object) {
  return "\"dns\":" + object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::vector<std::string> dns_objects(const DnsTransaction& transaction, EveUse use) {
  const auto& message = transaction.message;
  if (message.header().response()) {
    auto answer = answer_object(transaction);
    return {member(use == EveUse::record ? answer : Json{{"answer", std::move(answer)}})};
  }
  std::vector<std::string> out;
  Json all = Json::array();
  for (const auto& question : message.questions()) {
    if (all.size() + out.size() == kMostEveEntries) break;
    auto object = question_object(transaction, question);
    if (use == EveUse::record)
      out.push_back(member(object));
    else
      all.push_back(std::move(object));
  }
  if (!all.empty()) out.push_back(member({{"query", std::move(all)}}));
  return out;
}

}  // namespace rampart::sniffer
