#include "sniffer/rules/header_parser.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <vector>

#include "base/spelling.h"

namespace rampart::sniffer {
namespace {

constexpr unsigned kDeepestList = 16;

template <class T>
struct Name {
  std::string_view name;
  T value;
};

constexpr Name<Action> kActions[] = {{"alert", Action::alert},      {"pass", Action::pass},
                                     {"drop", Action::drop},        {"reject", Action::reject},
                                     {"rejectsrc", Action::reject}, {"rejectdst", Action::reject},
                                     {"rejectboth", Action::reject}};
constexpr Name<RuleProto> kProtos[] = {{"ip", RuleProto::ip},
                                       {"ipv4", RuleProto::ipv4},
                                       {"ip4", RuleProto::ipv4},
                                       {"ipv6", RuleProto::ipv6},
                                       {"ip6", RuleProto::ipv6},
                                       {"tcp", RuleProto::tcp},
                                       {"tcp-pkt", RuleProto::tcp_packet},
                                       {"tcp-stream", RuleProto::tcp_stream},
                                       {"udp", RuleProto::udp},
                                       {"icmp", RuleProto::icmp},
                                       {"icmpv4", RuleProto::icmp4},
                                       {"icmpv6", RuleProto::icmp6},
                                       {"sctp", RuleProto::sctp},
                                       {"pkthdr", RuleProto::any_frame}};

// Protocols of applications. DNS goes over UDP and TCP, the others over TCP.
constexpr Name<AppProto> kApps[] = {
    {"http", AppProto::http1}, {"http1", AppProto::http1},      {"http2", AppProto::http2},
    {"tls", AppProto::tls},    {"ssl", AppProto::tls},          {"dns", AppProto::dns},
    {"smtp", AppProto::smtp},  {"ftp", AppProto::ftp},          {"ssh", AppProto::ssh},
    {"smb", AppProto::smb},    {"ftp-data", AppProto::ftp_data}};

// What Suricata's rules may name besides.
constexpr std::string_view kOtherProtos[] = {
    "bittorrent-dht", "dcerpc", "dhcp",   "dnp3", "doh2", "enip",   "ike",   "imap",
    "krb5",           "ldap",   "modbus", "mqtt", "nfs",  "ntp",    "pgsql", "pop3",
    "quic",           "rdp",    "rfb",    "sip",  "snmp", "telnet", "tftp",  "websocket"};

// Names that every rule set takes for granted; any where they are not set.
constexpr std::string_view kAddressNames[] = {
    "HOME_NET",    "EXTERNAL_NET",   "HTTP_SERVERS",  "SMTP_SERVERS", "SQL_SERVERS",
    "DNS_SERVERS", "TELNET_SERVERS", "AIM_SERVERS",   "DC_SERVERS",   "DNP3_SERVER",
    "DNP3_CLIENT", "MODBUS_CLIENT",  "MODBUS_SERVER", "ENIP_CLIENT",  "ENIP_SERVER",
    "SIP_SERVERS", "SSH_SERVERS",    "FTP_SERVERS"};
// The customary values; any for the others.
constexpr Name<std::string_view> kPortNames[] = {{"HTTP_PORTS", "80"},
                                                 {"SHELLCODE_PORTS", "!80"},
                                                 {"ORACLE_PORTS", "1521"},
                                                 {"SSH_PORTS", "22"},
                                                 {"DNP3_PORTS", "20000"},
                                                 {"MODBUS_PORTS", "502"},
                                                 {"FILE_DATA_PORTS", "[80,110,143]"},
                                                 {"FTP_PORTS", "21"},
                                                 {"GENEVE_PORTS", "6081"},
                                                 {"VXLAN_PORTS", "4789"},
                                                 {"TEREDO_PORTS", "3544"},
                                                 {"SIP_PORTS", "[5060,5061]"},
                                                 {"SMTP_PORTS", "any"},
                                                 {"DNS_PORTS", "any"}};

template <class T, std::size_t N>
const T* find(const Name<T> (&table)[N], std::string_view name) {
  const auto* found = std::find_if(table, table + N, [&](const auto& n) { return n.name == name; });
  return found == table + N ? nullptr : &found->value;
}

// 255.255.0.0 is 16; nothing where it is no mask of IPv4 whose ones come first.
std::optional<int> prefix_of(std::string_view mask) {
  const auto read = base::IpAddress::parse(mask);
  if (!read || read->v6) return std::nullopt;
  std::uint32_t bits = 0;
  for (const auto byte : read->raw()) bits = bits << 8U | byte;
  const int ones = std::countl_one(bits);
  if (ones < 32 && bits << static_cast<unsigned>(ones) != 0) return std::nullopt;
  return ones;
}

// 192.168.0.0/16, or with a mask: 192.168.0.0/255.255.0.0.
base::Result<base::Cidr> read_cidr(std::string_view text) {
  const auto slash = text.find('/');
  if (slash != std::string_view::npos)
    if (const auto prefix = prefix_of(text.substr(slash + 1)))
      return base::Cidr::parse(std::string(text.substr(0, slash + 1)) + std::to_string(*prefix));
  return base::Cidr::parse(text);
}

struct AddressReader {
  static constexpr const char* kWhat = "address";
  static std::optional<std::string_view> default_of(std::string_view name) {
    if (std::find(std::begin(kAddressNames), std::end(kAddressNames), name) ==
        std::end(kAddressNames))
      return std::nullopt;
    return "any";
  }
  static base::Status read(Located text, Complaint& complaint, AddressSet::Member& out) {
    const auto dash = text.text.find('-');
    if (dash != std::string_view::npos) {
      const auto low = base::IpAddress::parse(text.sub(0, dash).trimmed().text);
      const auto high = base::IpAddress::parse(text.sub(dash + 1).trimmed().text);
      if (!low || !high || low->v6 != high->v6 || *high < *low)
        return complaint.about(text, fmt::format("'{}' is not a range of addresses", text.text));
      out.low = *low;
      out.high = *high;
      return {};
    }
    const auto cidr = read_cidr(text.text);
    if (!cidr) return complaint.about(text, cidr.error().text);
    out.low = out.high = cidr->network;
    const std::size_t width = cidr->network.v6 ? 16 : 4;
    for (std::size_t i = 0; i < width; ++i) {
      const auto kept =
          std::clamp<int>(static_cast<int>(cidr->prefix) - static_cast<int>(i * 8), 0, 8);
      const auto host = static_cast<std::uint8_t>(0xFFU >> static_cast<unsigned>(kept));
      out.low.bytes[i] = static_cast<std::uint8_t>(out.low.bytes[i] & ~host);
      out.high.bytes[i] |= host;
    }
    return {};
  }
};

struct PortReader {
  static constexpr const char* kWhat = "port";
  static std::optional<std::string_view> default_of(std::string_view name) {
    const auto* found = find(kPortNames, name);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }
  static base::Status read(Located text, Complaint& complaint, PortSet::Member& out) {
    const auto colon = text.text.find(':');
    const bool range = colon != std::string_view::npos;
    auto low = text.text.substr(0, colon);
    auto high = range ? text.text.substr(colon + 1) : low;
    if (range && low.empty() && !high.empty()) low = "0";
    if (range && high.empty() && !low.empty()) high = "65535";
    const auto first = to_number(low, 65535);
    const auto last = to_number(high, 65535);
    if (!first || !last || *last < *first)
      return complaint.about(text, fmt::format("'{}' is not a port, or a range like 1024: or "
                                               "80:90 with ports of 0 to 65535",
                                               text.text));
    out.low = static_cast<std::uint16_t>(*first);
    out.high = static_cast<std::uint16_t>(*last);
    return {};
  }
};

// Reads one set: any, a value, a $NAME, or a [list] of these, each of which may be negated.
template <class T, class Reader>
class SetParser {
 public:
  using Member = typename ValueSet<T>::Member;

