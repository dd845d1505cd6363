#include "sniffer/behaviour/behaviour_watch.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include "sniffer/app/app_layer.h"
#include "sniffer/behaviour/behaviour_observer.h"
#include "traffic.h"

// Whole captures: each attack is found, with what is said of it, and each thing that looks like one
// is not.

namespace rampart::sniffer {
namespace {

using namespace test;
using model::BehaviourPhase;
using model::Cause;
using model::Impact;

// The last report of the only attack, which is its end.
const model::Behaviour& only(const std::vector<model::Detection>& seen, Cause cause) {
  static const model::Behaviour kNothing;
  const model::Behaviour* last = nullptr;
  for (const auto& d : seen) {
    EXPECT_EQ(d.gid, model::kBehaviourGid);
    EXPECT_EQ(d.sid, model::behaviour_sid(cause)) << d.msg;
    EXPECT_EQ(d.behaviour->number, 1U);
    EXPECT_EQ(d.owner, model::Owner::other);
    last = d.behaviour.get();
  }
  EXPECT_NE(last, nullptr) << "nothing was found";
  if (last == nullptr) return kNothing;
  EXPECT_EQ(seen.front().behaviour->phase, BehaviourPhase::begin);
  EXPECT_EQ(last->phase, BehaviourPhase::end);
  return *last;
}

double measure(const model::Behaviour& b, std::string_view series) {
  for (const auto& m : b.evidence)
    if (m.series == series) return m.value;
  ADD_FAILURE() << "no evidence of " << series;
  return -1;
}

void flood_syns(Traffic& t, double from, double to, double per_second) {
  int i = 0;
  for (double at = from; at < to; at += 1 / per_second, ++i)
    t.syn(at, host(static_cast<std::uint32_t>(100'000 + i * 7)), port_of(i), 80);
}

TEST(BehaviourWatch, a_syn_flood_is_reported_once_updated_and_ended) {
  Traffic t;
  visitors(t, 0, 40);
  flood_syns(t, 10, 22, 500);
  const auto& seen = t.play();
  const auto& b = only(seen, Cause::attack_syn_flood);
  EXPECT_EQ(base::to_string(b.target), "192.0.2.1:80");
  EXPECT_EQ(t.seconds_of(b.from), 10);
  EXPECT_EQ(t.seconds_of(b.to), 22);
  EXPECT_EQ(t.seconds_of(seen.front().at), 12) << "two seconds after it began";
  EXPECT_EQ(t.seconds_of(seen.back().at), 25) << "three quiet seconds";
  EXPECT_EQ(seen.size(), 4U) << "begin, two updates, end";
  EXPECT_NEAR(b.rate, 500, 10);
  EXPECT_NEAR(static_cast<double>(b.count), 6000, 60);
  EXPECT_NEAR(static_cast<double>(b.sources), 6000, 900);  // five standard errors
  EXPECT_TRUE(b.top.empty()) << "nobody stands out among forged sources";
  EXPECT_EQ(b.threshold, 100);
  EXPECT_EQ(b.impact, Impact::absorbed) << reports(seen);
  EXPECT_NEAR(measure(b, "handshakes completed, of those that clients insisted on"), 100, 0.1);
}

TEST(BehaviourWatch, a_syn_flood_that_visitors_suffer_from_is_degrading) {
  Traffic t;
  visitors(t, 0, 10);
  flood_syns(t, 10, 16, 500);
  for (int i = 0; i < 60; ++i)  // who try again and again
    for (const double again : {0.0, 1.0, 3.0}) {
      TcpTalk talk;
      talk.client = {.source = host(static_cast<std::uint32_t>(900 + i)), .destination = kVictim};
      talk.client_port = port_of(i);
      t.add(10 + i * 0.05 + again, talk.from_client(tcp_flag::kSyn));
    }
  const auto& b = only(t.play(), Cause::attack_syn_flood);
  EXPECT_EQ(b.impact, Impact::degrading);
  EXPECT_LT(measure(b, "handshakes completed, of those that clients insisted on"), 50);
}

TEST(BehaviourWatch, a_syn_flood_of_one_sender_names_it) {
  Traffic t;
  for (int i = 0; i < 3000; ++i) t.syn(1 + i * 0.002, host(7), port_of(i), 443);
  const auto& b = only(t.play(), Cause::attack_syn_flood);
  EXPECT_EQ(b.target.port, 443);
  EXPECT_EQ(b.sources, 1U);
  ASSERT_EQ(b.top.size(), 1U);
  EXPECT_EQ(b.top[0].address, host(7));
  EXPECT_GT(b.top[0].count, 2900U);
}

TEST(BehaviourWatch, icmp_and_udp_floods) {
  Traffic t;
  for (int i = 0; i < 3000; ++i) {
    const IpBuilder outer{.source = host(static_cast<std::uint32_t>(i % 3)),
                          .destination = kVictim};
    t.add(1 + i * 0.002, ethernet(icmp(outer, 8, 5, static_cast<std::uint16_t>(i))));
  }
  const auto& b = only(t.play(), Cause::attack_icmp_flood);
  EXPECT_EQ(b.target, (base::Endpoint{kVictim, 0}));
  EXPECT_EQ(b.sources, 3U);
  EXPECT_NEAR(b.rate, 500, 1);

  Traffic u;
  for (int i = 0; i < 8000; ++i) {
    const IpBuilder outer{.source = host(9), .destination = kVictim};
    u.add(1 + i * 0.0005, ethernet(udp(outer, port_of(i), 9999, "x")));
  }
  const auto& seen = u.play();
  const auto& d = only(seen, Cause::attack_udp_flood);
  EXPECT_NEAR(d.rate, 2000, 10);
  EXPECT_EQ(seen[0].proto, ip_proto::kUdp);
}

TEST(BehaviourWatch, an_http_flood_of_few_senders_and_one_page) {
  Traffic t;
  visitors(t, 0, 10, 0.1, 8080);
  for (std::uint32_t c = 0; c < 4; ++c) {
    auto talk = t.connect(1, host(c), port_of(static_cast<int>(c)), 8080);
    for (int i = 0; i < 500; ++i) {
      talk.at = 1.05 + i * 0.01;
      t.exchange(talk, fmt::format("/?{}", i));
    }
  }
  const auto& b = only(t.play(), Cause::attack_http_flood);
  EXPECT_EQ(b.target, (base::Endpoint{kVictim, 8080}));
  EXPECT_GE(b.sources, 4U);
  ASSERT_GE(b.top.size(), 4U);
  EXPECT_GT(b.top[3].count, 10 * (b.top.size() > 4 ? b.top[4].count : 1));
  EXPECT_NEAR(b.rate, 410, 20);
  EXPECT_EQ(b.impact, Impact::absorbed);
  EXPECT_NEAR(measure(b, "requests answered"), 100, 1);
}

TEST(BehaviourWatch, an_http_flood_that_is_answered_with_errors_is_degrading) {
  for (const int visitors_get : {200, 503}) {
    Traffic t;
    visitors(t, 0, 2);
    for (std::uint32_t c = 0; c < 4; ++c) {
      auto talk = t.connect(2, host(c), port_of(static_cast<int>(c)));
      for (int i = 0; i < 800; ++i) {
        talk.at = 2.05 + i * 0.01;
        t.exchange(talk, "/", 503);
      }
    }
    visitors(t, 2.5, 9, 0.1, 80, visitors_get);
    const auto& seen = t.play();
    EXPECT_EQ(only(seen, Cause::attack_http_flood).impact,
              visitors_get == 503 ? Impact::degrading : Impact::absorbed)
        << reports(seen);
  }
}

struct Slow {
  const char* name;
  void (*play)(Traffic&, Traffic::Talk);
};
class SlowHttp : public testing::TestWithParam<Slow> {};
TEST_P(SlowHttp, is_told_by_requests_that_trickle) {
  Traffic t;
  for (int i = 0; i < 60; ++i) GetParam().play(t, t.connect(1 + i * 0.01, host(3), port_of(i), 80));
  const auto& seen = t.play();
  const auto& b = only(seen, Cause::attack_slow_http);
  EXPECT_EQ(b.target, (base::Endpoint{kVictim, 80}));
  EXPECT_EQ(b.peak, 60);
  EXPECT_LE(t.seconds_of(seen.front().at), 5);
  ASSERT_EQ(b.sources, 1U);
}
constexpr Slow kSlow[] = {
    {"Headers",
     [](Traffic& t, Traffic::Talk talk) {
       t.client(talk, "GET / HTTP/1.1\r\nHost: a\r\n");
       for (int i = 0; i < 8; ++i) t.client(talk, "X-a: b\r\n", 1);
     }},
    {"Body",
     [](Traffic& t, Traffic::Talk talk) {
       t.client(talk, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n");
       for (int i = 0; i < 8; ++i) t.client(talk, "a=b&c=d", 1);
     }},
    {"Read", [](Traffic& t, Traffic::Talk talk) {
       t.client(talk, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
       t.server(talk, "HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\nabcd");
       for (int i = 0; i < 8; ++i) {
         talk.at += 1;
         t.add(talk.at, ethernet(TcpBuilder{.source_port = talk.tcp.client_port,
                                            .destination_port = 80,
                                            .seq = talk.tcp.client_seq,
                                            .ack = talk.tcp.server_seq,
                                            .window = 10}
                                     .build(talk.tcp.client)));
       }
     }}};
INSTANTIATE_TEST_SUITE_P(Kinds, SlowHttp, testing::ValuesIn(kSlow),
                         [](const auto& i) { return i.param.name; });

// A server cannot answer whom it may not send anything: that visitors wait is not shown by this.
TEST(BehaviourWatch, slow_readers_delay_their_own_answers_alone) {
  Traffic t;
  visitors(t, 0, 12);
  for (int i = 0; i < 60; ++i) {
    auto talk = t.connect(3 + i * 0.01, host(3), port_of(i));
    if (i % 2 == 0) {  // these had no room from the beginning, and are not answered at all
      const std::string_view text = "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";
      t.add(talk.at + 0.001, ethernet(TcpBuilder{.source_port = talk.tcp.client_port,
                                                 .destination_port = 80,
                                                 .seq = talk.tcp.client_seq,
                                                 .ack = talk.tcp.server_seq,
                                                 .flags = tcp_flag::kAck | tcp_flag::kPsh,
                                                 .window = 10,
                                                 .payload = std::string(text)}
                                          .build(talk.tcp.client)));
      talk.tcp.client_seq += static_cast<std::uint32_t>(text.size());
      t.add(talk.at + 0.1, talk.tcp.from_server(tcp_flag::kAck));
      t.add(talk.at + 0.2, ethernet(TcpBuilder{.source_port = talk.tcp.client_port,
                                               .destination_port = 80,
                                               .seq = talk.tcp.client_seq,
                                               .ack = talk.tcp.server_seq,
                                               .window = 10}
                                        .build(talk.tcp.client)));
      continue;
    }
    t.client(talk, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    t.add(talk.at + 0.001, ethernet(TcpBuilder{.source_port = talk.tcp.client_port,
                                               .destination_port = 80,
                                               .seq = talk.tcp.client_seq,
                                               .ack = talk.tcp.server_seq,
                                               .window = 10}
                                        .build(talk.tcp.client)));
    t.server(talk, "HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\nabcd", 4);
  }
  const auto& b = only(t.play(), Cause::attack_slow_http);
  EXPECT_EQ(b.impact, Impact::absorbed) << model::to_json(b);
}

TEST(BehaviourWatch, a_scan_of_closed_ports) {
  Traffic t;
  for (int i = 0; i < 1000; ++i)
    t.refused(1 + i * 0.002, host(5), port_of(i), static_cast<std::uint16_t>(1 + i));
  const auto& seen = t.play();
  const auto& b = only(seen, Cause::attack_port_scan);
  EXPECT_EQ(b.target, (base::Endpoint{kVictim, 0}));
  EXPECT_EQ(t.seconds_of(seen.front().at), 2);
  EXPECT_NEAR(static_cast<double>(b.count), 1000, 250);  // a bitmap of 512 errs by 46 here
  ASSERT_EQ(b.top.size(), 1U);
  EXPECT_EQ(b.top[0].address, host(5));
}

TEST(BehaviourWatch, a_scan_of_filtered_ports_and_one_with_odd_flags) {
  for (const std::uint8_t flags : {tcp_flag::kSyn, tcp_flag::kFin}) {
    Traffic t;
    for (int i = 0; i < 900; ++i)
      t.add(1 + i * 0.01, ethernet(TcpBuilder{.source_port = 5000,
                                              .destination_port = static_cast<std::uint16_t>(1 + i),
                                              .flags = flags}
                                       .build({.source = host(5), .destination = kVictim})));
    const auto& seen = t.play();
    only(seen, Cause::attack_port_scan);
    EXPECT_LE(t.seconds_of(seen.front().at), 8) << int{flags};
  }
}

// It is over before anybody can tell that nothing will be answered.
TEST(BehaviourWatch, a_quick_scan_of_filtered_ports) {
  for (const bool tcp : {true, false}) {
    Traffic t;
    for (int i = 0; i < 100; ++i) {
      const auto port = static_cast<std::uint16_t>(2000 + i);
      if (tcp)
        t.syn(1.5 + i * 0.001, host(5), 5000, port);
      else
        t.add(1.5 + i * 0.001,
              ethernet(udp({.source = host(5), .destination = kVictim}, 5000, port, "x")));
    }
    visitors(t, 0, 40, 1);
    const auto& seen = t.play();
    only(seen, Cause::attack_port_scan);
    EXPECT_LE(t.seconds_of(seen.front().at), 9);
    EXPECT_EQ(std::count_if(
                  seen.begin(), seen.end(),
                  [](const auto& d) { return d.behaviour->phase == model::BehaviourPhase::begin; }),
              1)
        << reports(seen);
  }
}

TEST(BehaviourWatch, a_scan_of_many_hosts) {
  Traffic t;
  for (int i = 0; i < 200; ++i)
    t.refused(1 + i * 0.01, host(5), port_of(i), 22, host(static_cast<std::uint32_t>(5000 + i)));
  const auto& b = only(t.play(), Cause::attack_port_scan);
  EXPECT_EQ(b.target.port, 22);
  EXPECT_NEAR(measure(b, "different hosts tried without success"), 200, 30);
}

TEST(BehaviourWatch, a_scan_of_udp_ports) {
  Traffic t;
  for (int i = 0; i < 300; ++i) {
    const IpBuilder outer{.source = host(9), .destination = kVictim};
    t.add(1 + i * 0.02, ethernet(udp(outer, 4000, static_cast<std::uint16_t>(100 + i), "x")));
  }
  const auto& seen = t.play();
  measure(only(seen, Cause::attack_port_scan), "different UDP ports tried without success");
  EXPECT_EQ(seen[0].proto, ip_proto::kUdp);
}

// A scanner is found beside forged sources that would take its place.
TEST(BehaviourWatch, a_scan_behind_a_flood_of_forged_sources) {
  Traffic t;
  for (int i = 0; i < 40'000; ++i)
    t.syn(1 + i * 0.0001, host(static_cast<std::uint32_t>(10'000 + i * 3)), port_of(i), 80);
  for (int i = 0; i < 400; ++i)
    t.refused(1 + i * 0.01, host(5), port_of(i), static_cast<std::uint16_t>(1000 + i));
  bool scan = false;
  bool flood = false;
  for (const auto& d : t.play()) {
    scan = scan || d.behaviour->cause == Cause::attack_port_scan;
    flood = flood || d.behaviour->cause == Cause::attack_syn_flood;
  }
  EXPECT_TRUE(scan);
  EXPECT_TRUE(flood);
}

TEST(BehaviourWatch, guessed_passwords_over_http) {
  for (const int status : {401, 403}) {
    Traffic t;
    visitors(t, 0, 20, 0.05);
    auto talk = t.connect(5, host(6), 5000);
    for (int i = 0; i < 100; ++i) {
      talk.at = 5.1 + i * 0.05;
      t.exchange(talk, "/login", status);
    }
    const auto& seen = t.play();
    const auto& b = only(seen, Cause::attack_brute_force);
    EXPECT_EQ(b.target, (base::Endpoint{kVictim, 80}));
    EXPECT_LE(t.seconds_of(seen.front().at), 7);
    ASSERT_EQ(b.top.size(), 1U);
    EXPECT_EQ(b.top[0], (model::BehaviourSource{host(6), 98})) << "from the third one on";
  }
}

TEST(BehaviourWatch, guesses_spread_over_many_senders) {
  Traffic t;
  visitors(t, 0, 20, 0.05);
  for (int i = 0; i < 100; ++i) {
    auto talk = t.connect(5 + i * 0.1, host(static_cast<std::uint32_t>(300 + i)), port_of(i));
    for (int k = 0; k < 4; ++k) t.exchange(talk, "/login", 401);
    t.close(talk);
  }
  EXPECT_GT(only(t.play(), Cause::attack_brute_force).sources, 40U);
}

TEST(BehaviourWatch, guessed_passwords_over_ftp_smtp_and_ssh) {
  Traffic ftp;
  for (int i = 0; i < 12; ++i) {
    auto talk = ftp.connect(1 + i * 0.5, host(6), port_of(i), 21);
    ftp.server(talk, "220 hello\r\n");
    for (int k = 0; k < 3; ++k) {
      ftp.client(talk, "USER a\r\n");
      ftp.server(talk, "331 password\r\n");
      ftp.client(talk, "PASS b\r\n");
      ftp.server(talk, "530 no\r\n");
    }
    ftp.close(talk);
  }
  EXPECT_EQ(only(ftp.play(), Cause::attack_brute_force).target.port, 21);

  Traffic ssh;
  for (int i = 0; i < 40; ++i) {
    auto talk = ssh.connect(1 + i * 0.2, host(6), port_of(i), 22);
    ssh.server(talk, "SSH-2.0-OpenSSH_9.2\r\n");
    ssh.client(talk, "SSH-2.0-Go\r\n");
    ssh.client(talk, std::string(900, 'k'));
    ssh.server(talk, std::string(1500, 'k'));
    ssh.close(talk);
  }
  EXPECT_EQ(only(ssh.play(), Cause::attack_brute_force).target.port, 22);
}

// The same packets as the attacks above, by this run.
TEST(BehaviourWatch, what_this_run_sends_is_never_an_attack) {
  Traffic t;
  const auto own = [&](std::uint16_t local, std::uint16_t port, model::IpProto proto) {
    model::OwnTuple tuple;
    tuple.local_port = local;
    tuple.remote = {kVictim, port};
    tuple.proto = proto;
    t.replay().own.push_back(tuple);
  };
  for (int i = 0; i < 40'000; ++i) {  // 20,000 connections a second
    own(port_of(i), 80, model::IpProto::tcp);
    const double at = 1 + i * 0.00005;
    if (i % 2 == 0)
      t.syn(at, host(1), port_of(i), 80);
    else
      t.refused(at, host(1), port_of(i), 80);
  }
  own(77, 0, model::IpProto::icmp);
  for (int i = 0; i < 3000; ++i)
    t.add(4 + i * 0.001, ethernet(icmp({.source = host(1), .destination = kVictim}, 8, 77,
                                       static_cast<std::uint16_t>(i))));
  own(9, 9999, model::IpProto::udp);
  for (int i = 0; i < 9000; ++i)
    t.add(8 + i * 0.0003, ethernet(udp({.source = host(1), .destination = kVictim}, 9, 9999, "x")));
  own(10, 81, model::IpProto::tcp);
  auto talk = t.connect(12, host(1), 10, 81);
  for (int i = 0; i < 1500; ++i) t.exchange(talk, "/", 401);
  const auto& seen = t.play();
  EXPECT_TRUE(seen.empty()) << reports(seen);
}

TEST(BehaviourWatch, what_is_usual_somewhere_is_no_attack_there) {
  const auto run = [](double first, double then) {
    Traffic t;
    int i = 0;
    const auto ask = [&](double from, double to, double rate) {
      for (double at = from; at < to; at += 1 / rate)
        t.add(at, ethernet(icmp({.source = host(1), .destination = kVictim}, 8, 1,
                                static_cast<std::uint16_t>(++i))));
    };
    ask(1, 41, first);
    ask(41, 46, then);
    return t.play().size();
  };
  EXPECT_EQ(run(100, 350), 0U) << "less than four times what is usual";
  EXPECT_NE(run(100, 500), 0U);
  EXPECT_NE(run(1, 350), 0U) << "nothing was usual, so the floor counts";
  EXPECT_EQ(run(1, 200), 0U) << "below the floor";
}

// Counts what the heap holds; nothing may be left of a million senders.
TEST(BehaviourWatch, a_million_senders_take_no_memory) {
  struct Count final : BehaviourSink {
    void on_behaviour(const model::Detection&) override { ++reports; }
    int reports = 0;
  } sink;
  const auto key = random_hash_key();
  BehaviourWatch watch({.spec = {}, .key = key, .kernel = nullptr}, sink);
  BehaviourObserver observer(key, watch);
  const AppLayer app({});
  Packet packet;
  packet.proto = ip_proto::kTcp;
  packet.transport = true;
  packet.flags = tcp_flag::kSyn;
  Flow flow;
  flow.key.proto = ip_proto::kTcp;
  flow.server = {kVictim, 80};
  std::size_t before = 0;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    flow.client.address = packet.source = host(i);
    observer.tcp(packet, flow, Direction::to_server, {.acceptable = true}, app);
    if (i % 100'000 != 99'999) continue;
    observer.second(at(i / 100'000));
    if (i < 300'000) before = mallinfo2().uordblks;  // the report of the attack is open by then
  }
  EXPECT_EQ(mallinfo2().uordblks, before);
  EXPECT_GE(sink.reports, 2);
  watch.finish();
  EXPECT_EQ(watch.stats().incidents, 1U);
}

TEST(BehaviourWatch, a_single_second_is_no_flood) {
  Traffic t;
  flood_syns(t, 3, 4, 900);
  EXPECT_TRUE(t.play().empty());
}

TEST(BehaviourWatch, floors_are_options) {
  Traffic t;
  t.spec().syn_flood = base::Rps{1000};
  flood_syns(t, 3, 8, 500);
  EXPECT_TRUE(t.play().empty());
  Traffic off;
  off.spec().enabled = false;
  flood_syns(off, 3, 8, 500);
  EXPECT_TRUE(off.play().empty());
}

}  // namespace
}  // namespace rampart::sniffer
