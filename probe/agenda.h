#pragma once

#include <map>

#include "base/clock.h"
#include "net/timer.h"

namespace rampart::probe {

// When each of many is due, by one timer, so that ten thousand checks need no ten thousand
// descriptors. Probe thread only.
class Agenda final : private net::Timer::Listener {
 public:
  class Item;
  using Entries = std::multimap<base::MonoTime, Item*>;

  // Whoever has something to do at times. The agenda outlives its items.
  class Item {
   public:
    virtual void on_due() = 0;

   protected:
    explicit Item(Agenda& agenda);
    virtual ~Item();
    Item(const Item&) = delete;
    Item& operator=(const Item&) = delete;
    // on_due() comes once, at `due` or soon after, and not from inside this call; replaces an
    // earlier due time. No allocation.
    void set_due(base::MonoTime due);

   private:
    friend Agenda;
    Agenda& agenda_;
    Entries::node_type idle_;    // its entry, while it waits for nothing
    Entries::iterator waiting_;  // else
  };

  Agenda(net::Loop& loop, const base::Clock& clock) : clock_(clock), timer_(loop, *this) {}

 private:
  void on_timer(net::Timer& timer) override;

  const base::Clock& clock_;
  net::Timer timer_;
  base::MonoTime armed_ = base::MonoTime::max();
  Entries waiting_;
};

}  // namespace rampart::probe
