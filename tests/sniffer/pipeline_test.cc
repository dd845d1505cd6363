#include "sniffer/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "replay.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

model::OwnTuple own_tuple(std::uint16_t port, model::Owner owner) {
  model::OwnTuple out;
  out.local_port = port;
  out.remote = {ip("10.0.0.2"), 80};
  out.proto = model::IpProto::tcp;
  out.owner = owner;
  return out;
}

std::vector<nlohmann::json> events(const Replay& run, const std::string& type) {
  std::ifstream in(run.options.eve_file);
  std::vector<nlohmann::json> out;
  for (std::string line; std::getline(in, line);) {
    auto event = nlohmann::json::parse(line);
    if (event["event_type"] == type) out.push_back(std::move(event));
  }
  return out;
}

// A connection with a 20 ms round trip that the server resets after one retransmission.
void add_connection(Replay& run, double start, std::uint16_t port, std::uint32_t number = 1000) {
  TcpTalk talk;
  talk.client_port = port;
  talk.client_seq = number;
  run.add(start, talk.from_client(tcp_flag::kSyn));
  run.add(start + 0.015, talk.from_server(tcp_flag::kSyn | tcp_flag::kAck));
  run.add(start + 0.020, talk.from_client(tcp_flag::kAck));
  const auto seq = talk.client_seq;
  run.add(start + 0.030, talk.from_client(tcp_flag::kAck, "attack"));
  run.add(start + 0.040, talk.at_client(seq, tcp_flag::kAck, "attack"));
  run.add(start + 0.050, talk.from_server(tcp_flag::kRst | tcp_flag::kAck));
}

TEST(Pipeline, fills_every_second_of_the_capture) {
  Replay run;
  run.own.push_back(own_tuple(40001, model::Owner::load));
  add_connection(run, 0.1, 40000);
  add_connection(run, 0.5, 40001);
  run.add(3.25, ethernet(icmp({}, 8, 1, 1)));
  run.go();
  ASSERT_EQ(run.seen.intervals.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(run.seen.intervals[i].start, at(static_cast<double>(i)));
    EXPECT_EQ(run.seen.intervals[i].length, std::chrono::seconds(1));
  }
  const auto& first = run.seen.intervals[0];
  const std::uint64_t bytes = 2 * (6 * 54 + 2 * 6);
  EXPECT_EQ(first.packets, 12U);
  EXPECT_EQ(first.own_packets, 6U);
  EXPECT_EQ(first.bytes, bytes);
  EXPECT_EQ(first.own_bytes, bytes / 2);
  EXPECT_EQ(first.syn, 2U);
  EXPECT_EQ(first.own_syn, 1U);
  EXPECT_EQ(first.syn_ack, 2U);
  EXPECT_EQ(first.handshakes, 2U);
  EXPECT_EQ(first.other_handshakes, 1U);
  EXPECT_EQ(first.rst, 2U);
  EXPECT_EQ(first.retransmits, 2U);
  EXPECT_EQ(first.flows_opened, 2U);
  EXPECT_EQ(first.flows_closed, 2U);
  EXPECT_NEAR(base::millis(first.handshake_rtt_p50), 20, 0.1);
  EXPECT_EQ(run.seen.intervals[1].packets, 0U);
  EXPECT_EQ(run.seen.intervals[1].handshake_rtt_p50.count(), 0);
  EXPECT_EQ(run.seen.intervals[3].icmp_echo, 1U);
  EXPECT_EQ(run.seen.intervals[3].packets, 1U);
}

TEST(Pipeline, the_intervals_add_up_to_the_totals) {
  Replay run;
  for (int i = 0; i < 50; ++i) add_connection(run, i * 0.13, static_cast<std::uint16_t>(i + 1024));
  run.go();
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t opened = 0;
  for (const auto& i : run.seen.intervals) {
    packets += i.packets;
    bytes += i.bytes;
    opened += i.flows_opened;
  }
  EXPECT_EQ(packets, run.totals.packets);
  EXPECT_EQ(bytes, run.totals.bytes);
  EXPECT_EQ(opened, run.totals.flows);
  EXPECT_EQ(run.totals.packets, 300U);
}

TEST(Pipeline, an_old_packet_counts_in_the_open_second) {
  Replay run;
  run.add(5, ethernet(udp({}, 1, 2, "a")));
  run.add(3, ethernet(udp({}, 1, 2, "a")));
  run.go();
  ASSERT_EQ(run.seen.intervals.size(), 1U);
  EXPECT_EQ(run.seen.intervals[0].packets, 2U);
  EXPECT_EQ(run.stats.out_of_order_time, 1U);
}