  SetParser(const RuleVariables& variables, Complaint& complaint)
      : variables_(variables), complaint_(complaint) {}

  base::Status parse(Located text, ValueSet<T>& out, unsigned depth = 0) {
    text = text.trimmed();
    if (depth > kDeepestList) return complaint_.about(text, "lists are nested too deeply");
    if (text.text == "any") return {};
    if (text.text.starts_with('[')) return parse_list(text, out, depth);
    Member member;
    RAMPART_TRY(const bool keep, parse_member(text, member, depth));
    if (keep) out.members.push_back(std::move(member));
    out.seal();
    return {};
  }

 private:
  base::Status parse_list(Located text, ValueSet<T>& out, unsigned depth) {
    if (text.text.back() != ']') return complaint_.about(text, "the closing ']' is missing");
    auto rest = text.sub(1, text.text.size() - 2);
    bool has_any = false;
    while (true) {
      const auto end = end_of_member(rest);
      Member member;
      RAMPART_TRY(const bool keep, parse_member(rest.sub(0, end).trimmed(), member, depth));
      if (keep)
        out.members.push_back(std::move(member));
      else
        has_any = true;
      if (end == rest.text.size()) break;
      rest = rest.sub(end + 1);
    }
    // [any,!x] is everything but x: positive members add nothing to any.
    if (has_any) std::erase_if(out.members, [](const Member& m) { return !m.negated; });
    out.seal();
    return {};
  }

