#pragma once

#include <readerwriterqueue/readerwriterqueue.h>

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
    if (queue_.try_enqueue(std::move(record))) return true;
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  // Consumer thread.
  bool pop(T& record) { return queue_.try_dequeue(record); }
  // Any thread.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  moodycamel::ReaderWriterQueue<T> queue_;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace rampart::runner