TEST(Pipeline, a_leap_of_days_is_not_filled) {
  Replay run;
  run.add(0, ethernet(udp({}, 1, 2, "a")));
  run.add(400'000, ethernet(udp({}, 1, 2, "a")));
  run.go();
  EXPECT_EQ(run.seen.intervals.size(), 2U);
}

TEST(Pipeline, detections_carry_the_owner_and_the_flow) {
  Replay run;
  run.rules = R"(alert tcp any any -> any 80 (msg:"found"; content:"attack"; )"
              R"(classtype:attempted-admin; gid:3; rev:4; sid:9000001;))";
  run.own.push_back(own_tuple(40001, model::Owner::canary));
  add_connection(run, 0, 40000);
  add_connection(run, 1, 40001);
  run.go();
  ASSERT_EQ(run.seen.detections.size(), 2U);
  const auto& d = run.seen.detections[0];
  EXPECT_EQ(d.owner, model::Owner::other);
  EXPECT_EQ(d.at, at(0.030));
  EXPECT_EQ(d.gid, 3U);
  EXPECT_EQ(d.sid, 9000001U);
  EXPECT_EQ(d.rev, 4U);
  EXPECT_EQ(d.severity, 1U);
  EXPECT_EQ(d.msg, "found");
  EXPECT_EQ(d.category, "Attempted Administrator Privilege Gain");
  EXPECT_EQ(base::to_string(d.source), "10.0.0.1:40000");
  EXPECT_EQ(base::to_string(d.destination), "10.0.0.2:80");
  EXPECT_EQ(d.proto, 6);
  EXPECT_NE(d.flow_id, 0U);
  EXPECT_EQ(run.seen.detections[1].owner, model::Owner::canary);
  EXPECT_NE(run.seen.detections[1].flow_id, d.flow_id);
}

// Requests and answers of udp and icmp loads are this run's; a stranger's beside them are not.
TEST(Pipeline, echoes_of_this_run_are_its_own) {
  Replay run;
  auto udp_load = own_tuple(40000, model::Owner::load);
  udp_load.proto = model::IpProto::udp;
  auto icmp_load = own_tuple(77, model::Owner::load);  // an echo id
  icmp_load.proto = model::IpProto::icmp;
  icmp_load.remote.port = 0;
  run.own = {udp_load, icmp_load};
  IpBuilder there;
  IpBuilder back;
  std::swap(back.source, back.destination);
  for (int i = 0; i < 100; ++i) {
    const double t = 0.1 + i * 0.001;
    const auto number = static_cast<std::uint16_t>(i);
    run.add(t, ethernet(udp(there, 40000, 80, "x")));
    run.add(t, ethernet(udp(back, 80, 40000, "x")));
    run.add(t, ethernet(icmp(there, 8, 77, number)));
    run.add(t, ethernet(icmp(back, 0, 77, number)));
  }
  run.add(0.5, ethernet(udp(there, 40001, 80, "x")));
  run.add(0.5, ethernet(icmp(there, 8, 78, 1)));
  run.go();
  ASSERT_EQ(run.seen.intervals.size(), 1U);
  EXPECT_EQ(run.seen.intervals[0].packets, 402U);
  EXPECT_EQ(run.seen.intervals[0].own_packets, 400U);
}

TEST(Pipeline, a_flow_is_labelled_again_when_its_owner_becomes_known) {
  Replay run;
  TcpTalk talk;
  // More packets than one poll takes, so that own() comes in the middle of a second.
  run.add(talk.handshake());
  for (int i = 0; i < 597; ++i) run.add(talk.from_client(tcp_flag::kAck, "x"));
  const auto pipeline = run.open();
  ASSERT_TRUE(pipeline->poll());
  pipeline->own(own_tuple(40000, model::Owner::load));
  Replay::drain(*pipeline);
  ASSERT_EQ(run.seen.intervals.size(), 1U);
  const auto& i = run.seen.intervals[0];
  EXPECT_EQ(i.packets, 600U);
  EXPECT_EQ(i.own_packets, 600U);
  EXPECT_EQ(i.own_bytes, i.bytes);
  EXPECT_EQ(i.own_syn, 1U);
  EXPECT_EQ(i.handshakes, 1U);
  EXPECT_EQ(i.other_handshakes, 0U);
}

TEST(Pipeline, ends_that_are_used_again_are_a_new_flow) {
  Replay run;
  add_connection(run, 0, 40000);
  add_connection(run, 1, 40000, 9000);
  run.go();
  EXPECT_EQ(run.totals.flows, 2U);
}

TEST(Pipeline, eve_alerts_have_the_fields_of_the_field) {
  Replay run;
  run.options.eve_file = run.dir().path("eve.json");
  run.rules =
      "alert tcp any any -> any 80 (msg:\"a \\\"quoted\\\" \xFF one\"; content:\"attack\"; "
      "metadata:tag one, tag two; target:dest_ip; priority:2; sid:5; rev:2;)";
  add_connection(run, 0.5, 40000);
  run.go();
  const auto alerts = events(run, "alert");
  ASSERT_EQ(alerts.size(), 1U);
  const auto& e = alerts[0];
  EXPECT_EQ(e["timestamp"], "2023-11-14T22:13:20.530000+0000");
  EXPECT_EQ(e["pcap_cnt"], 4);
  EXPECT_EQ(e["src_ip"], "10.0.0.1");
  EXPECT_EQ(e["src_port"], 40000);
  EXPECT_EQ(e["dest_ip"], "10.0.0.2");
  EXPECT_EQ(e["dest_port"], 80);
  EXPECT_EQ(e["proto"], "TCP");
  EXPECT_EQ(e["alert"]["action"], "allowed");
  EXPECT_EQ(e["alert"]["gid"], 1);
  EXPECT_EQ(e["alert"]["signature_id"], 5);
  EXPECT_EQ(e["alert"]["rev"], 2);
  EXPECT_EQ(e["alert"]["signature"], "a \"quoted\" \xEF\xBF\xBD one");
  EXPECT_EQ(e["alert"]["category"], "");
  EXPECT_EQ(e["alert"]["severity"], 2);
  EXPECT_EQ(e["alert"]["metadata"]["tag"], (nlohmann::json{"one", "two"}));
  EXPECT_EQ(e["alert"]["target"]["ip"], "10.0.0.2");
  EXPECT_EQ(e["alert"]["source"]["port"], 40000);
  EXPECT_EQ(e["flow"]["pkts_toserver"], 3);
  EXPECT_EQ(e["flow"]["pkts_toclient"], 1);
  EXPECT_EQ(e["flow"]["start"], "2023-11-14T22:13:20.500000+0000");

  const auto flows = events(run, "flow");
  ASSERT_EQ(flows.size(), 1U);
  EXPECT_EQ(flows[0]["flow_id"], e["flow_id"]);
  EXPECT_EQ(flows[0]["flow"]["bytes_toserver"], 54 * 4 + 12);
  EXPECT_EQ(flows[0]["flow"]["state"], "closed");
  EXPECT_EQ(flows[0]["flow"]["reason"], "shutdown");
  EXPECT_EQ(flows[0]["flow"]["alerted"], true);
  EXPECT_EQ(flows[0]["tcp"]["tcp_flags"], "16");
  EXPECT_EQ(flows[0]["tcp"]["rst"], true);
  const auto stats = events(run, "stats");
  ASSERT_EQ(stats.size(), 1U);
  EXPECT_EQ(stats[0]["stats"]["decoder"]["pkts"], 6);
  EXPECT_EQ(stats[0]["stats"]["detect"]["alert"], 1);
  EXPECT_EQ(stats[0]["stats"]["detect"]["engines"][0]["rules_loaded"], 1);
}

TEST(Pipeline, eve_knows_icmp_and_anomalies) {
  Replay run;
  run.options.eve_file = run.dir().path("eve.json");
  run.rules = "alert icmp any any -> any any (itype:8; sid:5;)";
  run.add(ethernet(icmp({}, 8, 1, 1)));
  run.add(Octets(7, 0));
  run.go();
  const auto alerts = events(run, "alert");
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0]["proto"], "ICMP");
  EXPECT_EQ(alerts[0]["icmp_type"], 8);
  EXPECT_EQ(alerts[0]["icmp_code"], 0);
  EXPECT_FALSE(alerts[0].contains("src_port"));
  const auto anomalies = events(run, "anomaly");
  ASSERT_EQ(anomalies.size(), 1U);
  EXPECT_EQ(anomalies[0]["anomaly"]["type"], "decode");
  EXPECT_EQ(anomalies[0]["anomaly"]["event"], "decoder.ethernet.pkt_too_small");
  EXPECT_EQ(anomalies[0]["pcap_cnt"], 2);
  EXPECT_EQ(run.totals.invalid, 1U);
}

