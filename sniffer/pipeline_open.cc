#include <algorithm>
#include <utility>

#include "sniffer/capture/capture.h"
#include "sniffer/eve/eve_log.h"
#include "sniffer/pipeline.h"
#include "sniffer/pipeline_stages.h"
#include "sniffer/shared_watch.h"

// How pipelines come to be.

namespace rampart::sniffer {
namespace {

LiveOptions live_options(const PipelineOptions& options) {
  return {
      .interface = options.interface, .filter = options.filter, .buffer = options.capture_buffer};
}

EveSource eve_source(const PipelineOptions& options) {
  return {options.interface, options.interface.empty()};
}

// One log for each pipeline, all into the same file; none where no file is asked for. The last
// thing to do, once the rest is known to work: what failed leaves no file.
base::Result<std::vector<std::optional<EveLog>>> open_logs(const PipelineOptions& options,
                                                           std::size_t count) {
  std::vector<std::optional<EveLog>> out(count);
  if (options.eve_file.empty()) return out;
  RAMPART_TRY(auto file, EveFile::open(options.eve_file));
  auto types = options.eve_types;
  types.remove(EveType::stats);  // the first one's are for all
  for (std::size_t i = 1; i < count; ++i) out[i].emplace(file.share(), eve_source(options), types);
  out[0].emplace(std::move(file), eve_source(options), options.eve_types);
  return out;
}

// The part of each of `count` pipelines.
PipelineOptions part_of(const PipelineOptions& options, std::size_t count) {
  auto out = options;
  for (auto* memory : {&out.capture_buffer, &out.flow_memory, &out.stream_memory}) *memory /= count;
  if (out.alert_pcap) {
    out.alert_pcap->files = std::max<std::size_t>(out.alert_pcap->files / count, 1);
    out.alert_pcap->ring_bytes /= count;
  }
  return out;
}

}  // namespace

base::Result<std::unique_ptr<Pipeline>> Pipeline::open(PipelineOptions options, RuleSet rules,
                                                       PipelineListener& listener,
                                                       const base::Clock& clock) {
  if (options.interface.empty() == options.capture_file.empty())
    return base::fail(base::Errc::config, "name an interface or a capture file, one of the two");
  auto capture = options.interface.empty() ? Capture::file(options.capture_file, options.filter)
                                           : Capture::live(live_options(options));
  if (!capture) return base::fail(std::move(capture.error()));
  PatternCompiler patterns(options.pattern_cache);
  RAMPART_TRY(auto out, make(options, in_order(std::move(rules.rules)), patterns, listener, clock,
                             {*std::move(capture), std::nullopt}));
  RAMPART_TRY(auto logs, open_logs(options, 1));
  out->log_to(std::move(logs.front()));
  return out;
}

base::Result<SharedPipelines> Pipeline::open_shared(const PipelineOptions& options, RuleSet rules,
                                                    std::span<PipelineListener* const> listeners,
                                                    PipelineListener& detections,
                                                    const base::Clock& clock) {
  const auto count = listeners.size();
  if (options.interface.empty() || count == 0)
    return base::fail(base::Errc::config, "only the packets of an interface can be shared");
  const auto part = part_of(options, count);
  RAMPART_TRY(auto captures,
              Capture::live_shared(live_options(part), static_cast<unsigned>(count), clock));
  PatternCompiler patterns(options.pattern_cache);
  const auto list = in_order(std::move(rules.rules));
  const auto key = random_hash_key();
  SharedPipelines out;
  for (std::size_t i = 0; i < count; ++i) {
    RAMPART_TRY(auto pipeline,
                make(part, list, patterns, *listeners[i], clock, {std::move(captures[i]), key}));
    out.pipelines.push_back(std::move(pipeline));
  }
  RAMPART_TRY(auto logs, open_logs(options, count + 1));
  for (std::size_t i = 0; i < count; ++i) out.pipelines[i]->log_to(std::move(logs[i]));
  if (options.behaviour && options.behaviour->enabled)
    out.watch = std::make_unique<SharedWatch>(*options.behaviour, key,
                                              AttackFilter(options.attack_suppressions),
                                              std::move(logs.back()), detections);
  return out;
}

SharedPipelines::SharedPipelines() = default;
SharedPipelines::SharedPipelines(SharedPipelines&&) noexcept = default;
SharedPipelines& SharedPipelines::operator=(SharedPipelines&&) noexcept = default;
SharedPipelines::~SharedPipelines() = default;

}  // namespace rampart::sniffer
