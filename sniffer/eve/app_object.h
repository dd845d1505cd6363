#pragma once

#include <string>
#include <vector>

#include "sniffer/app/dns_transaction.h"
#include "sniffer/app/transaction.h"

// What EVE says of an application's transaction, with the members that Suricata 7 gives it. Text of
// the wire is escaped, made valid UTF-8 and cut at kMostEveText bytes; lists have at most
// kMostEveEntries entries.

namespace rampart::sniffer {

inline constexpr std::size_t kMostEveText = 4096;
inline constexpr std::size_t kMostEveEntries = 64;

enum class EveUse : std::uint8_t { record, in_alert };

// One text for each line, such as `"http":{"hostname":"example.org"}`: a DNS query has a line for
// each question. None where there is nothing to say. The transaction's buffers must still hold.
std::vector<std::string> app_objects(const Transaction& transaction, EveUse use);
std::vector<std::string> dns_objects(const DnsTransaction& transaction, EveUse use);

}  // namespace rampart::sniffer
