#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

namespace tls_version {
inline constexpr std::uint16_t kSsl3 = 0x0300, kTls10 = 0x0301, kTls11 = 0x0302, kTls12 = 0x0303,
                               kTls13 = 0x0304;
}

// The drafts of TLS 1.3 had numbers of their own.
constexpr bool is_tls13(std::uint16_t version) {
  return version == tls_version::kTls13 || (version >> 8U) == 0x7F;
}

// Values that mean nothing, sent so that servers learn to ignore what they do not know (RFC 8701).
constexpr bool is_grease(std::uint16_t value) {
  return (value & 0x0F0FU) == 0x0A0AU && (value >> 8U) == (value & 0xFFU);
}

using TlsRandom = std::array<std::uint8_t, 32>;

// What a client offers (RFC 8446, section 4.1.2), in its order, GREASE included.
struct TlsClientHello {
  std::uint16_t version = 0;  // the field of that name; TLS 1.3 hides behind 1.2
  TlsRandom random{};
  std::vector<std::uint16_t> ciphers;
  std::vector<std::uint16_t> extensions;
  std::vector<std::uint16_t> groups;  // elliptic curves
  std::vector<std::uint8_t> point_formats;
  std::vector<std::uint16_t> signature_algorithms;
  std::vector<std::uint16_t> versions;  // of the extension; empty: there is none
  std::vector<std::string> alpn;
  std::string sni;  // as sent
  bool has_sni = false;
  bool several_sni = false;
  bool bad_sni_type = false;
  bool bad_sni_length = false;

  [[nodiscard]] bool offers_tls13() const;
};

// What a server chose.
struct TlsServerHello {
  std::uint16_t version = 0;  // the field of that name
  TlsRandom random{};
  std::uint16_t negotiated = 0;  // by the extension where there is one
  std::uint16_t cipher = 0;
  std::vector<std::uint16_t> extensions;
  std::string alpn;
  bool retry = false;  // HelloRetryRequest: another hello of each side follows
};

// The body of a handshake message. nullopt where lengths do not fit.
std::optional<TlsClientHello> read_client_hello(Bytes body);
std::optional<TlsServerHello> read_server_hello(Bytes body);

// The certificates of a message of TLS 1.2 and before (RFC 5246, section 7.4.2), DER each, the
// end's own first. nullopt where lengths do not fit; the views point into `body`.
std::optional<std::vector<Bytes>> read_certificate_list(Bytes body);

}  // namespace rampart::sniffer
