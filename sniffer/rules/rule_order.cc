#include "sniffer/rules/rule_order.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>
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

RuleList in_order(std::vector<Rule> rules) {
  std::vector<std::pair<decltype(key_of(rules[0])), std::size_t>> order;
  order.reserve(rules.size());
  for (std::size_t i = 0; i < rules.size(); ++i) order.emplace_back(key_of(rules[i]), i);
  std::sort(order.begin(), order.end());
  // Rules are large and many: they go to their places round by round, not by way of a copy.
  for (std::size_t begin = 0; begin < order.size(); ++begin) {
    std::size_t to = begin;
    for (auto from = order[to].second; from != begin; from = order[to].second) {
      std::swap(rules[to], rules[from]);
      order[to].second = to;
      to = from;
    }
    order[to].second = to;
  }
  return std::make_shared<const std::vector<Rule>>(std::move(rules));
}

}  // namespace rampart::sniffer
