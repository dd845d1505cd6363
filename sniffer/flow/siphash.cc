#include "sniffer/flow/siphash.h"

#include <sys/random.h>

#include <cstring>

#include "base/assert.h"

namespace rampart::sniffer {

HashKey random_hash_key() {
  HashKey key;
  // Up to 256 bytes come whole or not at all (getrandom(2)); Linux has had it since 3.17.
  const auto got = getrandom(&key, sizeof key, 0);
  RAMPART_ASSERT(got == static_cast<ssize_t>(sizeof key));
  return key;
}

void SipHash::add(const base::IpAddress& address) {
  std::uint64_t words[2];
  std::memcpy(words, address.bytes.data(), sizeof words);
  add(words[0]);
  add(words[1]);
  add(address.v6 ? 1 : 0);
}

}  // namespace rampart::sniffer