TEST(Pipeline, a_flood_of_damage_writes_a_bounded_number_of_anomalies) {
  Replay run;
  run.options.eve_file = run.dir().path("eve.json");
  for (int i = 0; i < 500; ++i) run.add(Octets(7, 0));
  run.go();
  EXPECT_EQ(events(run, "anomaly").size(), 100U);
  EXPECT_EQ(run.totals.invalid, 500U);
}

TEST(Pipeline, a_full_disk_is_said_once_and_counted) {
  Replay run;
  run.options.eve_file = "/dev/full";
  run.rules = "alert icmp any any -> any any (itype:8; sid:5;)";
  for (int i = 0; i < 100; ++i) run.add(ethernet(icmp({}, 8, 1, 1)));
  const auto pipeline = run.open();
  Replay::drain(*pipeline);
  EXPECT_EQ(pipeline->warning(),
            "cannot write /dev/full: No space left on device; events are being lost");
  EXPECT_EQ(pipeline->stats().eve_lost, 102U) << "100 alerts, a flow and the statistics";
  EXPECT_EQ(pipeline->stats().eve_lines, 0U);
  EXPECT_EQ(run.seen.detections.size(), 100U) << "detection goes on";
}

TEST(Pipeline, counts_and_skips_bad_checksums_where_asked) {
  for (const auto checksums : {Checksums::verify, Checksums::ignore}) {
    Replay run;
    run.options.checksums = checksums;
    run.rules = "alert udp any any -> any any (content:\"a\"; sid:1;)";
    auto frame = ethernet(udp({}, 1, 2, "a"));
    frame[40] ^= 0x55;  // in the checksum itself
    run.add(frame);
    const bool verify = checksums == Checksums::verify;
    EXPECT_EQ(run.go().size(), verify ? 0U : 1U);
    EXPECT_EQ(run.stats.bad_checksums, verify ? 1U : 0U);
  }
}

