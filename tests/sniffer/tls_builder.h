#pragma once

#include "packet_builder.h"

namespace rampart::sniffer::test {

inline Octets numbers(const std::vector<std::uint16_t>& values) {
  Octets out;
  for (const auto value : values) put16(out, value);
  return out;
}
inline Octets with_length8(const Octets& data) {
  return Octets{static_cast<std::uint8_t>(data.size())} + data;
}
inline Octets with_length16(const Octets& data) {
  Octets out;
  put16(out, data.size());
  return out + data;
}
inline Octets with_length24(const Octets& data) {
  Octets out{static_cast<std::uint8_t>(data.size() >> 16U)};
  put16(out, data.size() & 0xFFFFU);
  return out + data;
}

inline Octets tls_extension(std::uint16_t type, const Octets& data) {
  Octets out;
  put16(out, type);
  return out + with_length16(data);
}
inline Octets tls_sni(std::string_view name, std::uint8_t type = 0) {
  return tls_extension(0, with_length16(Octets{type} + with_length16(octets(name))));
}
inline Octets tls_alpn(std::string_view name) {
  return tls_extension(16, with_length16(with_length8(octets(name))));
}

struct HelloParts {
  std::uint16_t version = 0x0303;
  std::vector<std::uint16_t> ciphers{0x1301, 0x1302};
  Octets extensions{};
};
inline Octets tls_client_hello(const HelloParts& parts) {
  Octets out;
  put16(out, parts.version);
  out = out + Octets(32, 0x11) + with_length8({}) + with_length16(numbers(parts.ciphers)) +
        with_length8({0});
  return parts.extensions.empty() ? out : out + with_length16(parts.extensions);
}
inline Octets tls_server_hello(std::uint16_t version, std::uint16_t cipher,
                               const Octets& extensions = {}) {
  Octets out;
  put16(out, version);
  out = out + Octets(32, 0x22) + with_length8({});
  put16(out, cipher);
  out.push_back(0);
  return extensions.empty() ? out : out + with_length16(extensions);
}
inline Octets tls_certificates(const std::vector<Octets>& chain) {
  Octets list;
  for (const auto& der : chain) list = list + with_length24(der);
  return with_length24(list);
}

inline Octets tls_message(std::uint8_t type, const Octets& body) {
  return Octets{type} + with_length24(body);
}
inline Octets tls_record(std::uint8_t type, const Octets& payload, std::uint16_t version = 0x0301) {
  Octets out{type};
  put16(out, version);
  return out + with_length16(payload);
}
// A message in a record of its own.
inline Octets tls_handshake(std::uint8_t type, const Octets& body) {
  return tls_record(22, tls_message(type, body));
}

}  // namespace rampart::sniffer::test
