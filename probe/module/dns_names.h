#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rampart::probe {

// The names of DNS's numbers as blackbox_exporter writes and takes them. Any thread.

// "A", "AAAA", "ANY" ...; nothing where unknown.
std::optional<std::uint16_t> dns_type(const std::string& name);
std::string dns_type_name(std::uint16_t type);  // "TYPE65280" where it has no name
// "IN", "CS", "CH", "HS", "NONE", "ANY".
std::optional<std::uint16_t> dns_class(std::string_view name);
std::string dns_class_name(std::uint16_t klass);  // "CLASS7" where it has no name
// "NOERROR", "NXDOMAIN" ...
std::optional<std::uint16_t> dns_rcode(std::string_view name);
std::string dns_rcode_name(std::uint16_t rcode);  // "rcode 11" where it has no name

}  // namespace rampart::probe
