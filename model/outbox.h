#pragma once

#include <utility>

namespace rampart::model {

// Where a producer thread puts its records. One producer, one consumer; the ring behind it belongs
// to runner. Never blocks.
template <class T>
class Outbox {
 public:
  virtual ~Outbox() = default;
  // False where the ring is full: the record is gone, and the outbox has counted it.
  virtual bool push(T&& record) noexcept = 0;
  // As push(), but what finds no room is still the caller's, and is not counted.
  virtual bool offer(T&& record) noexcept { return push(std::move(record)); }
};

}  // namespace rampart::model
