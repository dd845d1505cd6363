// Who tells how the target of an attack fares: its users, and neither this run nor the attackers.
#include <gtest/gtest.h>

#include <map>

#include "sniffer/app/app_layer.h"
#include "sniffer/behaviour/behaviour_observer.h"
#include "sniffer/behaviour/behaviour_watch.h"
#include "traffic.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using model::Cause;
using model::Impact;

struct Kept final : BehaviourSink {
  void on_behaviour(const model::Detection& d) override { seen.push_back(d); }
  std::vector<model::Detection> seen;
};

// The last report of each attack.
std::map<std::uint64_t, model::Behaviour> attacks_of(const std::vector<model::Detection>& seen) {
  std::map<std::uint64_t, model::Behaviour> out;
  for (const auto& d : seen) out[d.behaviour->number] = *d.behaviour;
  return out;
}

// The only attack.
model::Behaviour attack_in(const std::vector<model::Detection>& seen, Cause cause) {
  const auto attacks = attacks_of(seen);
  EXPECT_EQ(attacks.size(), 1U) << reports(seen);
  if (attacks.size() != 1) return {};
  EXPECT_EQ(attacks.begin()->second.cause, cause);
  return attacks.begin()->second;
}

std::optional<double> measure(const model::Behaviour& b, std::string_view series) {
  for (const auto& m : b.evidence)
    if (m.series == series) return m.value;
  return std::nullopt;
}

