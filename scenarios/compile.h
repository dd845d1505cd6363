#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "model/plan.h"
#include "scenarios/scenario.h"
#include "scenarios/section.h"

// From a validated document to a plan, one function per part of the language. Each reports what the
// table cannot know; a plan is used only where nothing was reported.

namespace rampart::scenarios {

struct Draft {
  model::Plan plan;
  std::filesystem::path folder;  // of the scenario: relative paths start here
  PatternCheck check_pattern = nullptr;
};

void compile_targets(const Section& root, Draft& draft);
void compile_loads(const Section& root, Draft& draft);
// What a load of tcp, udp or icmp does. After its protocol and arrival; null where the target is
// not known, which has been reported.
void compile_socket(const Section& load, const model::Target* target, model::LoadSpec& spec);
// Whether all icmp sockets and probes can have an echo id of their own. After compile_probes.
void check_echo_ids(const Section& root, const Draft& draft);
// Where the load does not say.
std::uint32_t default_streams(model::Protocol protocol);
base::Nanos default_timeout(model::Protocol protocol);
// Gives the run and every load its length. After compile_loads.
void compile_lengths(const Section& root, Draft& draft);
void compile_probes(const Section& root, Draft& draft);
void compile_scrapes(const Section& root, Draft& draft);
void compile_prometheus(const Section& root, Draft& draft);  // after compile_scrapes
void compile_sniff(const Section& root, Draft& draft);
void compile_canaries(const Section& root, Draft& draft);    // after compile_sniff
void compile_objectives(const Section& root, Draft& draft);  // after all of these
void compile_stop_when(const Section& root, Draft& draft);
// After compile_objectives, which are its limits where it names none; before compile_lengths.
void compile_find(const Section& root, Draft& draft);
// The arrival of the load that find searches: open, without a rate of its own.
model::Arrival searched_arrival(const Section& section);

// The target that the key names; where the key is missing and there is one target, that one.
// Nothing where it cannot be told, which is then reported.
std::optional<std::uint32_t> target_of(const Section& section, std::string_view key,
                                       const Draft& draft);
// Whether the target speaks HTTP; where not, it is reported for `what`.
bool require_http(const Section& section, std::uint32_t target, std::string_view what,
                  const Draft& draft);
// A file that must exist, as a path from the current folder; empty where the key is missing or
// there is no such file, which is then reported.
std::string existing_file(const Section& section, std::string_view key, const Draft& draft);
std::string existing_file(const Section& section, const Section::Item& file, const Draft& draft);
model::TlsOptions tls_of(const Section& owner, const Draft& draft);
using Headers = std::vector<std::pair<std::string, std::string>>;
Headers headers_of(const Section& section);
// Gives each request the Authorization of `owner`'s auth, where there is one.
void add_auth(const Section& owner, const Draft& draft, const std::vector<Headers*>& requests);
// The data sets, the steps in sequence, the pause of a load or of a step.
void compile_data(const Section& section, model::LoadSpec& load, const Draft& draft);
void compile_flow(const Section& section, model::LoadSpec& load, const Draft& draft);
// That the flow's requests can carry every value of the data sets. After both.
void check_values(const Section& section, const model::LoadSpec& load);
model::ThinkTime think_of(const Section& section);
// When requests of an open load are due, from the file that arrival's replay names.
void compile_replay(const Section& arrival, const Draft& draft, model::Arrival& out);
// A regular expression; empty where the key is missing.
std::string pattern_of(const Section& section, std::string_view key, const Draft& draft);
// The limits by percentile at the key latency, the lowest percentile first.
std::vector<model::LatencyObjective> latency_of(const Section& section);
std::vector<std::uint16_t> statuses_of(const Section& section, std::string_view key);
// Reports a name that stands already in an earlier item of the list at `key`.
void require_unique_names(const Section& root, std::string_view key);

}  // namespace rampart::scenarios
