#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/plan.h"
#include "scenarios/diagnostic.h"

namespace rampart::scenarios {

// Whether the regular expressions of a plan can be read, which is known where they are used.
using PatternCheck = base::Status (*)(std::string_view pattern);

// What the language leaves to the machine and the command line.
struct Defaults {
  std::uint32_t workers = 1;             // number of cores
  std::uint64_t seed = 1;                // --seed; a scenario's own seed wins
  PatternCheck check_pattern = nullptr;  // null: they are not checked here
};

struct Parsed {
  std::optional<model::Plan> plan;  // exactly where there are no errors
  std::vector<Diagnostic> errors;   // all of them at once, by place
};

// Reads a scenario (docs/scenario.md) and compiles it to a plan, complete but for the resolved
// addresses (Target::endpoints, ScrapeSpec::endpoints) and Plan::permitted. No name is resolved and
// no socket opened; only the files that the scenario names are looked at, relative to the folder of
// `path`. `overrides` are those of --set ("load.browse.arrival.rate=200/s") and are kept as
// comments in Plan::text. Any bytes are safe to pass in.
Parsed parse_scenario(std::string_view text, const std::string& path,
                      std::span<const std::string> overrides, const Defaults& defaults);

// The same from a file, which must be no larger than 1 MiB.
Parsed load_scenario(const std::string& path, std::span<const std::string> overrides,
                     const Defaults& defaults);

// The reference table of docs/scenario.md, in Markdown.
std::string reference_markdown();

// A JSON schema (draft 2020-12) of the language, for editors.
std::string json_schema();

}  // namespace rampart::scenarios
