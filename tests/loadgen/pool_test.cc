#include "loadgen/pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/loadgen/load_lab.h"
#include "tests/support/fake_clock.h"

namespace rampart::loadgen {
namespace {

using namespace std::chrono_literals;
using State = Channel::State;

class NoListener final : public Channel::Listener {
  void on_open(Channel&, std::uint32_t) override {}
  void on_answer(Exchange&, const Answer&) override {}
  void on_blocked(Exchange&) override {}
  void on_lost(Exchange&, std::optional<model::LoadError>) override {}
  void on_draining(Channel&) override {}
  void on_end(Channel&, model::LoadError) override {}
};

// A channel whose opening takes the kernel a while.
class SlowToOpen final : public Channel {
 public:
  SlowToOpen(Listener& listener, testing::FakeClock& clock, base::Nanos takes)
      : Channel(1, listener), clock_(clock), takes_(takes) {}
  void open(const base::Endpoint&, const std::optional<base::IpAddress>&) override {
    clock_.advance(takes_);
  }
  void send(Exchange&, const Request&) override {}
  bool cancel(Exchange&) override { return true; }
  bool heard(const Exchange&) const override { return false; }
  void close() override {}
  std::uint16_t local_port() const override { return 0; }

 private:
  testing::FakeClock& clock_;
  base::Nanos takes_;
};

// Ten channels that take 2 ms each to open.
class SlowPool : public ::testing::Test, private net::Deferred {
 protected:
  SlowPool() {
    target_.endpoints = {{*base::IpAddress::parse("127.0.0.1"), 9}};
    for (int i = 0; i < 10; ++i) pool_.add(std::make_unique<SlowToOpen>(listener_, clock_, 2ms));
  }

  [[nodiscard]] std::ptrdiff_t in(State state) const {
    return std::count_if(pool_.channels().begin(), pool_.channels().end(),
                         [&](const auto& channel) { return channel->state == state; });
  }
  void connect_all() {
    for (const auto& channel : pool_.channels()) pool_.connect(*channel);
  }
  // How many are on their way after each turn of the loop, until all are or ten turns have passed.
  std::vector<std::ptrdiff_t> turns() {
    loop_.before_wait(*this);
    loop_.run();
    return after_turn_;
  }

  net::Loop loop_;
  testing::FakeClock clock_;
  NoListener listener_;
  Shelf<model::OwnTuple> tuples_;
  model::LoadSpec spec_;
  model::Target target_;
  Pool pool_{{.spec = spec_, .target = target_},
             {.loop = loop_, .clock = clock_, .tuples = tuples_}};

 private:
  void before_wait() override {
    after_turn_.push_back(in(State::connecting));
    if (after_turn_.back() == 10 || after_turn_.size() == 10)
      loop_.stop();
    else
      loop_.before_wait(*this);
  }

  std::vector<std::ptrdiff_t> after_turn_;
};

TEST_F(SlowPool, OpensForFiveMillisecondsOfATurnAndGoesOnInTheNext) {
  connect_all();
  EXPECT_EQ(in(State::connecting), 3);
  EXPECT_EQ(in(State::queued), 7);
  EXPECT_EQ(turns(), (std::vector<std::ptrdiff_t>{6, 9, 10}));
}

TEST_F(SlowPool, WaitsForAnswersFromWhenItWasOpened) {
  const auto began = clock_.mono();
  connect_all();
  turns();
  EXPECT_EQ(pool_.timed_out(began + spec_.connect_timeout), pool_.channels().front().get());
  EXPECT_EQ(pool_.channels().back()->deadline, began + 18ms + spec_.connect_timeout);
}

TEST_F(SlowPool, OnceStoppedOpensNothingThatWaits) {
  connect_all();
  pool_.stop();
  turns();
  EXPECT_EQ(in(State::connecting), 3);
  EXPECT_EQ(in(State::queued), 7);
}

TEST(Pool, AddressesOfNetworks) {
  const auto count = [](const char* text) {
    return addresses_of({*base::Cidr::parse(text)}, 65536).size();
  };
  EXPECT_EQ(count("127.0.1.0/24"), 254U);
  EXPECT_EQ(count("127.0.1.7/32"), 1U);
  EXPECT_EQ(count("127.0.1.6/31"), 2U);
  EXPECT_EQ(count("fd00::/120"), 256U);
  EXPECT_EQ(count("10.0.0.0/8"), 65536U);
  const auto some = addresses_of({*base::Cidr::parse("127.0.1.0/30")}, 10);
  ASSERT_EQ(some.size(), 2U);
  EXPECT_EQ(base::to_string(some[0]), "127.0.1.1");
  EXPECT_EQ(base::to_string(some[1]), "127.0.1.2");
}

}  // namespace
}  // namespace rampart::loadgen
