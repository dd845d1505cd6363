#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "cli/attack_tally.h"
#include "cli/capture_loop.h"
#include "cli/commands.h"
#include "cli/complaint.h"
#include "cli/outputs.h"
#include "cli/signals.h"
#include "cli/variables_file.h"
#include "reports/escape.h"
#include "runner/capability.h"
#include "runner/pipeline_group.h"
#include "sniffer/pipeline.h"
#include "sniffer/rules/rule_set.h"
#include "sniffer/rules/threshold_config.h"

namespace rampart::cli {
namespace {

struct SniffFlags {
  std::string interface;
  std::string file;
  std::vector<std::string> rules;
  std::string vars;
  std::string thresholds;
  std::string eve;
  std::vector<std::string> eve_types;
  std::string stats;
  std::string checksums = "none";
  bool midstream = false;
  std::string alert_pcap;
  unsigned threads = 1;
  bool behaviour = false;  // neither: where packets are live
  bool no_behaviour = false;
  std::string cache = sniffer::PatternCache::usual_folder();
  bool no_cache = false;
  std::string duration;
  bool quiet = false;
  std::vector<std::string> filter;
};

class Tally final : public sniffer::PipelineListener {
 public:
  struct Row {
    std::string msg;
    std::uint64_t count = 0;
  };
  void on_interval(const model::WireInterval&) override {}
  void on_detection(const model::Detection& detection) override {
    if (detection.behaviour) return attacks.add(detection);
    auto& row = rows[{detection.gid, detection.sid}];
    if (row.count++ == 0) row.msg = detection.msg;
  }
  std::map<std::pair<std::uint32_t, std::uint32_t>, Row> rows;
  AttackTally attacks;
};

// A capture may go on for days: a folder that was not meant is told before.
base::Status require_folder_of(const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  std::error_code error;
  if (folder.empty() || std::filesystem::is_directory(folder, error)) return {};
  return base::fail(
      base::Errc::config,
      fmt::format("write {}: there is no folder {}; make it first, or write elsewhere", file,
                  folder.string()));
}

base::Result<sniffer::PipelineOptions> options_of(const SniffFlags& flags) {
  sniffer::PipelineOptions out;
  if (flags.interface.empty() == flags.file.empty())
    return base::fail(base::Errc::config, "sniff takes -i INTERFACE or -r FILE, one of them");
  if (flags.checksums != "none" && flags.checksums != "all")
    return base::fail(base::Errc::config, "-k takes none or all");
  for (const auto& output : {flags.eve, flags.stats}) {
    std::error_code none;
    if (!flags.file.empty() && std::filesystem::equivalent(flags.file, output, none))
      return base::fail(
          base::Errc::config,
          fmt::format("{} is the capture that is read; write to another file", output));
  }
  RAMPART_CHECK(make_folder_of(flags.stats));
  RAMPART_CHECK(require_folder_of(flags.eve));
  if (!flags.alert_pcap.empty()) {
    out.alert_pcap.emplace();
    out.alert_pcap->folder = flags.alert_pcap;
  }
  out.interface = flags.interface;
  out.capture_file = flags.file;
  for (const auto& word : flags.filter) out.filter += (out.filter.empty() ? "" : " ") + word;
  out.checksums =
      flags.checksums == "all" ? sniffer::Checksums::verify : sniffer::Checksums::ignore;
  out.midstream = flags.midstream;
  if (!flags.no_cache) out.pattern_cache = flags.cache;
  out.eve_file = flags.eve;
  if (!flags.eve_types.empty()) {
    RAMPART_TRY(out.eve_types, sniffer::eve_types_of(flags.eve_types));
  }
  // Of a file the alerts are those of its rules, unless more is asked for.
  if (flags.behaviour || (flags.file.empty() && !flags.no_behaviour)) out.behaviour.emplace();
  return out;
}

struct Figure {
  const char* name;
  std::uint64_t value;
};

std::string section(const char* name, std::initializer_list<Figure> figures) {
  std::string out;
  for (const auto& f : figures)
    out += fmt::format("{}\"{}\":{}", out.empty() ? "" : ",", f.name, f.value);
  return fmt::format("\"{}\":{{{}}}", name, out);
}

// How the rules came to be searched for, and how long that took.
std::string rules_json(const sniffer::PatternLoad& load, base::Nanos time) {
  using Source = sniffer::PatternLoad::Source;
  const char* source = load.source == Source::cache      ? "cache"
                       : load.source == Source::compiled ? "compiled"
                                                         : "none";
  return fmt::format(
      "{{\"load_seconds\":{:.3f},\"patterns\":\"{}\",\"databases\":{},\"database_bytes\":{},"
      "\"cached\":{}}}",
      base::seconds(time), source, load.databases, load.bytes, !load.cache_file.empty());
}

// Nothing here announces own traffic, so that there are no figures of it.
std::string stats_json(const model::WireTotals& t, const sniffer::PipelineStats& s,
                       const std::string& rules, std::uint64_t records_lost) {
  const std::string sections[] = {
      section("capture", {{"packets", t.packets},
                          {"bytes", t.bytes},
                          {"kernel_drops", t.dropped_kernel},
                          {"interface_drops", t.dropped_interface},
                          {"out_of_order_time", s.out_of_order_time}}),
      section("decoder", {{"invalid", t.invalid},
                          {"ipv4", s.ipv4},
                          {"ipv6", s.ipv6},
                          {"tcp", s.tcp},
                          {"udp", s.udp},
                          {"icmp", s.icmp},
                          {"other", s.other},
                          {"fragments", s.fragments},
                          {"reassembled", s.reassembled},
                          {"fragments_left", s.fragments_left},
                          {"cut", s.cut},
                          {"bad_checksums", s.bad_checksums}}),
      section("flow", {{"total", t.flows},
                       {"evicted", t.flows_evicted},
                       {"applications_left", s.applications_left}}),
      section("tcp", {{"retransmits", s.retransmits},
                      {"zero_windows", s.zero_windows},
                      {"resets", s.resets},
                      {"stream_gap_bytes", t.stream_gaps},
                      {"stream_late_bytes", s.stream_late},
                      {"stream_memory_drops", s.stream_memory_drops}}),
      section("detect", {{"rules_loaded", t.rules_loaded},
                         {"rules_failed", t.rules_failed},
                         {"alerts", s.alerts},
                         {"alerts_suppressed", t.alerts_suppressed},
                         {"alert_overflow", s.alert_overflow},
                         {"half_matches_lost", s.half_matches_lost},
                         {"failed_scans", s.failed_scans},
                         {"threshold_counts_displaced", s.threshold_counts_displaced},
                         {"host_bits_displaced", s.host_bits_displaced}}),
      fmt::format("\"rules\":{}", rules),
      section("behaviour", {{"attacks", s.behaviour.incidents},
                            {"reports", s.behaviour.reports},
                            {"displaced", s.behaviour.displaced},
                            {"suppressed", s.attacks_suppressed},
                            {"untimed", s.behaviour.untimed},
                            {"unlisted", s.behaviour.unlisted},
                            {"unreported", s.behaviour.unreported}}),
      section("eve", {{"lines", s.eve_lines},
                      {"lost", s.eve_lost},
                      {"anomalies_left_out", s.eve_anomalies_left_out}}),
      section("threads", {{"records_lost", records_lost}}),
      section("alert_pcap", {{"files", s.pcap_files},
                             {"packets", s.pcap_packets},
                             {"alerts_shared", s.pcap_alerts_shared},
                             {"alerts_left_out", s.pcap_alerts_left_out},
                             {"packets_left_out", s.pcap_packets_left_out}})};
  std::string out;
  for (const auto& text : sections) out += (out.empty() ? "{" : ",\n") + text;
  return out + "}\n";
}

void print_summary(const Tally& tally, const model::WireTotals& t, const sniffer::PipelineStats& s,
                   std::uint64_t records_lost, std::FILE* to) {
  fmt::print(to, "{} packets, {}, {} flows; dropped: {} by the kernel, {} by the interface\n",
             t.packets, base::format_bytes(static_cast<double>(t.bytes)), t.flows, t.dropped_kernel,
             t.dropped_interface);
  if (t.invalid > 0) fmt::print(to, "not inspected: {} malformed packets\n", t.invalid);
  auto missed = sniffer::shortfalls({t, s});
  if (records_lost > 0)
    missed += fmt::format("{}{} records of the threads", missed.empty() ? "" : ", ", records_lost);
  if (!missed.empty()) fmt::print(to, "missed: {}\n", missed);
  fmt::print(to, "{} rules, {} refused; {} alerts, {} held back by thresholds\n", t.rules_loaded,
             t.rules_failed, s.alerts, t.alerts_suppressed);
  if (s.pcap_files > 0)
    fmt::print(to, "{} packets around {} alerts in {} pcap file{}\n", s.pcap_packets,
               s.pcap_files + s.pcap_alerts_shared, s.pcap_files, s.pcap_files == 1 ? "" : "s");
  std::vector<std::pair<std::uint64_t, std::string>> rows;
  for (const auto& [id, row] : tally.rows)
    rows.emplace_back(
        row.count, fmt::format("{}:{} {}", id.first, id.second, reports::escape_terminal(row.msg)));
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  constexpr std::size_t kMost = 20;
  for (std::size_t i = 0; i < std::min(rows.size(), kMost); ++i)
    fmt::print(to, "{:>9}  {}\n", rows[i].first, rows[i].second);
  if (rows.size() > kMost)
    fmt::print(to, "           and {} more signatures\n", rows.size() - kMost);
  for (const auto& line : tally.attacks.lines()) fmt::print(to, "{}\n", line);
  if (s.attacks_suppressed > 0)
    fmt::print(to, "{} attacks suppressed by --threshold-file\n", s.attacks_suppressed);
}

// Who names a folder wants it used.
void note_cache(const sniffer::PatternLoad& load, const std::string& folder) {
  if (load.problem.empty()) return;
  const bool named = folder != sniffer::PatternCache::usual_folder();
  if (named)
    base::log::warn("cache of compiled rules: {}", load.problem);
  else
    base::log::info("cache of compiled rules: {}", load.problem);
}

// What to do instead where words were meant for the option before them, as `-S *.rules` gives them:
// they are taken for a filter. Empty: nothing of the kind.
std::string stray_words(const SniffFlags& flags) {
  for (const auto& word : flags.filter) {
    std::error_code error;
    if (std::filesystem::is_regular_file(word, error))
      return fmt::format("; '{}' is a file: give each rule file a -S of its own, repeat -S", word);
    if (!flags.eve_types.empty() && sniffer::eve_types_of(std::span(&word, 1)))
      return fmt::format(
          "; '{}' is a type of events: repeat --eve-types for each, or put commas "
          "between them",
          word);
  }
  return {};
}

// Another user's folder is closed to root without capabilities, and log rotation needs it again.
bool is_ours(const std::string& file) {
  const auto parent = std::filesystem::path(file).parent_path();
  struct stat folder{};
  return ::stat(parent.empty() ? "." : parent.c_str(), &folder) == 0 &&
         folder.st_uid == ::geteuid() && (folder.st_mode & S_IWUSR) != 0;
}

// Once the capture is open, packets are read without any privilege.
runner::Keep kept_by(const SniffFlags& flags) {
  const bool rotates = !flags.interface.empty() && !flags.eve.empty() && flags.eve != "-";
  const bool writes =
      !flags.stats.empty() || !flags.alert_pcap.empty() || (rotates && !is_ours(flags.eve));
  return writes ? runner::Keep::file_access : runner::Keep::nothing;
}

base::Result<int> sniff(const SniffFlags& flags) {
  Orders orders;  // first: a hangup while rules are compiled is none of the end either
  RAMPART_TRY(auto options, options_of(flags));
  base::Nanos limit{0};
  if (!flags.duration.empty()) {
    RAMPART_TRY(limit, base::parse_duration(flags.duration));
  }
  sniffer::RuleVariables variables;
  if (!flags.vars.empty()) {
    RAMPART_TRY(variables, load_variables(flags.vars));
  }
  const base::SystemClock clock;
  const auto begin = clock.mono();
  RAMPART_TRY(auto parsed, sniffer::load_rules(flags.rules, variables));
  for (const auto& refused : parsed.diagnostics)
    fmt::print(stderr, "{}\n", complaint_line(refused));
  if (!parsed.useless.empty())
    return base::fail(base::Errc::config,
                      fmt::format("{}: no rule of it can be used", parsed.useless.front()));
  RAMPART_TRY(const auto thresholds, sniffer::require_thresholds(flags.thresholds, variables));
  for (const auto& note : sniffer::apply_thresholds(thresholds, parsed.set))
    fmt::print(stderr, "{}\n", complaint_line(note));
  options.attack_suppressions = sniffer::attack_suppressions(thresholds);
  Tally tally;
  auto opened = runner::PipelineGroup::open(std::move(options), std::move(parsed.set),
                                            flags.threads, tally, clock);
  if (!opened && opened.error().code == base::Errc::config)
    opened.error().text += stray_words(flags);
  RAMPART_TRY(const auto pipeline, std::move(opened));
  const auto load_time = clock.mono() - begin;
  note_cache(pipeline->pattern_load(), flags.cache);
  RAMPART_CHECK(runner::drop_capabilities(kept_by(flags)));
  pipeline->set_rules_failed(parsed.failed);
  const Signals signals;
  auto end = capture(*pipeline, signals, orders, limit, clock);
  const auto totals = pipeline->totals();
  const auto stats = pipeline->stats();
  const auto lost = pipeline->lost();
  const bool taken = flags.eve == "-" || flags.stats == "-";
  if (!flags.quiet) print_summary(tally, totals, stats, lost, taken ? stderr : stdout);
  if (!flags.stats.empty()) {
    const auto rules_loaded = rules_json(pipeline->pattern_load(), load_time);
    RAMPART_CHECK(write_file(flags.stats, stats_json(totals, stats, rules_loaded, lost)));
  }
  if (!pipeline->warning().empty()) return base::fail(base::Errc::io, pipeline->warning());
  if (!end.broken) {
    // A file that was cut off, by a full disk or a copy, is judged up to there.
    if (flags.file.empty() || totals.packets == 0) return base::fail(std::move(end.broken.error()));
    fmt::print(stderr, "rampart: {}\n", end.broken.error().text);
  }
  return end.signal != 0 ? 128 + end.signal : 0;
}

}  // namespace

void add_sniff(CLI::App& app, Outcome& outcome) {
  auto flags = std::make_shared<SniffFlags>();
  auto* command = app.add_subcommand(
      "sniff", "match packets against Suricata-syntax rules, live or from a file");
  command->add_option("-i,--interface", flags->interface,
                      "capture on this one (needs CAP_NET_RAW)");
  command->add_option("-r,--read", flags->file,
                      "read this pcap or pcapng file; - is standard input");
  command->add_option("-S,--rules", flags->rules, "rule file; repeat -S for each")
      ->allow_extra_args(false)
      ->take_all()
      ->expected(1);
  command->add_option("--vars", flags->vars,
                      "YAML file whose vars: set $HOME_NET and the like in rules, docs/rules.md");
  command->add_option(
      "--threshold-file", flags->thresholds,
      "threshold.config: suppress, threshold and rate_filter of rules; suppress of attacks");
  auto* eve = command->add_option(
      "--eve", flags->eve,
      "append EVE JSON lines to this file, in a folder that is there; - is standard output");
  command
      ->add_option("--eve-types", flags->eve_types,
                   "which events, such as alert,flow,http,dns,tls,ssh,smtp,ftp (default: "
                   "alert,anomaly,flow,stats)")
      ->needs(eve)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->take_all()
      ->expected(1);
  command->add_option("--stats", flags->stats, "write the counters as JSON; - is standard output");
  command->add_option("-k", flags->checksums, "verify checksums: none or all")
      ->capture_default_str();
  command->add_flag("--midstream", flags->midstream,
                    "take up TCP connections whose handshake was not seen");
  command->add_option("--alert-pcap", flags->alert_pcap,
                      "folder for pcap files of the packets around alerts");
  command
      ->add_option("--threads", flags->threads,
                   "share the packets of the interface between so many, by flow")
      ->capture_default_str();
  auto* behaviour = command->add_flag("--behaviour", flags->behaviour,
                                      "look for floods, scans and guessed passwords also with -r");
  command->add_flag("--no-behaviour", flags->no_behaviour, "do not look for them")
      ->excludes(behaviour);
  auto* cache = command->add_option(
      "--cache", flags->cache,
      "folder that keeps compiled rules for the next start (default: ~/.cache/rampart, for root "
      "/var/cache/rampart)");
  command->add_flag("--no-cache", flags->no_cache, "compile the rules anew and keep nothing")
      ->excludes(cache);
  command->add_option("--duration", flags->duration, "stop after this long");
  command->add_flag("-q,--quiet", flags->quiet, "no summary");
  command->add_option("FILTER", flags->filter, "BPF filter, such as 'tcp port 80'");
  command->footer(R"(
Examples:
  rampart sniff -r capture.pcap -S local.rules --eve alerts.json
  zcat capture.pcap.gz | rampart sniff -r - -S local.rules
  sudo rampart sniff -i eth0 -S et.rules --eve - 'tcp port 80')");
  command->callback([flags, &outcome] { outcome.exit_code = sniff(*flags); });
}

}  // namespace rampart::cli
