#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sniffer/app/app_event.h"
#include "sniffer/app/app_proto.h"
#include "sniffer/decode/packet.h"
#include "sniffer/flow/stream_event.h"
#include "sniffer/rules/buffer_id.h"
#include "sniffer/rules/flowbits.h"
#include "sniffer/rules/value_set.h"

namespace rampart::sniffer {

class Regex;

enum class Action : std::uint8_t { pass, drop, reject, alert };  // in the order of precedence
enum class RuleProto : std::uint8_t {
  ip,
  ipv4,
  ipv6,
  tcp,
  tcp_packet,
  tcp_stream,
  udp,
  icmp,  // of both versions
  icmp4,
  icmp6,
  sctp,
  any_frame,  // "pkthdr": also what is not IP, or could not be decoded
};

// A number that byte_extract or byte_math took out of the buffer, by its place in the rule.
using ByteVariable = std::int8_t;
inline constexpr ByteVariable kNoVariable = -1;
inline constexpr std::size_t kMostByteVariables = 16;  // of one rule

struct Content {
  std::string bytes;
  bool negated = false;
  bool nocase = false;
  bool startswith = false;
  bool endswith = false;
  bool fast_pattern = false;
  std::optional<std::int32_t> offset, depth, distance, within;
  // Where one of those is a variable: which, and the number above is 0.
  ByteVariable offset_from = kNoVariable, depth_from = kNoVariable;
  ByteVariable distance_from = kNoVariable, within_from = kNoVariable;
  [[nodiscard]] bool relative() const { return distance || within; }
};

struct Pcre {
  std::shared_ptr<const Regex> regex;  // immutable, shared by copies of the rule
  bool negated = false;
  bool relative = false;
};

struct IsDataAt {
  std::uint32_t at = 0;
  bool negated = false;
  bool relative = false;
  ByteVariable at_from = kNoVariable;
};

// How the byte keywords read a number.
struct ByteField {
  std::uint32_t size = 1;  // 0 of text: as much as there is, up to 23 bytes
  std::int32_t offset = 0;
  ByteVariable size_from = kNoVariable;
  ByteVariable offset_from = kNoVariable;
  std::uint32_t base = 0;     // of text: 8, 10 or 16; 0: binary
  std::uint64_t bitmask = 0;  // 0: none; the result is shifted right by its trailing zeros
  bool relative = false;
  bool little = false;
};

struct ByteTest {
  enum class Op : std::uint8_t { less, greater, equal, less_equal, greater_equal, and_, xor_ };
  ByteField field;
  Op op = Op::equal;
  bool negated = false;
  std::uint64_t value = 0;
  ByteVariable value_from = kNoVariable;
};

struct ByteJump {
  ByteField field;
  std::uint32_t multiplier = 1;
  std::int32_t post_offset = 0;
  bool align = false;  // up to the next multiple of four
  bool from_beginning = false;
  bool from_end = false;
};

// The buffer's whole length in bytes; both ends belong to it. Nothing to find: a test.
struct BufferSize {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  bool negated = false;
};

// The keywords that follow begin after the bytes that were read.
struct ByteExtract {
  ByteField field;
  ByteVariable into = kNoVariable;
  std::uint32_t multiplier = 1;
  std::uint32_t align = 0;  // the value goes up to the next multiple of it; 0: as it is
};

struct ByteMath {
  enum class Op : std::uint8_t { add, subtract, multiply, divide, shift_left, shift_right };
  ByteField field;
  Op op = Op::add;
  std::uint64_t right = 0;
  ByteVariable right_from = kNoVariable;
  ByteVariable into = kNoVariable;
};

struct Base64Decode;

// In the order of the rule, which gives "relative" its meaning.
using PayloadMatch = std::variant<Content, Pcre, IsDataAt, ByteTest, ByteJump, BufferSize,
                                  ByteExtract, ByteMath, Base64Decode>;

// base64_decode, and what base64_data asks of the decoded bytes. RFC 4648: decoding ends at the
// first character outside of the alphabet.
struct Base64Decode {
  std::uint32_t bytes = 0;  // of text; 0: up to the end of the buffer
  std::uint32_t offset = 0;
  bool relative = false;
  std::vector<PayloadMatch> matches;  // empty: at least one byte must come out
};

// What happens to a buffer before it is looked at.
struct Transform {
  enum Kind : std::uint8_t {
    dotprefix,            // a '.' before it
    strip_whitespace,     // without blanks, tabs and line ends
    compress_whitespace,  // runs of them become one blank
    to_lowercase,
    to_uppercase,
    url_decode,
    to_md5,  // the digest's bytes
    to_sha1,
    to_sha256,
    header_lowercase,      // of each line what stands before its colon
    strip_pseudo_headers,  // without the lines that begin with a colon
    xor_key,
    capture,  // what the first group of the pattern takes; all where that is nothing
  };
  // NOLINTNEXTLINE(google-explicit-constructor): most are no more than their kind
  Transform(Kind its_kind) : kind(its_kind) {}
  Transform(Kind its_kind, std::string its_text) : kind(its_kind), text(std::move(its_text)) {}

