#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

struct ldns_struct_rdf;
struct ldns_struct_rr;

namespace rampart::probe {

// One record of a DNS message.
class DnsRecord {
 public:
  // At `at` of the message, which is moved behind it. Errc::protocol for what is no record.
  static base::Result<DnsRecord> read(std::span<const std::uint8_t> message, std::size_t& at);

  [[nodiscard]] std::uint16_t type() const { return type_; }
  // The 32 bits of the time to live, which EDNS uses for other things.
  [[nodiscard]] std::uint32_t ttl() const;
  // SOA only.
  [[nodiscard]] std::uint32_t serial() const;
  // One line as in a zone file, in the form that blackbox_exporter matches its expressions against.
  [[nodiscard]] std::string text() const;

 private:
  struct Free {
    void operator()(ldns_struct_rr* record) const noexcept;
  };

  [[nodiscard]] std::string data_text() const;
  [[nodiscard]] std::string field_text(const ldns_struct_rdf& field) const;
  [[nodiscard]] std::string edns_text() const;

  std::uint16_t type_ = 0;
  std::uint16_t klass_ = 0;
  std::string raw_;  // its data as on the wire
  std::unique_ptr<ldns_struct_rr, Free> record_;
};

// A name in wire form without compression: "web.test."
std::string dns_name_text(std::span<const std::uint8_t> wire);

}  // namespace rampart::probe
