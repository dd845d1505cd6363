#include "sniffer/app/tls_fingerprint.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "sniffer/digest.h"

namespace rampart::sniffer {
namespace {

constexpr std::size_t kHashPart = 12;  // hexadecimal digits of SHA-256 that JA4 keeps
constexpr std::uint16_t kSni = 0, kAlpn = 16;
constexpr std::string_view kNoHash = "000000000000";

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void append_decimal(std::string& out, const std::vector<std::uint16_t>& values) {
  bool first = true;
  for (const auto value : values) {
    if (is_grease(value)) continue;
    if (!first) out += '-';
    first = false;
    out += std::to_string(value);
  }
}

std::vector<std::uint16_t> without_grease(const std::vector<std::uint16_t>& values) {
  std::vector<std::uint16_t> out;
  for (const auto value : values)
    if (!is_grease(value)) out.push_back(value);
  return out;
}

std::string hex_list(const std::vector<std::uint16_t>& values) {
  std::string out;
  for (const auto value : values) {
    if (!out.empty()) out += ',';
    const std::array<std::uint8_t, 2> bytes{static_cast<std::uint8_t>(value >> 8U),
                                            static_cast<std::uint8_t>(value)};
    out += to_hex(bytes);
  }
  return out;
}

std::string hash_part(const std::string& text) {
  return to_hex(digest_of(DigestKind::sha256, bytes_of(text)).view()).substr(0, kHashPart);
}

std::string_view version_part(const TlsClientHello& hello) {
  auto version = hello.version;
  const auto offered = without_grease(hello.versions);
  if (!offered.empty()) version = *std::max_element(offered.begin(), offered.end());
  switch (version) {
    case tls_version::kTls13: return "13";
    case tls_version::kTls12: return "12";
    case tls_version::kTls11: return "11";
    case tls_version::kTls10: return "10";
    case tls_version::kSsl3: return "s3";
    case 0x0002: return "s2";
    default: return "00";
  }
}

std::string two_digits(std::size_t count) {
  count = std::min<std::size_t>(count, 99);
  return {static_cast<char>('0' + count / 10), static_cast<char>('0' + count % 10)};
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string alpn_part(const TlsClientHello& hello) {
  if (hello.alpn.empty() || hello.alpn.front().empty()) return "00";
  const auto& name = hello.alpn.front();
  if (is_alphanumeric(name.front()) && is_alphanumeric(name.back()))
    return {name.front(), name.back()};
  const auto digits = to_hex(bytes_of(name));
  return {digits.front(), digits.back()};
}

}  // namespace

std::string ja3_text(const TlsClientHello& hello) {
  auto out = std::to_string(hello.version) + ',';
  append_decimal(out, hello.ciphers);
  out += ',';
  append_decimal(out, hello.extensions);
  out += ',';
  append_decimal(out, hello.groups);
  out += ',';
  for (std::size_t i = 0; i < hello.point_formats.size(); ++i) {
    if (i != 0) out += '-';
    out += std::to_string(hello.point_formats[i]);
  }
  return out;
}

std::string ja3s_text(const TlsServerHello& hello) {
  auto out = std::to_string(hello.version) + ',' + std::to_string(hello.cipher) + ',';
  append_decimal(out, hello.extensions);
  return out;
}

std::string ja3_hash(const std::string& text) {
  return to_hex(digest_of(DigestKind::md5, bytes_of(text)).view());
}

std::string ja4_fingerprint(const TlsClientHello& hello) {
  auto ciphers = without_grease(hello.ciphers);
  auto extensions = without_grease(hello.extensions);
  std::string out = "t";
  out += version_part(hello);
  out += std::find(extensions.begin(), extensions.end(), kSni) != extensions.end() ? 'd' : 'i';
  out += two_digits(ciphers.size());
  out += two_digits(extensions.size());
  out += alpn_part(hello);
  out += '_';
  std::sort(ciphers.begin(), ciphers.end());
  out += ciphers.empty() ? std::string(kNoHash) : hash_part(hex_list(ciphers));
  out += '_';
  std::erase_if(extensions, [](std::uint16_t type) { return type == kSni || type == kAlpn; });
  std::sort(extensions.begin(), extensions.end());
  const auto algorithms = without_grease(hello.signature_algorithms);
  auto described = hex_list(extensions);
  if (!algorithms.empty()) described += '_' + hex_list(algorithms);
  out += described.empty() ? std::string(kNoHash) : hash_part(described);
  return out;
}

}  // namespace rampart::sniffer