  Kind kind;
  std::string text;                    // the key's bytes, or the pattern
  std::shared_ptr<const Regex> regex;  // of the pattern; immutable, shared by copies
  bool operator==(const Transform& o) const { return kind == o.kind && text == o.text; }
};

// The keywords that look at one buffer of an application's transaction. All must match, in one and
// the same buffer where there are several.
struct Section {
  BufferId buffer = BufferId::payload;
  std::vector<Transform> transforms;
  std::vector<PayloadMatch> matches;
};

struct FlowTest {
  std::optional<bool> established;
  std::optional<bool> to_server;
  bool only_stream = false;
  bool no_stream = false;
  std::optional<bool> fragment;  // put together from fragments, or not
};

// A number of the packet's headers against a range; both ends belong to it.
struct HeaderTest {
  enum class Field : std::uint8_t {
    ttl,
    ip_id,
    ip_proto,
    ip_version,
    fragment_offset,  // in units of 8 bytes
    ip_option,        // IPv4: whether one of this number is there
    icmp6_mtu,        // of "packet too big"
    dsize,
    seq,
    ack,
    window,
    icmp_type,
    icmp_code,
    icmp_id,
    icmp_seq,
    tcp_mss,
    tos,       // IPv4
    flow_age,  // seconds since the flow's first packet
  };
  Field field = Field::ttl;
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  bool negated = false;
};

struct FlagsTest {
  enum class Mode : std::uint8_t { exact, all, any, not_all };
  Mode mode = Mode::exact;
  std::uint8_t wanted = 0;
  std::uint8_t ignored = 0;
};

// Three bits of the IPv4 header: reserved 4, don't fragment 2, more fragments 1.
struct FragmentBitsTest {
  FlagsTest::Mode mode = FlagsTest::Mode::exact;
  std::uint8_t wanted = 0;
};

// Sequence numbers that a side of the connection has used; the SYN is the first.
struct StreamSizeTest {
  enum class Side : std::uint8_t { client, server, both, either };
  Side side = Side::either;
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  bool negated = false;
};

// What the flow was found to speak; never holds before that is known.
struct AppProtoTest {
  AppProto proto = AppProto::unknown;  // http1 stands for HTTP/2 too, unless exactly
  bool negated = false;
  bool exactly = false;

  bool operator==(const AppProtoTest&) const = default;
};

struct Threshold {
  enum class Type : std::uint8_t { limit, threshold, both, detection_filter };
  enum class Track : std::uint8_t { by_src, by_dst, by_rule, by_both };
  Type type = Type::limit;
  Track track = Track::by_src;
  std::uint32_t count = 1;
  std::uint32_t seconds = 60;
};

// Alerts that the operator does not want to see; the rule matches all the same.
struct Suppression {
  enum class Track : std::uint8_t { always, by_src, by_dst, by_either };
  Track track = Track::always;
  AddressSet addresses;
};

// Above `count` matches in `seconds` the rule passes for `timeout` seconds; 0: from then on.
struct RateFilter {
  Threshold::Track track = Threshold::Track::by_src;
  std::uint32_t count = 1;
  std::uint32_t seconds = 60;
  std::uint32_t timeout = 60;
};

// Which end of a match is the victim.
enum class RuleTarget : std::uint8_t { source, destination };

struct Rule {
  Action action = Action::alert;
  RuleProto proto = RuleProto::ip;
  AddressSet source, destination;
  PortSet source_ports, destination_ports;
  bool bidirectional = false;
  // What the flow must speak; http1 stands for HTTP/2 too, unknown for anything.
  AppProto app = AppProto::unknown;
  bool app_exactly = false;  // http1 stands for itself

  std::vector<PayloadMatch> payload;     // of the packet or the stream
  std::vector<Section> sections;         // of transactions; at most 32
  std::vector<Section> packet_sections;  // of a packet's headers, such as tcp.hdr
  std::vector<HeaderTest> headers;
  std::vector<DecodeEvent> decode_events;    // all must hold
  std::vector<StreamEvent> stream_events;    // all must hold
  std::vector<AppEvent> app_events;          // all must have been raised by the transaction or flow
  std::vector<AppProtoTest> app_protos;      // all must hold
  std::vector<StreamSizeTest> stream_sizes;  // all must hold
  std::vector<Flowbits> flowbits;            // see detect/variables.h
  std::vector<Flowint> flowints;
  std::vector<Xbits> xbits;
  std::optional<FlagsTest> flags;
  std::optional<FragmentBitsTest> fragment_bits;
  std::optional<FlowTest> flow;
  std::optional<Threshold> detection_filter;  // of its type: a condition of the match
  std::optional<Threshold> threshold;         // which matches are told of
  std::vector<Suppression> suppressions;      // of threshold.config, as the next
  std::optional<RateFilter> rate_filter;
  std::optional<RuleTarget> target;
  bool same_ip = false;
  bool ftp_bounce = false;  // PORT with another address than the client's
  bool noalert = false;
  bool bypass = false;  // nothing is said of the flow after a match

  std::uint32_t gid = 1;
  std::uint32_t sid = 0;
  std::uint32_t rev = 0;
  std::uint32_t priority = 3;  // 1 is the worst
  std::string msg;
  std::string category;                                         // description of the classtype
  std::vector<std::pair<std::string, std::string>> references;  // kind, address
  std::vector<std::pair<std::string, std::string>> metadata;    // key, value
};

}  // namespace rampart::sniffer
