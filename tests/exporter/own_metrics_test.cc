#include "exporter/own_metrics.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "reports/exposition_text.h"

namespace rampart::exporter {
namespace {

using namespace std::chrono_literals;

TEST(OwnMetrics, TellsOfReloadsAndProbes) {
  OwnMetrics own;
  own.reload_successful = true;
  own.reloaded = base::WallTime(1'700'000'000s);
  own.modules_unknown = 3;
  own.probes_ended = {{model::ProbeReason::none, 2}, {model::ProbeReason::reset, 1}};
  const auto page = reports::render_exposition(own.families());
  for (const auto* line :
       {"blackbox_exporter_config_last_reload_successful 1",
        "blackbox_exporter_config_last_reload_success_timestamp_seconds 1.7e+09",
        "# TYPE blackbox_module_unknown_total counter", "blackbox_module_unknown_total 3",
        "rampart_exporter_probes_total{reason=\"none\"} 2",
        "rampart_exporter_probes_total{reason=\"reset\"} 1", "rampart_exporter_probes_running 0",
        "blackbox_exporter_build_info{program=\"rampart\",version=\""})
    EXPECT_NE(page.find("\n" + std::string(line)), std::string::npos) << line << "\n" << page;
  EXPECT_NE(page.find("\nprocess_resident_memory_bytes "), std::string::npos) << page;
}

TEST(OwnMetrics, ReadsProc) {
  const ProcessFiles files{
      "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 1 0 3000 8192000 25 "
      "18446744073709551615",
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max open files            1024                 1048576              files     \n",
      "cpu 1 2 3\nbtime 1600000000\n", 12};
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto pages = static_cast<double>(sysconf(_SC_PAGESIZE));
  std::map<std::string, double> found;
  for (const auto& family : process_families(files))
    found[family.name] = family.series.front().value;
  EXPECT_EQ(found, (std::map<std::string, double>{
                       {"process_open_fds", 12},
                       {"process_max_fds", 1024},
                       {"process_cpu_seconds_total", 200 / ticks},
                       {"process_virtual_memory_bytes", 8192000},
                       {"process_resident_memory_bytes", 25 * pages},
                       {"process_start_time_seconds", 1600000000 + 3000 / ticks}}));
}

TEST(OwnMetrics, LeavesOutWhatItCannotRead) {
  EXPECT_TRUE(process_families({}).empty());
  EXPECT_TRUE(process_families({"7 (a", "Max open files unlimited", "btime", 0}).empty());
  EXPECT_TRUE(process_families({"7 (a) S 1 2 x", "", "", 0}).empty());
}

}  // namespace
}  // namespace rampart::exporter
