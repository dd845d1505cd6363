#pragma once

#include <memory>
#include <vector>

#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {

// A strict weak order for a stable sort: which of two rules is evaluated first on one packet. By
// action; then rules that set flowbits before those that also test them, before those that only
// test them, before those without any; then flowints and xbits likewise; then by priority.
bool goes_before(const Rule& a, const Rule& b);

// Rules in that order. Shared by the detectors of one capture, each on its thread; never null.
using RuleList = std::shared_ptr<const std::vector<Rule>>;
RuleList in_order(std::vector<Rule> rules);

}  // namespace rampart::sniffer
