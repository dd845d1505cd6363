#include "sniffer/app/tls_hello.h"

#include <algorithm>
#include <array>

#include "sniffer/app/byte_reader.h"

namespace rampart::sniffer {
namespace {

constexpr std::size_t kRandom = 32;
constexpr std::size_t kMostCertificates = 64;  // of a chain

enum Extension : std::uint16_t {
  kServerName = 0,
  kSupportedGroups = 10,
  kPointFormats = 11,
  kSignatureAlgorithms = 13,
  kAlpn = 16,
  kSupportedVersions = 43,
};

// The random of a HelloRetryRequest (RFC 8446, section 4.1.3).
constexpr std::array<std::uint8_t, kRandom> kRetry{
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

std::string to_text(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

void read_numbers(Bytes bytes, std::vector<std::uint16_t>& out) {
  if (!out.empty()) return;  // a second extension of the kind says nothing
  out.reserve(bytes.size() / 2);
  for (ByteReader in(bytes); in.left() >= 2;) out.push_back(in.u16());
}

void read_sni(Bytes data, TlsClientHello& hello) {
  if (hello.has_sni) hello.several_sni = true;
  ByteReader in(data);
  auto list = ByteReader(in.take(in.u16()));
  if (!in.ok() || !in.at_end() || list.at_end()) hello.bad_sni_length = true;
  bool named = false;
  while (!list.at_end()) {
    const auto type = list.u8();
    const auto name = list.take(list.u16());
    if (!list.ok()) {
      hello.bad_sni_length = true;
      return;
    }
    if (type != 0) {
      hello.bad_sni_type = true;
      continue;
    }
    if (named) hello.several_sni = true;
    if (name.empty()) hello.bad_sni_length = true;
    if (!hello.has_sni && !named) hello.sni = to_text(name);
    named = true;
  }
  hello.has_sni = true;
}

void read_alpn(Bytes data, std::vector<std::string>& out) {
  if (!out.empty()) return;
  ByteReader in(data);
  auto list = ByteReader(in.take(in.u16()));
  while (!list.at_end()) {
    const auto name = list.take(list.u8());
    if (!list.ok()) return;
    out.push_back(to_text(name));
  }
}

void read_client_extension(std::uint16_t type, Bytes data, TlsClientHello& hello) {
  ByteReader in(data);
  switch (type) {
    case kServerName: return read_sni(data, hello);
    case kSupportedGroups: return read_numbers(in.take(in.u16()), hello.groups);
    case kSignatureAlgorithms: return read_numbers(in.take(in.u16()), hello.signature_algorithms);
    case kSupportedVersions: return read_numbers(in.take(in.u8()), hello.versions);
    case kAlpn: return read_alpn(data, hello.alpn);
    case kPointFormats: {
      const auto formats = in.take(in.u8());
      if (hello.point_formats.empty()) hello.point_formats.assign(formats.begin(), formats.end());
      return;
    }
    default: return;
  }
}

void read_server_extension(std::uint16_t type, Bytes data, TlsServerHello& hello) {
  ByteReader in(data);
  if (type == kSupportedVersions) {
    const auto version = in.u16();
    if (in.ok()) hello.negotiated = version;
  } else if (type == kAlpn) {
    std::vector<std::string> chosen;
    read_alpn(data, chosen);
    if (!chosen.empty()) hello.alpn = std::move(chosen.front());
  }
}

// The extensions at the end of a hello; there may be none. `each(type, data)`. False: lengths do
// not fit.
template <class Each>
bool read_extensions(ByteReader& in, std::vector<std::uint16_t>& types, Each each) {
  if (in.at_end()) return in.ok();
  auto list = ByteReader(in.take(in.u16()));
  if (!in.ok()) return false;
  while (!list.at_end()) {
    const auto type = list.u16();
    const auto data = list.take(list.u16());
    if (!list.ok()) return false;
    types.push_back(type);
    each(type, data);
  }
  return true;
}

}  // namespace

bool TlsClientHello::offers_tls13() const {
  return std::any_of(versions.begin(), versions.end(), is_tls13);
}

std::optional<TlsClientHello> read_client_hello(Bytes body) {
  TlsClientHello out;
  ByteReader in(body);
  out.version = in.u16();
  const auto random = in.take(kRandom);
  static_cast<void>(in.take(in.u8()));  // session
  const auto ciphers = in.take(in.u16());
  static_cast<void>(in.take(in.u8()));  // compression
  if (!in.ok()) return std::nullopt;
  std::copy(random.begin(), random.end(), out.random.begin());
  read_numbers(ciphers, out.ciphers);
  if (!read_extensions(in, out.extensions, [&](std::uint16_t type, Bytes data) {
        read_client_extension(type, data, out);
      }))
    return std::nullopt;
  return out;
}

std::optional<TlsServerHello> read_server_hello(Bytes body) {
  TlsServerHello out;
  ByteReader in(body);
  out.version = out.negotiated = in.u16();
  const auto random = in.take(kRandom);
  // Drafts of TLS 1.3 up to the 21st had neither a session nor compression here.
  const bool draft = is_tls13(out.version);
  if (!draft) static_cast<void>(in.take(in.u8()));  // session
  out.cipher = in.u16();
  if (!draft) static_cast<void>(in.u8());  // compression
  if (!in.ok()) return std::nullopt;
  std::copy(random.begin(), random.end(), out.random.begin());
  out.retry = std::equal(random.begin(), random.end(), kRetry.begin(), kRetry.end());
  if (!read_extensions(in, out.extensions, [&](std::uint16_t type, Bytes data) {
        read_server_extension(type, data, out);
      }))
    return std::nullopt;
  return out;
}

std::optional<std::vector<Bytes>> read_certificate_list(Bytes body) {
  ByteReader in(body);
  auto list = ByteReader(in.take(in.u24()));
  if (!in.ok()) return std::nullopt;
  std::vector<Bytes> out;
  while (!list.at_end() && out.size() < kMostCertificates) {
    const auto der = list.take(list.u24());
    if (!list.ok()) return std::nullopt;
    out.push_back(der);
  }
  return out;
}

}  // namespace rampart::sniffer
