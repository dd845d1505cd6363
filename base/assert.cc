#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace rampart::base {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "rampart: internal error: %s does not hold (%s:%d); please report this\n",
               expression, file, line);
  std::abort();
}

}  // namespace rampart::base