void flood_syns(Traffic& t, double from, double to) {
  int i = 0;
  for (double at = from; at < to; at += 0.002, ++i)
    t.syn(at, host(static_cast<std::uint32_t>(100'000 + i * 7)), port_of(i), 80);
}

TEST(BehaviourWitness, what_this_run_suffers_is_no_harm_to_others) {
  Traffic t;
  visitors(t, 0, 14);
  flood_syns(t, 4, 10);
  for (std::uint16_t i = 0; i < 200; ++i) {  // errors, resets and segments sent again
    model::OwnTuple tuple;
    tuple.local_port = static_cast<std::uint16_t>(50'000 + i);
    tuple.remote = {kVictim, 80};
    t.replay().own.push_back(tuple);
    auto talk = t.connect(4 + i * 0.025, host(1), tuple.local_port, 80, kVictim, 0.3);
    t.exchange(talk, "/", 503);
    t.client(talk, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    auto again = talk;
    again.tcp.client_seq -= 10;
    t.client(again, "Host: a\r\n\r", 0.01);
    t.add(again.at + 0.01, talk.tcp.from_server(tcp_flag::kRst | tcp_flag::kAck));
  }
  const auto b = attack_in(t.play(), Cause::attack_syn_flood);
  EXPECT_EQ(b.impact, Impact::absorbed) << model::to_json(b);
  EXPECT_NEAR(measure(b, "handshakes completed").value_or(0), 10, 1);
  EXPECT_GT(measure(b, "handshakes completed by this run").value_or(0), 10);
  EXPECT_NEAR(measure(b, "answers with 5xx").value_or(-1), 0, 0.1);
  EXPECT_NEAR(measure(b, "requests answered").value_or(-1), 100, 1);
  EXPECT_LT(measure(b, "handshake round trip").value_or(-1), 20);
  EXPECT_FALSE(measure(b, "connections reset by the server"));
  EXPECT_FALSE(measure(b, "segments sent again"));
}

TEST(BehaviourWitness, slow_requests_are_not_unanswered_users) {
  Traffic t;
  for (int i = 0; i < 300; ++i) {
    auto talk = t.connect(5 + i * 0.05, host(9), port_of(i));
    t.client(talk, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int k = 0; k < 8; ++k) t.client(talk, "X-a: b\r\n", 1);
  }
  visitors(t, 0.5, 20);
  const auto b = attack_in(t.play(), Cause::attack_slow_http);
  EXPECT_EQ(b.impact, Impact::absorbed) << model::to_json(b);
  EXPECT_NEAR(measure(b, "requests answered").value_or(0), 100, 1);
}

// A new segment a second, and the last one again in between: still slow.
TEST(BehaviourWitness, slow_requests_are_not_hurried_by_bytes_that_are_sent_again) {
  Traffic t;
  for (int i = 0; i < 60; ++i) {
    auto talk = t.connect(1 + i * 0.01, host(3), port_of(i));
    t.client(talk, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n");
    for (int k = 0; k < 8; ++k) {
      const auto before = talk.tcp.client_seq;
      t.client(talk, std::string(100, 'x'), 1);
      auto again = talk;
      again.tcp.client_seq = before;
      for (int n = 0; n < 3; ++n) {
        t.client(again, std::string(100, 'x'), 0.1);
        again.tcp.client_seq = before;
      }
    }
  }
  attack_in(t.play(), Cause::attack_slow_http);
}

TEST(BehaviourWitness, a_scanner_that_tries_again_is_no_user) {
  Traffic t;
  for (int i = 0; i < 600; ++i)
    for (const double again : {0.0, 1.0, 3.0}) {
      TcpTalk talk;
      talk.client = {.source = host(9), .destination = kVictim};
      talk.client_port = port_of(i);
      talk.server_port = static_cast<std::uint16_t>(1000 + i);
      t.add(15 + i * 0.02 + again, talk.from_client(tcp_flag::kSyn));
    }
  visitors(t, 0.5, 32);
  const auto b = attack_in(t.play(), Cause::attack_port_scan);
  EXPECT_EQ(b.impact, Impact::absorbed) << model::to_json(b);
}

TEST(BehaviourWitness, a_flood_that_sends_each_syn_twice_at_once_is_one) {
  Traffic t;
  for (int i = 0; i < 4000; ++i)
    for (const double again : {0.0, 0.0004}) {
      TcpTalk talk;
      talk.client = {.source = host(static_cast<std::uint32_t>(i * 3)), .destination = kVictim};
      talk.client_port = port_of(i);
      t.add(1 + i * 0.001 + again, talk.from_client(tcp_flag::kSyn));
    }
  EXPECT_NEAR(attack_in(t.play(), Cause::attack_syn_flood).rate, 1000, 20);
}

TEST(BehaviourWitness, a_source_that_goes_through_many_hosts_is_one_attack) {
  Traffic t;
  for (std::uint32_t h = 0; h < 12; ++h)
    for (int i = 0; i < 50; ++i)
      t.refused(1 + h * 5 + i * 0.1, host(9), port_of(i),
                static_cast<std::uint16_t>(1 + h * 100 + i), host(5000 + h));
  const auto b = attack_in(t.play(), Cause::attack_port_scan);
  EXPECT_GT(t.seconds_of(b.to), 60) << "the last host's";
}

// Capture time without packets is not gone through second by second, and is not forgotten.
TEST(BehaviourWitness, what_is_usual_fades_in_a_hole) {
  const auto run = [](double hole) {
    Traffic t;
    int i = 0;
    const auto ask = [&](double from, double to, double rate) {
      for (double at = from; at < to; at += 1 / rate)
        t.add(at, ethernet(icmp({.source = host(1), .destination = kVictim}, 8, 1,
                                static_cast<std::uint16_t>(++i))));
    };
    ask(1, 91, 200);
    ask(91 + hole, 96 + hole, 600);
    return t.play().size();
  };
  EXPECT_EQ(run(0), 0U);
  EXPECT_EQ(run(10), 0U) << "the mean of a minute and more";
  EXPECT_NE(run(1000), 0U);
  EXPECT_NE(run(3000), 0U);
}

// One visitor who comes more often than any forged sender.
TEST(BehaviourWitness, who_completes_his_handshakes_is_not_blamed_for_a_flood) {
  Traffic t;
  flood_syns(t, 1, 6);
  for (int i = 0; i < 60; ++i) {
    auto talk = t.connect(2 + i * 0.06, host(9), port_of(i));
    t.exchange(talk, "/");
    t.close(talk);
  }
  const auto& seen = t.play();
  const auto b = attack_in(seen, Cause::attack_syn_flood);
  for (const auto& d : seen) {
    EXPECT_TRUE(d.behaviour->top.empty()) << reports(seen);
    EXPECT_EQ(d.source.address, base::IpAddress());
  }
  EXPECT_EQ(b.impact, Impact::absorbed);
  EXPECT_NEAR(measure(b, "requests answered").value_or(0), 100, 1) << "he tells how it fares";
}

// Whom the flood keeps out comes again and again, and is refused at other ports.
TEST(BehaviourWitness, who_is_kept_out_by_a_flood_is_not_blamed_for_it) {
  Traffic t;
  visitors(t, 0, 2);
  flood_syns(t, 1, 6);
  for (int i = 0; i < 60; ++i) {
    for (const double again : {0.0, 1.0, 3.0}) {
      TcpTalk talk;
      talk.client = {.source = host(9), .destination = kVictim};
      talk.client_port = port_of(i);
      t.add(1.5 + i * 0.02 + again, talk.from_client(tcp_flag::kSyn));
    }
    t.refused(1.5 + i * 0.02, host(8), port_of(i), 443);
  }
  const auto& seen = t.play();
  const auto b = attack_in(seen, Cause::attack_syn_flood);
  EXPECT_TRUE(b.top.empty()) << reports(seen);
  EXPECT_EQ(b.impact, Impact::degrading) << reports(seen);
}

// The one sender of a flood is named, beside visitors, with what he left unfinished.
TEST(BehaviourWitness, a_sender_who_completes_few_handshakes_is_blamed) {
  Traffic t;
  for (int i = 0; i < 2000; ++i) t.syn(1 + i * 0.0025, host(7), port_of(i), 80);
  for (int i = 0; i < 25; ++i) t.connect(1.01 + i * 0.2, host(7), port_of(30'000 + i));
  for (int i = 0; i < 25; ++i) t.connect(1.02 + i * 0.2, host(9), port_of(i));
  const auto b = attack_in(t.play(), Cause::attack_syn_flood);
  EXPECT_EQ(b.sources, 1U);
  ASSERT_EQ(b.top.size(), 1U);
  EXPECT_EQ(b.top[0].address, host(7));
  EXPECT_NEAR(static_cast<double>(b.top[0].count), 2000, 60);
}

// Packets of one host, handed over without a capture.
struct Direct {
  explicit Direct(std::unique_ptr<behaviour::KernelSource> kernel = nullptr)
      : watch({.spec = {}, .key = key, .kernel = std::move(kernel)}, sink) {
    packet.proto = flow.key.proto = ip_proto::kTcp;
    packet.transport = true;
    packet.flags = tcp_flag::kSyn;
    flow.server = {kVictim, 80};
  }
  void syn(std::uint32_t from, int second) {
    packet.source = flow.client.address = host(from);
    packet.time = flow.start = at(second);
    flow.second = {.second = second_of(second), .packets = 1, .syn = 1};
    observer.tcp(packet, flow, Direction::to_server, {.acceptable = true}, app);
  }
  static std::int64_t second_of(int second) {
    return std::chrono::floor<std::chrono::seconds>(at(second).time_since_epoch()).count();
  }

  HashKey key = random_hash_key();
  Kept sink;
  BehaviourWatch watch;
  BehaviourObserver observer{key, watch};
  AppLayer app{{}};
  Packet packet;
  Flow flow;
};

TEST(BehaviourWitness, connections_that_become_known_as_this_runs_are_no_flood) {
  for (const bool claimed : {false, true}) {
    Direct d;
    d.observer.second(at(0));
    for (int second = 1; second < 8; ++second) {
      for (std::uint32_t i = 0; i < 300; ++i) {
        d.syn(i, second);
        if (claimed) d.observer.claim(d.flow);
      }
      d.observer.second(at(second));
    }
    d.watch.finish();
    EXPECT_EQ(d.sink.seen.empty(), claimed);
  }
}

TEST(BehaviourWitness, handshakes_that_become_known_as_this_runs_are_its_own) {
  Direct d;
  d.observer.second(at(0));
  for (int second = 1; second < 8; ++second) {
    for (std::uint32_t i = 0; i < 300; ++i) d.syn(1000 + i, second);
    d.packet.flags = tcp_flag::kAck;
    for (std::uint32_t i = 0; i < 20; ++i) {
      d.flow.client.address = host(i);
      d.flow.second = {.second = Direct::second_of(second), .packets = 1, .handshakes = 1};
      d.observer.tcp(d.packet, d.flow, Direction::to_server,
                     {.handshake = true, .acceptable = true}, d.app);
      d.observer.claim(d.flow);
    }
    d.packet.flags = tcp_flag::kSyn;
    d.observer.second(at(second));
  }
  d.watch.finish();
  const auto b = attack_in(d.sink.seen, Cause::attack_syn_flood);
  EXPECT_NEAR(b.rate, 300, 1) << "this run's handshakes finish nobody else's";
  EXPECT_NEAR(measure(b, "handshakes completed by this run").value_or(0), 20, 1);
  EXPECT_FALSE(measure(b, "handshakes completed"));
}

class FakeKernel final : public behaviour::KernelSource {
 public:
  explicit FakeKernel(const std::uint64_t& drops) : drops_(drops) {}
  [[nodiscard]] bool is_local(const base::IpAddress& address) const override {
    return address == kVictim;
  }
  std::optional<behaviour::KernelCounters> read() override {
    behaviour::KernelCounters out;
    out.queue_full_drops = drops_;
    return out;
  }

 private:
  const std::uint64_t& drops_;
};

TEST(BehaviourWitness, the_kernel_tells_of_connections_that_it_dropped) {
  for (const bool drops : {false, true})
    for (const bool local : {false, true}) {
      std::uint64_t count = 77;  // since the host booted
      Direct d(std::make_unique<FakeKernel>(count));
      if (!local) d.flow.server.address = host(5);
      for (int second = 0; second < 12; ++second) {
        if (second >= 4)
          for (std::uint32_t i = 0; i < 300; ++i) d.syn(i, second);
        if (second == 6 && drops) count += 500;
        d.observer.second(at(second));
      }
      d.watch.finish();
      const auto b = attack_in(d.sink.seen, Cause::attack_syn_flood);
      const auto told = measure(b, "kernel: SYNs dropped, half-open queue full");
      if (local) {
        EXPECT_EQ(b.impact, drops ? Impact::degrading : Impact::absorbed);
        EXPECT_EQ(told, drops ? 500 : 0);
      } else {
        EXPECT_EQ(b.impact, Impact::unknown);
        EXPECT_EQ(told, std::nullopt);
      }
    }
}

}  // namespace
}  // namespace rampart::sniffer
