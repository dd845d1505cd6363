// Any bytes as a capture file, through the whole pipeline with rules of every kind. Where the input
// is a capture it is changed packet by packet: some come twice, not at all, at another place, or
// with other bytes, so that flows, fragments and tunnels stay what they are.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "sniffer/pipeline.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

using namespace rampart;

class NoClock final : public base::Clock {
 public:
  [[nodiscard]] base::MonoTime mono() const noexcept override { return {}; }
  [[nodiscard]] base::WallTime wall() const noexcept override { return {}; }
};

struct Adder final : sniffer::PipelineListener {
  std::uint64_t packets = 0;
  std::uint64_t opened = 0, closed = 0;
  void on_interval(const model::WireInterval& interval) override {
    packets += interval.packets;
    opened += interval.flows_opened;
    closed += interval.flows_closed;
  }
  void on_detection(const model::Detection&) override {}
};

constexpr const char* kRules = R"(
alert tcp any any -> any any (content:"GET"; depth:3; content:"HTTP"; distance:0; sid:1;)
alert tcp any any -> any any (content:"ab"; nocase; pcre:"/^c.*d/Ri"; sid:2;)
alert tcp any any -> any any (content:!"x"; isdataat:10; sid:3;)
alert tcp-pkt any any -> any any (content:"e"; endswith; sid:4;)
alert ip any any -> any any (byte_test:2,>,10,0; byte_jump:1,2,relative; isdataat:!1,relative; sid:5;)
alert udp any any -> any any (content:"a"; byte_jump:2,0,relative,align; content:"b"; within:4; sid:6;)
alert icmp any any -> any any (itype:8; threshold:type both, track by_both, count 2, seconds 9; sid:7;)
alert tcp any any -> any any (flags:S; flow:stateless; sid:8;)
alert ip any any -> any any (sid:9;)
alert http any any -> any any (http.uri; content:"a"; http.header; content:"b"; sid:10;)
alert http any any -> any any (flow:to_client; file_data; content:"a"; xbits:set,x,track ip_src,expire 9; sid:11;)
alert dns any any -> any any (dns.query; content:"a"; endswith; flowint:n,+,1; sid:12;)
alert tls any any -> any any (tls.sni; content:"a"; flowbits:set,f; sid:13;)
alert tcp any any -> any any (stream-event:reassembly_overlap_different_data; sid:14;)
alert tcp any any -> any any (stream-event:suspected_rst_inject; flowbits:isset,f; sid:15;)
alert pkthdr any any -> any any (decode-event:ipv4.trunc_pkt; sid:16;)
alert ip [[192.0.2.1,10.0.0.1],2001:db8::/64] any -> !10.0.0.2 any (ttl:<9; sid:17;)
alert tcp any any -> any any (app-layer-event:applayer_mismatch_protocol_both_directions; sid:18;)
alert smtp any any -> any any (file.data; content:"a"; xbits:isset,x,track ip_src; sid:19;)
)";

// What stands before the bytes of a packet in a capture file.
constexpr std::size_t kFileHeader = 24, kRecordHeader = 16, kLengthAt = 8;
constexpr std::size_t kMostPackets = 1000;

using Record = std::vector<std::uint8_t>;

std::uint32_t captured(const std::uint8_t* record) {
  std::uint32_t out = 0;
  std::memcpy(&out, record + kLengthAt, sizeof out);
  return out;
}

// The packets of a capture; none where it is not whole, or not of this machine's byte order.
std::vector<Record> records_of(const std::uint8_t* data, std::size_t size) {
  std::vector<Record> out;
  for (std::size_t at = kFileHeader; at != size && out.size() < kMostPackets;) {
    if (at > size || size - at < kRecordHeader) return {};
    const std::size_t length = kRecordHeader + captured(data + at);
    if (size - at < length) return {};
    out.emplace_back(data + at, data + at + length);
    at += length;
  }
  return out;
}

// Both lengths follow, so that the packet is not said to be cut where it was whole.
void change_bytes(Record& record) {
  const auto before = captured(record.data());
  record.resize(record.size() + 64);
  const auto after = static_cast<std::uint32_t>(
      LLVMFuzzerMutate(record.data() + kRecordHeader, before, before + 64));
  std::uint32_t wire = 0;
  std::memcpy(&wire, record.data() + kLengthAt + 4, sizeof wire);
  wire += after - before;
  std::memcpy(record.data() + kLengthAt, &after, sizeof after);
  std::memcpy(record.data() + kLengthAt + 4, &wire, sizeof wire);
  record.resize(kRecordHeader + after);
}

void change(std::vector<Record>& records, std::minstd_rand& random) {
  const auto at = random() % records.size();
  const auto to = random() % records.size();
  switch (random() % 8) {
    case 0: std::swap(records[at], records[to]); break;
    case 1:
      records.insert(records.begin() + static_cast<std::ptrdiff_t>(to), Record(records[at]));
      break;
    case 2: records.erase(records.begin() + static_cast<std::ptrdiff_t>(at)); break;
    default: change_bytes(records[at]);
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  std::minstd_rand random(seed);
  auto records = size > kFileHeader ? records_of(data, size) : std::vector<Record>{};
  if (records.empty() || random() % 16 == 0) return LLVMFuzzerMutate(data, size, most);
  for (auto times = 1 + random() % 4; times != 0 && !records.empty(); --times)
    change(records, random);
  auto end = kFileHeader;
  for (const auto& record : records) {
    if (end + record.size() > most) break;
    std::copy(record.begin(), record.end(), data + end);
    end += record.size();
  }
  return end;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int file = memfd_create("capture", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, 0) != 0 ||
      pwrite(file, data, size, 0) != static_cast<ssize_t>(size))
    std::abort();
  static const auto rules = sniffer::parse_rules(kRules, "fuzz.rules");
  if (rules.failed != 0) std::abort();
  const NoClock clock;
  Adder adder;
  sniffer::PipelineOptions options;
  options.capture_file = "/proc/self/fd/" + std::to_string(file);
  options.midstream = size % 2 == 1;
  options.checksums = sniffer::Checksums::ignore;
  options.flow_memory = std::size_t{64} << 10U;
  options.stream_memory = std::size_t{64} << 10U;
  options.eve_file = "/dev/null";
  if (size % 3 == 0) options.behaviour.emplace();
  auto pipeline = sniffer::Pipeline::open(options, rules.set, adder, clock);
  if (!pipeline) return 0;
  auto state = (*pipeline)->poll();
  while (state && *state == sniffer::PollState::running) state = (*pipeline)->poll();
  (*pipeline)->finish();
  const auto totals = (*pipeline)->totals();
  if (adder.packets != totals.packets || adder.opened != totals.flows) std::abort();
  if (adder.closed > adder.opened) std::abort();
  // A hole is less than half of the sequence space.
  if (totals.stream_gaps > totals.packets << 31U) std::abort();
  return 0;
}
