#include "tests/support/dns_server.h"

#include <optional>
#include <utility>

#include "base/assert.h"
#include "net/loop.h"
#include "net/tls.h"

namespace rampart::testing {
namespace {

constexpr std::size_t kHeader = 12;

unsigned u16(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(bytes[at])) << 8U |
         static_cast<unsigned char>(bytes[at + 1]);
}

// Names of queries are not compressed.
std::optional<DnsQuery> read_query(std::string_view bytes, bool tcp) {
  if (bytes.size() < kHeader || u16(bytes, 4) != 1) return std::nullopt;
  DnsQuery out;
  out.id = static_cast<std::uint16_t>(u16(bytes, 0));
  out.recursion = (u16(bytes, 2) & 0x0100U) != 0;
  out.records = u16(bytes, 6) + u16(bytes, 8) + u16(bytes, 10);
  out.tcp = tcp;
  std::size_t at = kHeader;
  while (at < bytes.size() && bytes[at] != 0) {
    const auto size = static_cast<unsigned char>(bytes[at]);
    if (at + 1 + size >= bytes.size()) return std::nullopt;
    out.name += std::string(bytes.substr(at + 1, size)) + ".";
    at += 1U + size;
  }
  if (at + 5 > bytes.size()) return std::nullopt;
  if (out.name.empty()) out.name = ".";
  out.type = static_cast<std::uint16_t>(u16(bytes, at + 1));
  out.klass = static_cast<std::uint16_t>(u16(bytes, at + 3));
  out.question = bytes.substr(kHeader, at + 5 - kHeader);
  return out;
}

}  // namespace

std::string be16(unsigned value) {
  return {static_cast<char>(value >> 8U & 0xFFU), static_cast<char>(value & 0xFFU)};
}

std::string be32(std::uint32_t value) { return be16(value >> 16U) + be16(value & 0xFFFFU); }

std::string dns_name(std::string_view dotted) {
  std::string out;
  while (!dotted.empty() && dotted != ".") {
    const auto label = dotted.substr(0, dotted.find('.'));
    out += static_cast<char>(label.size());
    out += label;
    dotted.remove_prefix(std::min(dotted.size(), label.size() + 1));
  }
  return out + '\0';
}

std::string dns_text(std::string_view words) {
  return static_cast<char>(words.size()) + std::string(words);
}

std::string dns_address(std::string_view text) {
  const auto address = base::IpAddress::parse(text).value();
  return {reinterpret_cast<const char*>(address.raw().data()), address.raw().size()};
}

DnsMessage::DnsMessage(const DnsQuery& query)
    : name_(dns_name(query.name)), id_(query.id), question_(query.question) {}

DnsMessage& DnsMessage::id(std::uint16_t value) {
  id_ = value;
  return *this;
}

DnsMessage& DnsMessage::rcode(unsigned value) {
  flags_ = (flags_ & 0xFFF0U) | value;
  return *this;
}

DnsMessage& DnsMessage::truncated() {
  flags_ |= 0x0200U;
  return *this;
}

DnsMessage& DnsMessage::not_a_reply() {
  flags_ &= 0x7FFFU;
  return *this;
}

DnsMessage& DnsMessage::question(std::string_view name, unsigned type, unsigned klass) {
  question_ = dns_name(name) + be16(type) + be16(klass);
  return *this;
}

DnsMessage& DnsMessage::no_question() {
  question_.clear();
  questions_ = 0;
  return *this;
}

DnsMessage& DnsMessage::add(Section section, const std::string& name, unsigned type,
                            const std::string& rdata, std::uint32_t ttl, unsigned klass) {
  ++counts_[section];
  records_[section] += name + be16(type) + be16(klass) + be32(ttl) +
                       be16(static_cast<unsigned>(rdata.size())) + rdata;
  return *this;
}

DnsMessage& DnsMessage::add(Section section, unsigned type, const std::string& rdata) {
  return add(section, name_, type, rdata);
}

DnsMessage& DnsMessage::claim(Section section, unsigned count) {
  counts_[section] = count;
  return *this;
}

std::string DnsMessage::bytes() const {
  return be16(id_) + be16(flags_) + be16(questions_) + be16(counts_[answer]) +
         be16(counts_[authority]) + be16(counts_[additional]) + question_ + records_[answer] +
         records_[authority] + records_[additional];
}

struct DnsServer::Peer final : net::Stream::Listener {
  explicit Peer(DnsServer& owner) : server(owner) {}

  void on_open() override {}
  void on_data(std::span<const char> bytes) override {
    in.append(bytes.data(), bytes.size());
    while (in.size() >= 2 && in.size() >= 2 + u16(in, 0)) {
      const auto query = in.substr(2, u16(in, 0));
      in.erase(0, 2 + query.size());
      for (const auto& reply : server.replies(query, true)) {
        const auto framed =
            server.options_.raw_stream ? reply : be16(static_cast<unsigned>(reply.size())) + reply;
        stream->write(framed);
      }
      if (server.options_.hang_up) stream->shutdown();
    }
  }
  void on_end(net::StreamEnd, std::string_view) override {}

  DnsServer& server;
  std::unique_ptr<net::Stream> stream;
  std::string in;
};

DnsServer::DnsServer(net::Loop& loop, Script script, const Options& options)
    : script_(std::move(script)), options_(options) {
  net::TcpServer::Listener& accepts = *this;
  net::UdpServer::Listener& receives = *this;
  const auto address = base::IpAddress::parse(options.address).value();
  // A port that is free for TCP may be taken for UDP.
  for (int tries = 0; tries < 50 && !udp_; ++tries) {
    tcp_ = net::TcpServer::listen(loop, {address, options.port}, accepts).value();
    if (auto udp = net::UdpServer::listen(loop, tcp_->endpoint(), receives)) udp_ = *std::move(udp);
  }
  RAMPART_ASSERT(udp_ != nullptr);
}

DnsServer::~DnsServer() = default;

std::vector<std::string> DnsServer::replies(std::string_view bytes, bool tcp) {
  const auto query = read_query(bytes, tcp);
  if (!query) return {};
  queries.push_back(*query);
  return script_(*query);
}

void DnsServer::on_datagram(std::span<const char> bytes, const base::Endpoint& from) {
  for (const auto& reply : replies({bytes.data(), bytes.size()}, false)) udp_->send(reply, from);
}

void DnsServer::on_accept(std::unique_ptr<net::TcpStream> stream) {
  auto& peer = *peers_.emplace_back(std::make_unique<Peer>(*this));
  if (options_.tls != nullptr) {
    peer.stream = net::accept_tls(*options_.tls, std::move(stream), peer);
  } else {
    auto& tcp = *stream;
    peer.stream = std::move(stream);
    tcp.listen_with(peer);
  }
}

}  // namespace rampart::testing
