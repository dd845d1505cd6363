#include "sniffer/rules/classification.h"

#include <fmt/core.h>

#include <charconv>

namespace rampart::sniffer {
namespace {

struct Row {
  const char* name;
  const char* description;
  std::uint32_t priority;
};

// The classes that public rule sets rely on; names, descriptions and priorities are theirs.
constexpr Row kClasses[] = {
    {"not-suspicious", "Not Suspicious Traffic", 3},
    {"unknown", "Unknown Traffic", 3},
    {"bad-unknown", "Potentially Bad Traffic", 2},
    {"attempted-recon", "Attempted Information Leak", 2},
    {"successful-recon-limited", "Information Leak", 2},
    {"successful-recon-largescale", "Large Scale Information Leak", 2},
    {"attempted-dos", "Attempted Denial of Service", 2},
    {"successful-dos", "Denial of Service", 2},
    {"attempted-user", "Attempted User Privilege Gain", 1},
    {"unsuccessful-user", "Unsuccessful User Privilege Gain", 1},
    {"successful-user", "Successful User Privilege Gain", 1},
    {"attempted-admin", "Attempted Administrator Privilege Gain", 1},
    {"successful-admin", "Successful Administrator Privilege Gain", 1},
    {"rpc-portmap-decode", "Decode of an RPC Query", 2},
    {"shellcode-detect", "Executable code was detected", 1},
    {"string-detect", "A suspicious string was detected", 3},
    {"suspicious-filename-detect", "A suspicious filename was detected", 2},
    {"suspicious-login", "An attempted login using a suspicious username was detected", 2},
    {"system-call-detect", "A system call was detected", 2},
    {"tcp-connection", "A TCP connection was detected", 4},
    {"trojan-activity", "A Network Trojan was detected", 1},
    {"unusual-client-port-connection", "A client was using an unusual port", 2},
    {"network-scan", "Detection of a Network Scan", 3},
    {"denial-of-service", "Detection of a Denial of Service Attack", 2},
    {"non-standard-protocol", "Detection of a non-standard protocol or event", 2},
    {"protocol-command-decode", "Generic Protocol Command Decode", 3},
    {"web-application-activity", "access to a potentially vulnerable web application", 2},
    {"web-application-attack", "Web Application Attack", 1},
    {"misc-activity", "Misc activity", 3},
    {"misc-attack", "Misc Attack", 2},
    {"icmp-event", "Generic ICMP event", 3},
    {"policy-violation", "Potential Corporate Privacy Violation", 1},
    {"default-login-attempt", "Attempt to login by a default username and password", 2},
    {"targeted-activity", "Targeted Malicious Activity was Detected", 1},
    {"exploit-kit", "Exploit Kit Activity Detected", 1},
    {"external-ip-check", "Device Retrieving External IP Address Detected", 2},
    {"domain-c2", "Domain Observed Used for C2 Detected", 1},
    {"pup-activity", "Possibly Unwanted Program Detected", 2},
    {"credential-theft", "Successful Credential Theft Detected", 1},
    {"social-engineering", "Possible Social Engineering Attempted", 2},
    {"coin-mining", "Crypto Currency Mining Activity Detected", 2},
    {"command-and-control", "Malware Command and Control Activity Detected", 1},
};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

Classification Classification::built_in() {
  Classification out;
  for (const auto& row : kClasses) out.classes_[row.name] = {row.description, row.priority};
  return out;
}

base::Status Classification::add(std::string_view text, std::string_view file) {
  constexpr std::string_view kPrefix = "config classification:";
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = text.find('\n');
    const auto row = trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (row.empty() || row.front() == '#') continue;
    const auto body = row.starts_with(kPrefix) ? row.substr(kPrefix.size()) : std::string_view{};
    const auto first = body.find(',');
    const auto last = body.rfind(',');
    std::uint32_t priority = 0;
    if (first != last) {
      const auto digits = trim(body.substr(last + 1));
      const auto [stop, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), priority);
      if (error != std::errc{} || stop != digits.data() + digits.size()) priority = 0;
    }
    if (priority == 0 || priority > 255)
      return base::fail(base::Errc::parse,
                        fmt::format("{}:{}: expected 'config classification: "
                                    "name,description,priority' with a priority of 1 to 255",
                                    file, line));
    classes_[std::string(trim(body.substr(0, first)))] = {
        std::string(trim(body.substr(first + 1, last - first - 1))), priority};
  }
  return {};
}

const RuleClass* Classification::find(std::string_view name) const {
  const auto found = classes_.find(name);
  return found == classes_.end() ? nullptr : &found->second;
}

}  // namespace rampart::sniffer
