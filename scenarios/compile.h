#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "model/plan.h"
#include "scenarios/section.h"

// From a validated document to a plan, one function per part of the language. Each reports what the
// table cannot know; a plan is used only where nothing was reported.

namespace rampart::scenarios {

struct Draft {
  model::Plan plan;
  std::filesystem::path folder;  // of the scenario: relative paths start here
};

void compile_targets(const Section& root, Draft& draft);
void compile_loads(const Section& root, Draft& draft);
// What a load of tcp, udp or icmp does. After its protocol and arrival; null where the target is
// not known, which has been reported.
void compile_socket(const Section& load, const model::Target* target, model::LoadSpec& spec);
// Where the load does not say.
std::uint32_t default_streams(model::Protocol protocol);
base::Nanos default_timeout(model::Protocol protocol);
// Gives the run and every load its length. After compile_loads.
void compile_lengths(const Section& root, Draft& draft);
void compile_probes(const Section& root, Draft& draft);
void compile_scrapes(const Section& root, Draft& draft);
void compile_sniff(const Section& root, Draft& draft);
void compile_canaries(const Section& root, Draft& draft);    // after compile_sniff
void compile_objectives(const Section& root, Draft& draft);  // after all of these
void compile_stop_when(const Section& root, Draft& draft);

// The target that the key names; where the key is missing and there is one target, that one.
// Nothing where it cannot be told, which is then reported.
std::optional<std::uint32_t> target_of(const Section& section, std::string_view key,
                                       const Draft& draft);
// Whether the target speaks HTTP; where not, it is reported for `what`.
bool require_http(const Section& section, std::uint32_t target, std::string_view what,
                  const Draft& draft);
// A file that must exist, as a path from the current folder; empty where the key is missing.
std::string existing_file(const Section& section, std::string_view key, const Draft& draft);
model::TlsOptions tls_of(const Section& owner, const Draft& draft);
std::vector<std::pair<std::string, std::string>> headers_of(const Section& section);
std::vector<std::uint16_t> statuses_of(const Section& section, std::string_view key);
// Reports a name that stands already in an earlier item of the list at `key`.
void require_unique_names(const Section& root, std::string_view key);

}  // namespace rampart::scenarios
