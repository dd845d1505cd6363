#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// Why a rule (or a line of a rule file) cannot be honoured.
struct Diagnostic {
  std::string file;
  std::size_t line = 0;    // 1-based
  std::size_t column = 0;  // 1-based, in bytes
  std::string message;
  std::string keyword;  // that was refused; "protocol x" or empty where it was none
};
std::string to_string(const Diagnostic& diagnostic);  // "file:line:column: message"

// Values of $NAMES without the "$": {"HOME_NET", "[10.0.0.0/8]"}. The usual names need not be
// given: address names (HOME_NET, EXTERNAL_NET, HTTP_SERVERS, ...) are any, port names have their
// customary values (HTTP_PORTS 80, SSH_PORTS 22, SHELLCODE_PORTS !80, ...).
using RuleVariables = std::map<std::string, std::string, std::less<>>;

struct RuleSet {
  std::vector<Rule> rules;  // in the order of the files
  StateNames names;         // of what the rules remember
};

struct ParsedRules {
  RuleSet set;
  std::vector<Diagnostic> diagnostics;  // one per refused rule
  std::size_t failed = 0;               // refused rules
  std::vector<std::string> useless;     // files of which every rule was refused, and not in vain
};

// Reads rules in Suricata's syntax: one per line, a backslash at the end continues it, '#' comments
// out. A rule that cannot be honoured in full is refused alone. Of rules with the same gid and sid
// the one with the highest revision stands. Reads classification.config beside
// each file where there is one, over the built-in classes. Fails only where a file cannot be read.
base::Result<ParsedRules> load_rules(std::span<const std::string> paths,
                                     const RuleVariables& variables = {});

// The same for text that is at hand; `file` is for the diagnostics.
ParsedRules parse_rules(std::string_view text, std::string_view file,
                        const RuleVariables& variables = {});

}  // namespace rampart::sniffer
