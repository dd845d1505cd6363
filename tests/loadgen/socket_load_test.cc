#include "loadgen/socket_load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace rampart::loadgen {
namespace {

// Shares that are fewer than the workers, and loads between which others stand.
TEST(SocketLoad, EachSocketHasANumberOfItsOwn) {
  std::vector<model::LoadSpec> loads(6);
  const std::uint32_t connections[] = {100, 7, 2, 50, 1, 9};
  const std::uint32_t shares[] = {1, 4, 2, 4, 1, 3};
  for (std::size_t i = 0; i < loads.size(); ++i) {
    loads[i].connections = connections[i];
    loads[i].protocol = i == 3 ? model::Protocol::http1 : model::Protocol::icmp;
  }
  std::vector<std::uint64_t> numbers;
  for (std::uint32_t i = 0; i < loads.size(); ++i) {
    if (i == 3) continue;
    for (std::uint32_t n = 0; n < connections[i]; ++n)  // dealt out one by one
      numbers.push_back(
          socket_number(loads, i, {.index = n % shares[i], .count = shares[i]}, n / shares[i]));
  }
  std::sort(numbers.begin(), numbers.end());
  std::vector<std::uint64_t> wanted(119);
  std::iota(wanted.begin(), wanted.end(), 0);
  EXPECT_EQ(numbers, wanted);
}

}  // namespace
}  // namespace rampart::loadgen