TEST(Pipeline, thresholds_count_what_they_hold_back) {
  Replay run;
  run.rules =
      "alert udp any any -> any any (content:\"a\"; threshold:type limit, track by_src, "
      "count 2, seconds 60; sid:1;)";
  for (int i = 0; i < 10; ++i) run.add(ethernet(udp({}, 1, 2, "a")));
  EXPECT_THAT(run.go(), ElementsAre(1, 1));
  EXPECT_EQ(run.totals.alerts_suppressed, 8U);
}

TEST(Pipeline, what_had_no_place_is_counted) {
  Replay run;
  for (std::uint16_t id = 1; id <= 1030; ++id)
    run.add(ethernet(IpBuilder{.id = id, .fragment = 0x2000}.build(17, Octets(8, 'x'), SIZE_MAX)));
  run.add(100, ethernet(IpBuilder{.id = 1030, .fragment = 1}.build(17, Octets(8, 'x'), SIZE_MAX)));
  run.add(ethernet(IpBuilder{.id = 1, .fragment = 0x2000}.build(17, {}, SIZE_MAX)));
  run.go();
  EXPECT_EQ(run.stats.datagrams_displaced, 6U);
  EXPECT_EQ(run.stats.datagrams_timed_out, 2U) << "the one that went on, and the oldest";
  EXPECT_EQ(run.stats.fragments_refused, 1U);
  EXPECT_EQ(run.stats.fragments_left, 1032U);
}

TEST(Pipeline, counts_and_bits_that_had_no_place_are_counted) {
  Replay run;
  run.rules =
      "alert udp any any -> any any (content:\"a\"; threshold:type limit, track by_src, count 1, "
      "seconds 60; xbits:set,seen,track ip_src,expire 60; noalert; sid:1;)";
  IpBuilder outer;
  for (unsigned i = 0; i < 80'000; ++i) {
    outer.source =
        base::IpAddress::v4(10, static_cast<std::uint8_t>(i >> 16U),
                            static_cast<std::uint8_t>(i >> 8U), static_cast<std::uint8_t>(i));
    run.add(static_cast<double>(i) * 1e-5, ethernet(udp(outer, 1, 2, "a")));
  }
  run.go();
  EXPECT_GT(run.stats.threshold_counts_displaced, 0U);
  EXPECT_GT(run.stats.host_bits_displaced, 0U);
}

TEST(Pipeline, flows_beyond_the_memory_are_counted) {
  Replay run;
  run.options.flow_memory = 1;
  for (std::uint16_t port = 1; port <= 100; ++port) run.add(ethernet(udp({}, port, 53, "a")));
  run.go();
  EXPECT_EQ(run.totals.flows, 100U);
  EXPECT_EQ(run.totals.flows_evicted, 84U);
}

