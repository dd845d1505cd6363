#include "sniffer/rules/rule_order.h"

#include <tuple>
#include <vector>

namespace rampart::sniffer {
namespace {

enum class Use : std::uint8_t { sets, sets_and_tests, tests, none };

template <class T>
Use use_of(const std::vector<T>& all) {
  bool sets = false;
  bool tests = false;
  for (const auto& one : all) (is_test(one.op) ? tests : sets) = true;
  if (sets) return tests ? Use::sets_and_tests : Use::sets;
  return tests ? Use::tests : Use::none;
}

auto key_of(const Rule& r) {
  return std::tuple(r.action, use_of(r.flowbits), use_of(r.flowints), use_of(r.xbits), r.priority);
}

}  // namespace

bool goes_before(const Rule& a, const Rule& b) { return key_of(a) < key_of(b); }

}  // namespace rampart::sniffer
