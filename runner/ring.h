#pragma once

#include <readerwriterqueue/readerwriterqueue.h>

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

#include <atomic>
#include <cstdint>
#include <utility>

#include "model/outbox.h"

namespace rampart::runner {

// A bounded ring between one producer thread and one consumer thread. Full: drop and count.
template <class T>
class Ring final : public model::Outbox<T> {
 public:
  explicit Ring(std::size_t capacity) : queue_(capacity) {}

  bool push(T&& record) noexcept override {
    if (offer(std::move(record))) return true;
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  bool offer(T&& record) noexcept override {
    release();
    return queue_.try_enqueue(std::move(record));
  }
  // Consumer thread.
  bool pop(T& record) {
    const bool taken = queue_.try_dequeue(record);
    acquire();
    return taken;
  }
  // Any thread.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  // The queue orders its two threads by fences, which the thread sanitizer does not see: it is told
  // here that what a record points to was written before. Nothing in any other build.
#if defined(__SANITIZE_THREAD__)
  void release() { __tsan_release(&queue_); }
  void acquire() { __tsan_acquire(&queue_); }
#else
  void release() {}
  void acquire() {}
#endif

  moodycamel::ReaderWriterQueue<T> queue_;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace rampart::runner
