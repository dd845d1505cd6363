#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace rampart::base {

// The value, or an Error. Unlike plain tl::expected it cannot be ignored silently.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

using Status = Result<void>;

inline tl::unexpected<Error> fail(Errc code, std::string text) {
  return tl::unexpected<Error>(Error{code, std::move(text)});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace rampart::base

#define RAMPART_JOIN_INNER(a, b) a##b
#define RAMPART_JOIN(a, b) RAMPART_JOIN_INNER(a, b)

// RAMPART_TRY(auto conn, pool.acquire()); binds the value or returns the error from this function.
#define RAMPART_TRY(declaration, expression)                                               \
  auto RAMPART_JOIN(rampart_try_, __LINE__) = (expression);                                \
  if (!RAMPART_JOIN(rampart_try_, __LINE__))                                               \
    return ::rampart::base::fail(std::move(RAMPART_JOIN(rampart_try_, __LINE__)).error()); \
  declaration = *std::move(RAMPART_JOIN(rampart_try_, __LINE__))

// The same for a Status: RAMPART_CHECK(writer.flush());
#define RAMPART_CHECK(expression)                                                         \
  do {                                                                                    \
    auto rampart_check_ = (expression);                                                   \
    if (!rampart_check_) return ::rampart::base::fail(std::move(rampart_check_).error()); \
  } while (false)
