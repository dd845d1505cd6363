#pragma once

#include "model/result.h"
#include "reports/text_table.h"

// Tables of the loads for the terminal. Empty where the run had no load.

namespace rampart::reports {

TextTable request_table(const model::RunResult& result);  // offered, started, completed, ...
TextTable latency_table(const model::RunResult& result);  // percentiles, latency and service
TextTable error_table(const model::RunResult& result);    // only loads that had errors

}  // namespace rampart::reports
