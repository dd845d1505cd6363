#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

// What rules and records say of an X.509 certificate.
struct Certificate {
  std::string subject;          // "C=US, O=Example, CN=www.example.org", in the certificate's order
  std::string issuer;           // alike
  std::string serial;           // "0A:1B:...", as encoded
  std::string fingerprint;      // SHA-1 of the DER: "0a:1b:..."
  std::int64_t not_before = 0;  // seconds since 1970, UTC
  std::int64_t not_after = 0;
};

// DER of at most kMostCertificate bytes, from anybody. nullopt where it is no certificate. Nothing
// is verified.
inline constexpr std::size_t kMostCertificate = std::size_t{64} << 10U;
std::optional<Certificate> read_certificate(Bytes der);

// Whether the first thing that is wrong with DER is a length that is not there in full; false also
// where nothing is wrong with its structure.
[[nodiscard]] bool has_cut_length(Bytes der);

}  // namespace rampart::sniffer
