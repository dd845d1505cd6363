#pragma once

#include <array>
#include <cstddef>

namespace rampart::net {

// Memory for one nghttp2 session; private to net. A session asks for a dozen small blocks per
// request and gives them back in other order and in bursts, so they are kept in lists by size and
// given out again: after warm-up no request reaches operator new. Holds the most that was in use at
// once until it is destroyed, which must be after the session.
class Http2Memory {
 public:
  Http2Memory() = default;
  ~Http2Memory();
  Http2Memory(const Http2Memory&) = delete;
  Http2Memory& operator=(const Http2Memory&) = delete;

  // As malloc, calloc, realloc and free. hot
  void* allocate(std::size_t size) noexcept;
  void* allocate_zeroed(std::size_t count, std::size_t size) noexcept;
  void* reallocate(void* block, std::size_t size) noexcept;
  void release(void* block) noexcept;

 private:
  static constexpr std::size_t kStep = 32;
  static constexpr std::size_t kLargest = 1024;  // above: straight from operator new
  struct alignas(std::max_align_t) Head {        // in front of each block
    std::size_t size;                            // without this head
    Head* next;                                  // while it is in a list
  };

  std::array<Head*, kLargest / kStep> free_{};
};

}  // namespace rampart::net
