#pragma once

#include <cstdint>
#include <set>

#include "base/assert.h"
#include "sniffer/app/app_event.h"
#include "sniffer/app/parser.h"

namespace rampart::sniffer {

// Looks at every buffer of every transaction at each step, as rules might, and ends the program
// where a promise of AppSink is broken.
class HttpWitness final : public AppSink {
 public:
  void on_progress(Transaction& transaction, Direction direction) override {
    open_.insert(&transaction);
    RAMPART_ASSERT(transaction.stage[index(direction)] != Stage::none);
    for (const auto& info : buffer_infos())
      for (unsigned i = 0; i < 20; ++i) {
        const auto view = transaction.buffer(info.id, direction, i);
        if (!view) break;
        for (const auto byte : view->data) sum_ += byte;
        RAMPART_ASSERT(view->base + view->data.size() <= 1U << 20U);
      }
  }
  void on_done(Transaction& transaction) override { open_.erase(&transaction); }
  void on_event(AppEvent event, Direction, Transaction* transaction) override {
    RAMPART_ASSERT(!to_string(event).empty());
    if (transaction != nullptr) sum_ += transaction->number;
  }
  [[nodiscard]] bool nothing_open() const { return open_.empty(); }

 private:
  std::set<const Transaction*> open_;
  std::uint64_t sum_ = 0;
};

}  // namespace rampart::sniffer
