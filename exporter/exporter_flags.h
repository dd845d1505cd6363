#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "exporter/exporter.h"

namespace rampart::exporter {

// As typed, under blackbox_exporter's names.
struct ExporterFlags {
  double timeout_offset = 0.5;
  std::string log_prober = "none";
  std::int64_t history_limit = 100;
  std::string external_url;
  std::string route_prefix;
  std::vector<std::string> listen;  // empty: ":9115"
};

// Errc::config names the flag. A host name of --web.listen-address is resolved, which may take
// seconds: before the loop runs.
base::Result<ExporterOptions> exporter_options(const ExporterFlags& flags);

// "/x/y" of "http://host/x/y/" and of "/x/%79", decoded as paths of requests are: no slash at the
// end, empty for a host alone.
base::Result<std::string> path_of_url(std::string_view url);

}  // namespace rampart::exporter
