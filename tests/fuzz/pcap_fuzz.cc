#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "sniffer/pipeline.h"

// Any bytes as a capture file, through the whole pipeline with rules of every kind.
namespace {

using namespace rampart;

class NoClock final : public base::Clock {
 public:
  [[nodiscard]] base::MonoTime mono() const noexcept override { return {}; }
  [[nodiscard]] base::WallTime wall() const noexcept override { return {}; }
};

struct Adder final : sniffer::PipelineListener {
  std::uint64_t packets = 0;
  void on_interval(const model::WireInterval& interval) override { packets += interval.packets; }
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
)";

}  // namespace

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
  auto pipeline = sniffer::Pipeline::open(options, rules.set, adder, clock);
  if (!pipeline) return 0;
  auto state = (*pipeline)->poll();
  while (state && *state == sniffer::PollState::running) state = (*pipeline)->poll();
  (*pipeline)->finish();
  if (adder.packets != (*pipeline)->totals().packets) std::abort();
  return 0;
}
