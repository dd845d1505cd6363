#pragma once

#include "model/outbox.h"

namespace rampart::cli {

// Takes what a command has no use for.
template <class T>
class Nowhere final : public model::Outbox<T> {
 public:
  bool push(T&&) noexcept override { return true; }
};

}  // namespace rampart::cli
