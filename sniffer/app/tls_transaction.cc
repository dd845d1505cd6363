#include "sniffer/app/tls_transaction.h"

#include <algorithm>

#include "sniffer/app/tls_fingerprint.h"

namespace rampart::sniffer {
namespace {

BufferView view_of(std::string_view text) {
  return {{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}};
}

std::optional<std::string_view> certificate_text(const Certificate& certificate, BufferId id) {
  switch (id) {
    case BufferId::tls_cert_subject: return certificate.subject;
    case BufferId::tls_cert_issuer: return certificate.issuer;
    case BufferId::tls_cert_serial: return certificate.serial;
    case BufferId::tls_cert_fingerprint: return certificate.fingerprint;
    default: return std::nullopt;
  }
}

// RFC 5246, section 7.4.1.2: the time of the sender's clock, and noise. Empty: no part of it.
Bytes random_part(const TlsRandom& random, BufferId id) {
  constexpr std::size_t kTime = 4;
  switch (id) {
    case BufferId::tls_random: return random;
    case BufferId::tls_random_time: return Bytes(random).first(kTime);
    case BufferId::tls_random_bytes: return Bytes(random).subspan(kTime);
    default: return {};
  }
}

std::string_view name_of(std::uint16_t version) {
  if (is_tls13(version)) return "1.3";
  switch (version) {
    case tls_version::kTls12: return "1.2";
    case tls_version::kTls11: return "1.1";
    case tls_version::kTls10: return "1.0";
    case tls_version::kSsl3: return "SSLv3";
    default: return {};
  }
}

// The one that the client likes best: the first of its list but for GREASE (RFC 8701).
std::uint16_t offered(const TlsClientHello& hello) {
  for (const auto version : hello.versions)
    if ((version & 0x0F0FU) != 0x0A0AU || (version >> 8U) != (version & 0xFFU)) return version;
  return hello.version;
}

}  // namespace

std::optional<std::string_view> TlsTransaction::client_text(BufferId id) const {
  switch (id) {
    case BufferId::tls_sni: return client_->sni;
    case BufferId::tls_version: return name_of(offered(*client_));
    case BufferId::ja3_hash: return ja3_hash_;
    case BufferId::ja3_string: return ja3_;
    case BufferId::ja4_hash: return ja4_;
    default: return std::nullopt;
  }
}

std::optional<std::string_view> TlsTransaction::server_text(BufferId id) const {
  switch (id) {
    case BufferId::tls_version: return version();
    case BufferId::ja3s_hash: return ja3s_hash_;
    case BufferId::ja3s_string: return ja3s_;
    default: return std::nullopt;
  }
}

const TlsRandom* TlsTransaction::random_of(Direction direction) const {
  if (direction == Direction::to_server) return client_ ? &client_->random : nullptr;
  return server_ ? &server_->random : nullptr;
}

// hot
std::optional<BufferView> TlsTransaction::buffer(BufferId id, Direction direction,
                                                 unsigned i) const {
  const auto& chain = chains_[index(direction)];
  if (id == BufferId::tls_certs) {
    if (i >= chain.places.size()) return std::nullopt;
    return BufferView{Bytes(chain.der).subspan(chain.places[i].first, chain.places[i].second)};
  }
  if (i != 0) return std::nullopt;
  if (id == BufferId::tls_chain_length) {
    if (chain.length == 0) return std::nullopt;
    return BufferView{Bytes(&chain.length, 1)};
  }
  if (const auto* random = random_of(direction))
    if (const auto part = random_part(*random, id); !part.empty()) return BufferView{part};
  std::optional<std::string_view> text;
  if (direction == Direction::to_server && client_) text = client_text(id);
  if (direction == Direction::to_client && server_) text = server_text(id);
  if (!text && chain.own) text = certificate_text(*chain.own, id);
  if (!text || text->empty()) return std::nullopt;
  return view_of(*text);
}

void TlsTransaction::take(TlsClientHello hello) {
  ja3_ = ja3_text(hello);
  ja3_hash_ = ja3_hash(ja3_);
  ja4_ = ja4_fingerprint(hello);
  client_ = std::move(hello);
}

void TlsTransaction::take(TlsServerHello hello) {
  ja3s_ = ja3s_text(hello);
  ja3s_hash_ = ja3_hash(ja3s_);
  server_ = std::move(hello);
}

bool TlsTransaction::take(Direction direction, const std::vector<Bytes>& chain) {
  auto& out = chains_[index(direction)];
  for (const auto der : chain) {
    out.places.emplace_back(out.der.size(), der.size());
    out.der.insert(out.der.end(), der.begin(), der.end());
  }
  out.length = static_cast<std::uint8_t>(std::min<std::size_t>(chain.size(), 0xFF));
  if (chain.empty()) return true;
  out.own = read_certificate(chain.front());
  return out.own.has_value();
}

std::string_view TlsTransaction::version() const {
  return server_ ? name_of(server_->negotiated) : std::string_view{};
}

std::size_t TlsTransaction::memory() const {
  std::size_t out = ja3_.capacity() + ja3s_.capacity();
  for (const auto& chain : chains_) {
    out += chain.der.capacity();
    if (chain.own) out += chain.own->subject.capacity() + chain.own->issuer.capacity();
  }
  if (client_)
    out += 2 * (client_->ciphers.capacity() + client_->extensions.capacity() +
                client_->groups.capacity() + client_->signature_algorithms.capacity() +
                client_->versions.capacity()) +
           client_->sni.capacity() + client_->alpn.capacity() * sizeof(std::string);
  return out;
}

}  // namespace rampart::sniffer