TEST(Pipeline, works_without_stream_memory) {
  Replay run;
  run.options.stream_memory = 0;
  run.rules = "alert tcp any any -> any any (content:\"abc\"; sid:1;)";
  TcpTalk talk;
  run.add(talk.handshake());
  run.add(talk.from_client(tcp_flag::kAck, "xabcx"));
  EXPECT_THAT(run.go(), ElementsAre(1)) << "a single segment is still looked at";
  EXPECT_EQ(run.stats.stream_memory_drops, 1U);
}

TEST(Pipeline, a_capture_of_headers_alone_has_its_flows) {
  for (const std::size_t snaplen : {54U, 40U}) {
    Replay run;
    TcpTalk talk;
    auto frames = talk.handshake();
    frames.push_back(talk.from_client(tcp_flag::kAck, "abcdefgh"));
    for (const auto& f : frames)
      run.pcap().add(at(1), Octets(f.begin(), f.begin() + static_cast<std::ptrdiff_t>(snaplen)),
                     static_cast<std::uint32_t>(f.size()));
    run.go();
    EXPECT_EQ(run.totals.invalid, 0U) << snaplen;
    EXPECT_EQ(run.stats.cut, snaplen == 54 ? 1U : 4U) << snaplen;
    EXPECT_EQ(run.totals.flows, snaplen == 54 ? 1U : 0U) << "no ports, no flow";
  }
}

TEST(Pipeline, an_empty_capture_has_statistics_of_now) {
  Replay run;
  run.options.eve_file = run.dir().path("eve.json");
  run.go();
  std::ifstream eve(run.options.eve_file);
  std::string line;
  ASSERT_TRUE(std::getline(eve, line));
  EXPECT_NE(line.find("\"timestamp\":\"2023-11-14T22:13:20.000000+0000\""), std::string::npos)
      << line;
  EXPECT_NE(line.find("\"uptime\":0,"), std::string::npos) << line;
}

TEST(Pipeline, a_damaged_file_gives_what_could_be_read) {
  Replay run;
  run.rules = "alert udp any any -> any any (content:\"a\"; sid:1;)";
  run.add(ethernet(udp({}, 1, 2, "a")));
  run.add(ethernet(udp({}, 1, 2, "a")));
  run.cut = 5;
  const auto pipeline = run.open();
  base::Result<PollState> state = PollState::running;
  while (state && *state == PollState::running) state = pipeline->poll();
  ASSERT_FALSE(state);
  EXPECT_NE(state.error().text.find("is damaged after packet 1, at byte "), std::string::npos)
      << state.error().text;
  pipeline->finish();
  EXPECT_EQ(run.seen.detections.size(), 1U);
  ASSERT_EQ(run.seen.intervals.size(), 1U);
  EXPECT_EQ(run.seen.intervals[0].packets, 1U);
}

TEST(Pipeline, wants_one_source) {
  Recorder seen;
  const FixedClock clock;
  for (const auto* name : {"", "x"}) {
    PipelineOptions options;
    options.interface = name;
    options.capture_file = name;
    const auto pipeline = Pipeline::open(options, {}, seen, clock);
    ASSERT_FALSE(pipeline);
    EXPECT_EQ(pipeline.error().text, "name an interface or a capture file, one of the two");
  }
}

TEST(Pipeline, AppendsToTheEveFileOnceTheRestIsKnownToWork) {
  const ScratchDir dir;
  PcapBuilder pcap;
  pcap.add(at(0), ethernet(udp({}, 1, 2, "a")));
  PipelineOptions options;
  options.capture_file = dir.write("t.pcap", pcap.bytes());
  options.eve_file = dir.write("eve.json", "of yesterday\n");
  options.alert_pcap = AlertPcapOptions{.folder = "/proc/nothing"};
  const auto contents = [&] {
    std::ifstream in(options.eve_file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  Recorder seen;
  const FixedClock clock;
  EXPECT_FALSE(Pipeline::open(options, {}, seen, clock));
  EXPECT_EQ(contents(), "of yesterday\n");
  options.alert_pcap.reset();
  const auto pipeline = Pipeline::open(options, {}, seen, clock);
  ASSERT_TRUE(pipeline);
  (*pipeline)->finish();
  EXPECT_TRUE(contents().starts_with("of yesterday\n{"));
}

}  // namespace
}  // namespace rampart::sniffer