  // False where the member is any.
  base::Result<bool> parse_member(Located text, Member& member, unsigned depth) {
    const auto whole = text;
    member.negated = text.take("!");
    if (text.empty())
      return complaint_.about(
          whole,
          fmt::format("{} {} is missing here", *Reader::kWhat == 'a' ? "an" : "a", Reader::kWhat));
    if (text.text.starts_with('[') || text.text.starts_with('$') || text.text == "any") {
      RAMPART_CHECK(text.text.starts_with('$') ? expand(text, member.list, depth)
                                               : parse(text, member.list, depth + 1));
      member.nested = true;
      if (!member.list.any()) return true;
      if (member.negated)
        return complaint_.about(whole, fmt::format("'{}' excludes everything, so the rule can "
                                                   "never match{}",
                                                   whole.text, why_any(text.text)));
      return false;
    }
    RAMPART_CHECK(Reader::read(text, complaint_, member));
    return true;
  }

  // Nobody sees in the rule that an unset name is any.
  std::string why_any(std::string_view text) const {
    if (!text.starts_with('$') || variables_.contains(text.substr(1))) return {};
    return fmt::format("; {} is any where --vars does not set it", text.substr(1));
  }

  base::Status expand(Located text, ValueSet<T>& out, unsigned depth) {
    const auto name = text.text.substr(1);
    const auto found = variables_.find(name);
    const auto value = found != variables_.end() ? std::optional<std::string_view>(found->second)
                                                 : Reader::default_of(name);
    if (!value) {
      return complaint_.about(
          text, fmt::format("the {} variable '{}' is not set; the file of --vars can set it",
                            Reader::kWhat, text.text));
    }
    auto status = parse({*value, 0}, out, depth + 1);
    if (!status)
      return complaint_.about(
          text, fmt::format("in '{}' = '{}': {}", text.text, *value, status.error().text));
    return {};
  }

  static std::size_t end_of_member(const Located& text) {
    unsigned depth = 0;
    for (std::size_t i = 0; i < text.text.size(); ++i) {
      if (text.text[i] == '[') ++depth;
      if (text.text[i] == ']' && depth != 0) --depth;
      if (text.text[i] == ',' && depth == 0) return i;
    }
    return text.text.size();
  }

