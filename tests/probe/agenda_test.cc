#include "probe/agenda.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "net/loop.h"

namespace rampart::probe {
namespace {

using namespace std::chrono_literals;

class Note final : public Agenda::Item {
 public:
  Note(Agenda& agenda, std::function<void(Note&)> act) : Item(agenda), act_(std::move(act)) {}
  void on_due() override { act_(*this); }
  using Item::set_due;

 private:
  std::function<void(Note&)> act_;
};

struct AgendaTest : ::testing::Test {
  base::SystemClock clock;
  net::Loop loop;
  Agenda agenda{loop, clock};
  std::string told;

  std::unique_ptr<Note> note(char name, bool last = false) {
    return std::make_unique<Note>(agenda, [this, name, last](Note&) {
      told += name;
      if (last) loop.stop();
    });
  }
};

TEST_F(AgendaTest, TellsInTheOrderOfTheTimes) {
  const auto now = clock.mono();
  auto a = note('a'), b = note('b'), c = note('c'), gone = note('x'), never = note('n');
  auto end = note('e', true);
  end->set_due(now + 5ms);
  c->set_due(now + 3ms);
  gone->set_due(now + 1ms);
  a->set_due(now + 4ms);
  a->set_due(now + 1ms);
  b->set_due(now - 1s);
  gone.reset();
  loop.run();
  EXPECT_EQ(told, "bace");
  EXPECT_GE(clock.mono(), now + 5ms);
}

// One that is always due lets the others have their turn, and may change the others.
TEST_F(AgendaTest, GivesEachItsTurn) {
  auto other = note('o');
  auto doomed = note('d');
  int again = 0;
  Note busy(agenda, [&](Note& self) {
    if (++again == 3) {
      doomed.reset();
      other->set_due(clock.mono());
    }
    if (again == 6) return loop.stop();
    self.set_due(clock.mono());
  });
  doomed->set_due(clock.mono() + 10s);
  busy.set_due(clock.mono());
  loop.run();
  EXPECT_EQ(told, "o");
  EXPECT_EQ(again, 6);
}

}  // namespace
}  // namespace rampart::probe
