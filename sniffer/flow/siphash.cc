#include "sniffer/flow/siphash.h"

#include <sys/random.h>

#include "base/assert.h"

namespace rampart::sniffer {

HashKey random_hash_key() {
  HashKey key;
  // Up to 256 bytes come whole or not at all (getrandom(2)); Linux has had it since 3.17.
  const auto got = getrandom(&key, sizeof key, 0);
  RAMPART_ASSERT(got == static_cast<ssize_t>(sizeof key));
  return key;
}

}  // namespace rampart::sniffer
