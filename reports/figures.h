#pragma once

#include <cstdint>
#include <string>

#include "model/result.h"

// Numbers as people read them, the same in every report.

namespace rampart::reports {

// "73.9 to 94.5 %".
std::string interval_text(const model::Interval& ratio);

// The interval of an objective: a ratio, or milliseconds for a latency. Empty where there is none.
std::string interval_text(const model::ObjectiveResult& objective);

// A duration, or "-" where nothing was measured.
std::string measured_text(const model::Percentiles& of, base::Nanos value);

// "287/s"; "-" for 0 where 0 means unknown.
std::string rate_text(double per_second);

// What a load was asked for and what of that it completed, in the same unit: "287/s" of requests,
// "20 flows/s" where it is a flow of several.
std::string asked_text(const model::LoadSummary& load);
std::string completed_text(const model::LoadSummary& load);

// "27.0 s" below two minutes, then "1:02:27".
std::string run_time_text(model::RunTime time);

// "27.0 to 31.0 s".
std::string span_text(const model::TimeSpan& span);

// "2026-11-21 01:24:16 UTC".
std::string start_text(base::WallTime time);

// "12 345 678" with narrow no-break spaces: for HTML.
std::string grouped(std::uint64_t value);

// "timeout 400, reset 9"; empty where there was none.
std::string errors_text(const model::LoadCounters& counters);

// "1890 ms", "710/s", "0 %".
std::string value_text(const model::EvidenceItem& item);

// "1 probe", "2 probes".
std::string plural(std::uint64_t count, std::string_view noun);

}  // namespace rampart::reports