  const RuleVariables& variables_;
  Complaint& complaint_;
};

// Words, where blanks inside brackets do not end one.
base::Result<std::vector<Located>> words_of(Located text, Complaint& complaint) {
  std::vector<Located> out;
  std::size_t i = 0;
  while (true) {
    while (i < text.text.size() && text.text[i] <= ' ') ++i;
    if (i == text.text.size()) return out;
    const auto begin = i;
    unsigned depth = 0;
    for (; i < text.text.size() && (depth != 0 || text.text[i] > ' '); ++i) {
      if (text.text[i] == '[') ++depth;
      if (text.text[i] == ']') {
        if (depth == 0) return complaint.at(text.at + i, "']' without '['");
        --depth;
      }
    }
    if (depth != 0) return complaint.at(text.at + begin, "the closing ']' is missing");
    out.push_back(text.sub(begin, i - begin));
  }
}

// Nothing for what other programs know by that name.
std::string_view meant_protocol(const std::string& name) {
  constexpr std::size_t kRight = 5;
  if (is_other_protocol(name)) return {};
  std::vector<std::string_view> known;
  for (const auto& proto : kProtos) known.push_back(proto.name);
  for (const auto& app : kApps) known.push_back(app.name);
  return base::nearest(name, known, kRight);
}

base::Status read_proto(const Located& word, Complaint& complaint, Rule& rule) {
  std::string name(word.text);
  for (auto& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  if (const auto* proto = find(kProtos, name)) {
    rule.proto = *proto;
    return {};
  }
  const auto* app = find(kApps, name);
  if (app == nullptr) {
    complaint.blame("protocol " + name);
    const auto meant = meant_protocol(name);
    return complaint.about(
        word, meant.empty()
                  ? fmt::format("protocol '{}' is not supported yet", word.text)
                  : fmt::format("unknown protocol '{}': did you mean '{}'?", word.text, meant));
  }
  rule.app = *app;
  rule.app_exactly = name == "http1";
  rule.proto = *app == AppProto::dns ? RuleProto::ip : RuleProto::tcp;
  return {};
}

}  // namespace

bool is_other_protocol(std::string_view name) {
  return std::find(std::begin(kOtherProtos), std::end(kOtherProtos), name) !=
         std::end(kOtherProtos);
}

base::Status parse_rule_header(Located text, const RuleVariables& variables, Complaint& complaint,
                               Rule& rule) {
  RAMPART_TRY(const auto words, words_of(text, complaint));
  constexpr const char* kShape =
      "a rule begins with: action protocol source port -> destination port";
  if (words.empty()) return complaint.about(text, kShape);
  const auto* action = find(kActions, words[0].text);
  if (action == nullptr)
    return complaint.about(words[0], fmt::format("unknown action '{}'; use alert, pass, drop or "
                                                 "reject",
                                                 words[0].text));
  rule.action = *action;
  if (words.size() != 7) return complaint.about(words.back(), kShape);
  RAMPART_CHECK(read_proto(words[1], complaint, rule));
  rule.bidirectional = words[4].text == "<>";
  if (!rule.bidirectional && words[4].text != "->")
    return complaint.about(words[4], fmt::format("expected '->' or '<>', not '{}'", words[4].text));
  SetParser<base::IpAddress, AddressReader> addresses(variables, complaint);
  SetParser<std::uint16_t, PortReader> ports(variables, complaint);
  RAMPART_CHECK(addresses.parse(words[2], rule.source));
  RAMPART_CHECK(ports.parse(words[3], rule.source_ports));
  RAMPART_CHECK(addresses.parse(words[5], rule.destination));
  RAMPART_CHECK(ports.parse(words[6], rule.destination_ports));
  return {};
}

base::Result<AddressSet> parse_addresses(Located text, const RuleVariables& variables,
                                         Complaint& complaint) {
  AddressSet out;
  RAMPART_CHECK((SetParser<base::IpAddress, AddressReader>(variables, complaint).parse(text, out)));
  return out;
}

base::Status check_variable(VariableKind kind, std::string_view value,
                            const RuleVariables& variables) {
  Complaint complaint;
  const Located text{value, 0};
  if (kind == VariableKind::ports) {
    PortSet out;
    return SetParser<std::uint16_t, PortReader>(variables, complaint).parse(text, out);
  }
  RAMPART_CHECK(parse_addresses(text, variables, complaint));
  return {};
}

}  // namespace rampart::sniffer
