#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "exporter/history.h"
#include "exporter/modules.h"
#include "exporter/own_metrics.h"
#include "exporter/web_gate.h"
#include "net/http_server.h"
#include "probe/module/module_context.h"
#include "probe/module/module_probe.h"

namespace rampart::exporter {

struct RequestTarget;

// What of probes goes to the log as well, whatever its level is: failures as warnings, ends of the
// others as info, steps as debug.
enum class ProbeLog : std::uint8_t { nothing, failures, ends, steps };

struct ExporterOptions {
  std::vector<base::Endpoint> listen = {};  // at least one; port 0 takes a free one
  std::string route_prefix = {};            // "/deep"; empty: none. Without a slash at the end
  std::string external_url = {};            // where the start page is seen from outside
  double timeout_offset = 0.5;              // seconds
  std::size_t history_limit = 100;
  std::size_t most_probes = 4096;       // at once; more get 503
  std::size_t most_connections = 8192;  // of clients, of all addresses that are listened at
  ProbeLog log = ProbeLog::nothing;
  std::unique_ptr<WebGate> gate = {};           // null: everybody is let in, in clear text
  std::function<void()> renew_permission = {};  // reads again what may be probed; null: never
};

// Makes one probe; null where this program has none of the module's kind.
using MakeProbe = std::unique_ptr<probe::ModuleProbe> (*)(const probe::ModuleContext&,
                                                          probe::ModuleAsk);

// blackbox_exporter's pages: /probe, /metrics, /-/healthy, /-/reload, /config, /logs and the start
// page. Probes run side by side on the context's loop and end by their own deadline. Loop thread
// only.
class Exporter {
 public:
  // Everything outlives it. The modules are loaded.
  static base::Result<std::unique_ptr<Exporter>> listen(const probe::ModuleContext& context,
                                                        Modules& modules, MakeProbe make,
                                                        ExporterOptions options);
  // Probes that run are given up.
  ~Exporter();
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  // As POST /-/reload: what may be probed, and the modules. The log tells how it went.
  base::Status reload();
  // Probes with a socket that is no longer permitted end at once.
  void renew_permission();
  // Closes connections of clients that keep it waiting. To be called every few seconds.
  void prune();
  [[nodiscard]] std::vector<base::Endpoint> endpoints() const;

 private:
  class Door;
  class Running;
  struct Exchange;
  struct Waiting;

  Exporter(const probe::ModuleContext& context, Modules& modules, MakeProbe make,
           ExporterOptions options);
  void on_request(Door& door, net::HttpServer::ExchangeId id,
                  const net::HttpServer::Request& request);
  void answer(Door& door, net::HttpServer::ExchangeId id, const net::HttpServer::Request& request);
  void turn_away(const Exchange& exchange, std::uint16_t status) const;
  void route(const Exchange& exchange, std::string_view path);
  void probe(const Exchange& exchange);
  void start(const Exchange& exchange, const model::BlackboxModule& module, base::Nanos limit);
  void give_up(const Door& door, net::HttpServer::ExchangeId id);
  void withdraw(Running& running);
  void finish(Running& running, probe::ModuleOutcome&& outcome);
  void log_outcome(const PastProbe& past, const probe::ModuleOutcome& outcome) const;
  void reload_page(const Exchange& exchange);
  void logs_page(const Exchange& exchange);
  void config_page(const Exchange& exchange);
  void metrics_page(const Exchange& exchange);
  void start_page(const Exchange& exchange);

  const probe::ModuleContext context_;
  Modules& modules_;
  const MakeProbe make_;
  const ExporterOptions options_;
  History history_;
  OwnMetrics own_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::unordered_map<const Running*, std::unique_ptr<Running>> running_;
};

// Whether a probe can be asked to use this name. Errc::config in blackbox_exporter's words.
base::Status check_hostname(const model::BlackboxModule& module, std::string_view hostname);
// Whether a page may be compressed, as promhttp decides.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace rampart::exporter
