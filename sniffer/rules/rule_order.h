#pragma once

#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// A strict weak order for a stable sort: which of two rules is evaluated first on one packet. By
// action; then rules that set flowbits before those that also test them, before those that only
// test them, before those without any; then flowints and xbits likewise; then by priority.
bool goes_before(const Rule& a, const Rule& b);

}  // namespace rampart::sniffer
