#pragma once

namespace rampart::base {

// Prints the broken invariant and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace rampart::base

// Stays on in release. For rampart's own bugs only, never for input, packets or configuration.
#define RAMPART_ASSERT(expression) \
  (static_cast<bool>(expression)   \
       ? static_cast<void>(0)      \
       : ::rampart::base::assertion_failed(#expression, __FILE__, __LINE__))
