#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {

// How much of some rule files can be honoured.
class Coverage {
 public:
  void add(const ParsedRules& parsed);
  // "13990 of 14054 rules can be used (99.5 %); refused: 35 protocol smb, 20 lua", the most
  // frequent first, without what is rarer than the first ten.
  [[nodiscard]] std::string line() const;
  [[nodiscard]] bool complete() const { return refused_ == 0; }

 private:
  std::size_t loaded_ = 0;
  std::size_t refused_ = 0;
  std::map<std::string, std::size_t, std::less<>> by_keyword_;
};

}  // namespace rampart::sniffer
