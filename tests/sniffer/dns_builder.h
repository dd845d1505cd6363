#pragma once

#include "packet_builder.h"

namespace rampart::sniffer::test {

inline Octets dns_name(std::string_view dotted) {
  Octets out;
  while (!dotted.empty()) {
    const auto label = dotted.substr(0, dotted.find('.'));
    out.push_back(static_cast<std::uint8_t>(label.size()));
    out = std::move(out) + octets(label);
    dotted.remove_prefix(std::min(label.size() + 1, dotted.size()));
  }
  out.push_back(0);
  return out;
}

struct DnsCounts {
  std::uint16_t questions = 1, answers = 0, authorities = 0, additionals = 0;
};
inline Octets dns_header(std::uint16_t flags, DnsCounts counts = {}) {
  Octets out;
  for (const auto value : {std::uint16_t{0x1234}, flags, counts.questions, counts.answers,
                           counts.authorities, counts.additionals})
    put16(out, value);
  return out;
}

inline Octets dns_question(const Octets& name, std::uint16_t type = 1) {
  auto out = name;
  put16(out, type);
  put16(out, 1);
  return out;
}
inline Octets dns_record(const Octets& name, std::uint16_t type, const Octets& data) {
  auto out = dns_question(name, type);
  put32(out, 300);
  put16(out, data.size());
  return out + data;
}
inline Octets dns_query(std::string_view name, std::uint16_t flags = 0x0100) {
  return dns_header(flags) + dns_question(dns_name(name));
}
inline Octets dns_answer(std::string_view name, std::uint16_t flags = 0x8180) {
  return dns_header(flags, {.answers = 1}) + dns_question(dns_name(name)) +
         dns_record({0xC0, 0x0C}, 1, {192, 0, 2, 1});
}
// Behind its length, as over TCP.
inline Octets dns_framed(const Octets& message) {
  Octets out;
  put16(out, message.size());
  return out + message;
}

}  // namespace rampart::sniffer::test
