#include "sniffer/eve/community_id.h"

#include <array>
#include <optional>
#include <span>
#include <utility>

#include "base/base64.h"
#include "sniffer/digest.h"

namespace rampart::sniffer {
namespace {

constexpr std::uint8_t kSctp = 132;

using Pair = std::pair<std::uint8_t, std::uint8_t>;  // question and answer
constexpr std::array kIcmpPairs = {Pair{8, 0}, Pair{13, 14}, Pair{15, 16}, Pair{10, 9},
                                   Pair{17, 18}};
constexpr std::array kIcmp6Pairs = {Pair{128, 129}, Pair{133, 134}, Pair{135, 136},
                                    Pair{130, 131}, Pair{139, 140}, Pair{144, 145}};

std::optional<std::uint8_t> counterpart(std::uint8_t type, std::span<const Pair> pairs) {
  for (const auto& [question, answer] : pairs) {
    if (type == question) return answer;
    if (type == answer) return question;
  }
  return std::nullopt;
}

struct Conversation {
  base::Endpoint from;
  base::Endpoint to;
  std::uint8_t proto = 0;
  bool one_way = false;  // its ends are not exchanged
  bool ports = true;
};

void set_icmp(Conversation& c, std::uint8_t type, std::uint8_t code) {
  const auto other =
      c.proto == ip_proto::kIcmp ? counterpart(type, kIcmpPairs) : counterpart(type, kIcmp6Pairs);
  c.from.port = type;
  c.to.port = other.value_or(code);
  c.one_way = !other;
}

std::string hash(Conversation c) {
  if (c.proto == kSctp) return {};
  if (!c.one_way && c.to < c.from) std::swap(c.from, c.to);
  std::array<std::uint8_t, 2 + 16 + 16 + 2 + 4> text{};
  std::size_t size = 2;  // the seed is zero
  for (const auto* end : {&c.from, &c.to})
    for (const auto byte : end->address.raw()) text[size++] = byte;
  text[size++] = c.proto;
  text[size++] = 0;
  if (c.ports)
    for (const auto port : {c.from.port, c.to.port}) {
      text[size++] = static_cast<std::uint8_t>(port >> 8U);
      text[size++] = static_cast<std::uint8_t>(port);
    }
  const auto digest = digest_of(DigestKind::sha1, Bytes(text).first(size));
  if (digest.size == 0) return {};
  const auto bytes = digest.view();
  return "1:" + base::to_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool is_icmp(std::uint8_t proto) { return proto == ip_proto::kIcmp || proto == ip_proto::kIcmp6; }

}  // namespace

std::string community_id(const Packet& packet) {
  Conversation c{.from = {packet.source, packet.source_port},
                 .to = {packet.destination, packet.destination_port},
                 .proto = packet.proto};
  c.ports = has_ports(packet.proto) || is_icmp(packet.proto);
  if (is_icmp(packet.proto)) set_icmp(c, packet.icmp_type, packet.icmp_code);
  return hash(c);
}

std::string community_id(const Flow& flow) {
  Conversation c{.from = flow.client, .to = flow.server, .proto = flow.key.proto};
  c.ports = has_ports(c.proto) || is_icmp(c.proto);
  if (is_icmp(c.proto)) set_icmp(c, flow.icmp_type, flow.icmp_code);
  return hash(c);
}

}  // namespace rampart::sniffer
