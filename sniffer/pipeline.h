#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/behaviour.h"
#include "model/owner.h"
#include "model/wire.h"
#include "sniffer/behaviour/attack_filter.h"
#include "sniffer/behaviour/observation.h"
#include "sniffer/capture/alert_pcap.h"
#include "sniffer/decode/decode.h"
#include "sniffer/detect/pattern_compiler.h"
#include "sniffer/eve/eve_type.h"
#include "sniffer/pipeline_counts.h"
#include "sniffer/rules/rule_order.h"

namespace rampart::sniffer {

class EveLog;
class SharedWatch;
struct SharedPipelines;

struct PipelineOptions {
  std::string interface;     // live capture on this one; or
  std::string capture_file;  // read this pcap or pcapng file. Exactly one of the two.
  std::string filter;        // BPF; empty: all
  // Off by default: a host sees its own packets before the network card fills the sums in.
  Checksums checksums = Checksums::ignore;
  bool midstream = false;  // take up TCP connections whose handshake was not seen
  std::optional<model::BehaviourSpec> behaviour;       // floods, scans, guessed passwords; else not
  std::vector<AttackSuppression> attack_suppressions;  // of those, what nobody is told of
  std::string eve_file;  // EVE JSON lines; "-": standard output; empty: none
  EveTypes eve_types = kUsualEveTypes;
  std::string pattern_cache;                   // folder that keeps compiled patterns; empty: none
  std::optional<AlertPcapOptions> alert_pcap;  // pcap files of the packets around alerts
  std::size_t capture_buffer = std::size_t{64} << 20U;  // bytes in the kernel, live only
  std::size_t flow_memory = std::size_t{128} << 20U;    // bytes for flows
  std::size_t stream_memory = std::size_t{256} << 20U;  // bytes for TCP contents
};

// Told of what the pipeline sees, on the pipeline's thread, from poll() and finish().
class PipelineListener : public ObservationSink {
 public:
  // Live, before waiting frames are worked off: the moment to call own() for connections announced
  // meanwhile, so that their first packets are labelled too.
  virtual void on_wake() {}
  // One per second of capture time, in order and without holes, also where nothing was captured.
  // `start` is a whole second. Live, an interval comes up to half a second after its end.
  virtual void on_interval(const model::WireInterval& interval) = 0;
  virtual void on_detection(const model::Detection& detection) = 0;
  // Of pipelines that share a capture and look for attacks without a signature: what they saw of
  // such, for the watch that judges for all. hot
  void on_observation(const Observation&) override {}
};

enum class PollState : std::uint8_t { running, finished };

// capture > decode > flow > detect > EVE on one thread, the caller's. Open it while privileges are
// held; they may be dropped afterwards.
class Pipeline {
 public:
  // `listener` and `clock` are borrowed and must outlive the pipeline.
  static base::Result<std::unique_ptr<Pipeline>> open(PipelineOptions options, RuleSet rules,
                                                      PipelineListener& listener,
                                                      const base::Clock& clock);
  // Several that share the packets of an interface by flow, the EVE file, the rules, and the memory
  // that the options give; one for each listener. Each is for a thread of its own; `detections` is
  // told of what their watch finds, on the thread that gives it their observations.
  static base::Result<SharedPipelines> open_shared(const PipelineOptions& options, RuleSet rules,
                                                   std::span<PipelineListener* const> listeners,
                                                   PipelineListener& detections,
                                                   const base::Clock& clock);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Labels this traffic. The table is bounded: the oldest tuple leaves. A flow that already began
  // is labelled again, and its packets of the current second move from other to own.
  void own(const model::OwnTuple& tuple);

  // Works off what is there; live, waits at most about 20 ms for more. An error ends the capture:
  // what came before it has been processed, and finish() is still due. hot
  base::Result<PollState> poll();

  // Ends every flow, reports the last interval and writes the statistics event, in which `others`
  // are counted too; of several that share a capture only the first writes one. Once.
  void finish(const PipelineCounts& others = {});

  // Goes on in a new EVE file where the one that is open was renamed, for all that share it. Any
  // thread. After a failure it goes on in the one that is open.
  [[nodiscard]] base::Status reopen_eve() const;

  // For `rampart sniff`: refused rules are the loader's count.
  void set_rules_failed(std::uint64_t count);

  [[nodiscard]] model::WireTotals totals() const;
  [[nodiscard]] const PipelineStats& stats() const;
  // How what it searches for was compiled; pipelines that share have this in common.
  [[nodiscard]] const PatternLoad& pattern_load() const;
  // What went wrong without ending the capture (a full disk under the EVE file); empty: nothing.
  [[nodiscard]] const std::string& warning() const;

 private:
  class Stages;
  struct Parts;
  explicit Pipeline(std::unique_ptr<Stages> stages);
  static base::Result<std::unique_ptr<Pipeline>> make(PipelineOptions options, RuleList rules,
                                                      PatternCompiler& patterns,
                                                      PipelineListener& listener,
                                                      const base::Clock& clock, Parts parts);
  void log_to(std::optional<EveLog> eve);
  std::unique_ptr<Stages> stages_;
};

struct SharedPipelines {
  SharedPipelines();
  SharedPipelines(SharedPipelines&&) noexcept;
  SharedPipelines& operator=(SharedPipelines&&) noexcept;
  ~SharedPipelines();

  std::vector<std::unique_ptr<Pipeline>> pipelines;
  std::unique_ptr<SharedWatch> watch;  // null: behaviour is not looked at
};

}  // namespace rampart::sniffer
