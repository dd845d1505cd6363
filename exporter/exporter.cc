#include "exporter/exporter.h"

#include <fmt/core.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/gzip.h"
#include "base/log.h"
#include "exporter/attempts.h"
#include "exporter/probe_page.h"
#include "exporter/request_target.h"
#include "exporter/shown_target.h"
#include "exporter/start_page.h"
#include "exporter/time_limit.h"
#include "probe/own_sockets.h"
#include "reports/exposition_text.h"

namespace rampart::exporter {
namespace {

using net::HttpServer;

constexpr std::string_view kDefaultModule = "http_2xx";
constexpr std::string_view kLimitField = "x-prometheus-scrape-timeout-seconds";
constexpr HttpServer::Field kNoSniffing{"x-content-type-options", "nosniff"};
// Nothing but what stands in the page itself.
constexpr HttpServer::Field kNoScripts{
    "content-security-policy",
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"};

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

// One address that is listened at.
class Exporter::Door final : public HttpServer::Handler {
 public:
  explicit Door(Exporter& owner) : owner_(owner) {}

  base::Status open(net::Loop& loop, const base::Endpoint& at) {
    auto* gate = owner_.options_.gate.get();
    const bool tls = gate != nullptr && gate->tls();
    HttpServer::Options options;
    options.fields = {"authorization", "accept-encoding", kLimitField};
    options.tls_source = tls ? gate : nullptr;
    options.clear_http2 = false;  // as other exporters: over TLS only, where the file allows it
    options.most_connections =
        std::max<std::size_t>(owner_.options_.most_connections / owner_.options_.listen.size(), 1);
    RAMPART_TRY(server_, HttpServer::listen(loop, at, nullptr, *this, options));
    return {};
  }
  [[nodiscard]] bool waits_for(HttpServer::ExchangeId id) const { return server_->waits_for(id); }
  void prune(base::MonoTime now) { server_->prune(now); }
  [[nodiscard]] base::Endpoint endpoint() const { return server_->endpoint(); }

  // With the headers of the web configuration, which go before the reply's own.
  void reply(HttpServer::ExchangeId id, HttpServer::Reply reply) {
    std::vector<HttpServer::Field> fields;
    if (owner_.options_.gate)
      for (const auto& [name, value] : owner_.options_.gate->headers())
        fields.push_back({name, value});
    for (const auto& field : reply.fields)
      if (std::none_of(fields.begin(), fields.end(), [&](const auto& set) {
            return field.name.size() == set.name.size() &&
                   strncasecmp(field.name.data(), set.name.data(), set.name.size()) == 0;
          }))
        fields.push_back(field);
    reply.fields = fields;
    server_->reply(id, reply);
  }
  void on_request(HttpServer::ExchangeId id, const HttpServer::Request& request) override {
    owner_.on_request(*this, id, request);
  }
  void on_gone(HttpServer::ExchangeId id) override { owner_.give_up(*this, id); }

 private:
  Exporter& owner_;
  std::unique_ptr<HttpServer> server_;
};

// A request, and how it is answered. Valid as long as the request is.
struct Exporter::Exchange {
  Door& door;
  HttpServer::ExchangeId id;
  const HttpServer::Request& request;
  const RequestTarget& target;

  void text(std::uint16_t status, std::string_view body) const {
    const std::array fields{kNoSniffing};
    door.reply(id, {.status = status, .body = body, .fields = fields});
  }
  void error(std::uint16_t status, std::string_view what) const {
    text(status, fmt::format("{}\n", what));
  }
};

// A probe that somebody waits for.
class Exporter::Running final : private probe::ModuleProbe::Listener {
 public:
  Running(Exporter& owner, const Exchange& exchange, Modules::Config config,
          const model::BlackboxModule& used, base::Nanos limit)
      : door(exchange.door),
        id(exchange.id),
        module(used),
        target(exchange.target.parameter("target")),
        shown(target),
        timeout(limit),
        debug(exchange.target.parameter("debug") == "true"),
        gzip(accepts_gzip(exchange.request.field("accept-encoding"))),
        start(owner.context_.clock.wall()),
        begun(owner.context_.clock.mono()),
        owner_(owner),
        sockets_(owner.context_.sockets, uses_),
        context_{owner.context_.loop,  owner.context_.names, sockets_,
                 owner.context_.clock, owner.context_.tls,   owner.context_.curl,
                 owner.context_.files},
        config_(std::move(config)) {}

  // Its own: what it uses is noted.
  [[nodiscard]] const probe::ModuleContext& context() const { return context_; }
  [[nodiscard]] bool permitted() const { return owner_.context_.sockets.permits(uses_); }

  // May destroy this.
  void begin(std::unique_ptr<probe::ModuleProbe> probe) {
    probe_ = std::move(probe);
    probe_->start(*this);
  }

  Door& door;
  const HttpServer::ExchangeId id;
  const model::BlackboxModule& module;
  const std::string target;
  const ShownTarget shown;
  const base::Nanos timeout;
  const bool debug;
  const bool gzip;
  const base::WallTime start;
  const base::MonoTime begun;

 private:
  void on_outcome(probe::ModuleOutcome&& outcome) override {
    owner_.finish(*this, std::move(outcome));
  }

  Exporter& owner_;
  probe::OwnSockets::Uses uses_;
  probe::OwnSockets sockets_;
  const probe::ModuleContext context_;
  const Modules::Config config_;  // has the module
  std::unique_ptr<probe::ModuleProbe> probe_;
};

base::Status check_hostname(const model::BlackboxModule& module, std::string_view hostname) {
  if (module.prober != model::BlackboxModule::Prober::http || hostname.empty()) return {};
  for (const auto& [name, value] : module.http.headers)
    if (strcasecmp(name.c_str(), "host") == 0 && value != hostname)
      return base::fail(
          base::Errc::config,
          fmt::format(
              "host header defined both in module configuration ({}) and with URL-parameter "
              "'hostname' ({})",
              value, hostname));
  return {};
}

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const auto end = std::min(accept_encoding.find(','), accept_encoding.size());
    const auto part = trimmed(accept_encoding.substr(0, end));
    if (part == "gzip" || part.starts_with("gzip;")) return true;
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
  }
  return false;
}

Exporter::Exporter(const probe::ModuleContext& context, Modules& modules, MakeProbe make,
                   ExporterOptions options)
    : context_(context),
      modules_(modules),
      make_(make),
      options_(std::move(options)),
      history_(options_.history_limit) {
  own_.reload_successful = true;
  own_.reloaded = modules_.loaded();
}

Exporter::~Exporter() = default;

base::Result<std::unique_ptr<Exporter>> Exporter::listen(const probe::ModuleContext& context,
                                                         Modules& modules, MakeProbe make,
                                                         ExporterOptions options) {
  std::unique_ptr<Exporter> out(new Exporter(context, modules, make, std::move(options)));
  for (const auto& at : out->options_.listen) {
    auto door = std::make_unique<Door>(*out);
    RAMPART_CHECK(door->open(context.loop, at));
    out->doors_.push_back(std::move(door));
  }
  return out;
}

std::vector<base::Endpoint> Exporter::endpoints() const {
  std::vector<base::Endpoint> out;
  for (const auto& door : doors_) out.push_back(door->endpoint());
  return out;
}

void Exporter::prune() {
  for (const auto& door : doors_) door->prune(context_.clock.mono());
}

base::Status Exporter::reload() {
  renew_permission();
  auto status = modules_.reload();
  own_.reload_successful = status.has_value();
  own_.reloaded = modules_.loaded();
  if (status)
    base::log::info("the modules were read again");
  else
    base::log::error("the modules could not be read again, the old ones stay in use: {}",
                     status.error().text);
  return status;
}

// A request whose password is being checked.
struct Exporter::Waiting {
  std::string method;
  std::string path;
  std::vector<std::pair<std::string, std::string>> fields;

  void copy(const HttpServer::Request& request) {
    method = request.method;
    path = request.path;
    for (const auto& field : request.fields) fields.emplace_back(field.name, field.value);
  }
};

void Exporter::on_request(Door& door, HttpServer::ExchangeId id,
                          const HttpServer::Request& request) {
  if (!options_.gate) return answer(door, id, request);
  const RequestTarget none{};
  const auto away = [this, &door, id, none](const HttpServer::Request& of, std::uint16_t status) {
    turn_away(Exchange{door, id, of, none}, status);
  };
  // Shared with a check that may never end; empty where there is none.
  const auto kept = std::make_shared<Waiting>();
  const auto go_on = [this, &door, id, kept, away](bool right) {
    std::vector<HttpServer::Field> fields;
    for (const auto& [name, value] : kept->fields) fields.push_back({name, value});
    if (!door.waits_for(id)) return;
    const HttpServer::Request again{kept->method, kept->path, fields};
    if (right)
      answer(door, id, again);
    else
      away(again, 401);
  };
  switch (options_.gate->admit(request.field("authorization"), go_on)) {
    case WebGate::Admission::admitted: return answer(door, id, request);
    case WebGate::Admission::refused: return away(request, 401);
    case WebGate::Admission::busy: return away(request, 503);
    case WebGate::Admission::broken: return away(request, 500);
    case WebGate::Admission::later: return kept->copy(request);
  }
}

void Exporter::turn_away(const Exchange& exchange, std::uint16_t status) const {
  if (status == 500) return exchange.error(500, "Internal Server Error");
  if (status == 503) return exchange.error(503, "Too many passwords are being checked");
  const std::array<HttpServer::Field, 2> fields{{{"www-authenticate", "Basic"}, kNoSniffing}};
  exchange.door.reply(exchange.id, {.status = 401, .body = "Unauthorized\n", .fields = fields});
}

void Exporter::answer(Door& door, HttpServer::ExchangeId id, const HttpServer::Request& request) {
  const auto target = RequestTarget::parse(request.path);
  const RequestTarget none{};
  const Exchange exchange{door, id, request, target ? *target : none};
  if (!target) return exchange.text(400, "400 Bad Request");
  const std::string_view path = target->path;
  const std::string_view prefix = options_.route_prefix;
  if (path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/'))
    return route(exchange, path.substr(prefix.size()));
  if (path == "/" || path == prefix) {
    const std::array<HttpServer::Field, 2> fields{
        {{"location", options_.external_url}, kNoSniffing}};
    door.reply(id, {.status = 302, .content_type = {}, .body = {}, .fields = fields});
    return;
  }
  exchange.error(404, "404 page not found");
}

void Exporter::route(const Exchange& exchange, std::string_view path) {
  if (path == "/probe") return probe(exchange);
  if (path == "/metrics") return metrics_page(exchange);
  if (path == "/-/healthy") return exchange.text(200, "Healthy");
  if (path == "/-/reload") return reload_page(exchange);
  if (path == "/config") return config_page(exchange);
  if (path == "/logs") return logs_page(exchange);
  if (path == "/") return start_page(exchange);
  exchange.error(404, "404 page not found");
}

void Exporter::probe(const Exchange& exchange) {
  const auto& config = *modules_.config();
  const auto given = exchange.target.parameter("module");
  const std::string name(given.empty() ? kDefaultModule : given);
  const auto found = config.modules.find(name);
  if (found == config.modules.end()) {
    ++own_.modules_unknown;
    return exchange.error(400, fmt::format("Unknown module {}", quoted(name)));
  }
  const auto& module = found->second;
  const auto limit = time_limit(trimmed(exchange.request.field(kLimitField)), module.timeout,
                                options_.timeout_offset);
  if (!limit)
    return exchange.error(
        500, fmt::format("Failed to parse timeout from Prometheus header: {}", limit.error().text));
  if (exchange.target.parameter("target").empty())
    return exchange.error(400, "Target parameter is missing");
  if (const auto status = check_hostname(module, exchange.target.parameter("hostname")); !status)
    return exchange.error(400, status.error().text);
  if (running_.size() >= options_.most_probes) {
    ++own_.probes_refused;
    return exchange.error(503, fmt::format("{} probes run already", running_.size()));
  }
  const auto attempts = attempts_of(exchange.target);
  if (!attempts) return exchange.error(400, attempts.error().text);
  start(exchange, module, *limit, *attempts);
}

void Exporter::start(const Exchange& exchange, const model::BlackboxModule& module,
                     base::Nanos limit, probe::Attempts attempts) {
  auto running = std::make_unique<Running>(*this, exchange, modules_.config(), module, limit);
  const auto make = [make = make_, &to = *running,
                     hostname =
                         std::string(exchange.target.parameter("hostname"))](base::Nanos timeout) {
    return make(
        to.context(),
        {.module = &to.module, .target = to.target, .hostname = hostname, .timeout = timeout});
  };
  const auto timeout = std::max(limit, base::Nanos(1));  // a probe needs some time to fail in
  std::unique_ptr<probe::ModuleProbe> made;
  if (attempts.most > 1)
    made = std::make_unique<probe::RepeatedProbe>(running->context(), attempts, timeout, make);
  else
    made = make(timeout);
  auto& begun = *running;
  running_.emplace(&begun, std::move(running));
  begun.begin(std::move(made));
}

void Exporter::give_up(const Door& door, HttpServer::ExchangeId id) {
  own_.probes_abandoned += std::erase_if(running_, [&](const auto& entry) {
    return &entry.second->door == &door && entry.second->id == id;
  });
}

// One by one: what an answer sets going may end others.
void Exporter::renew_permission() {
  if (options_.renew_permission) options_.renew_permission();
  const auto over = [](const auto& entry) { return !entry.second->permitted(); };
  for (auto found = std::find_if(running_.begin(), running_.end(), over); found != running_.end();
       found = std::find_if(running_.begin(), running_.end(), over))
    withdraw(*found->second);
}

void Exporter::withdraw(Running& running) {
  probe::ModuleOutcome outcome;
  outcome.start = running.begun;
  outcome.duration = context_.clock.mono() - running.begun;
  outcome.reason = model::ProbeReason::not_permitted;
  outcome.detail = "the authorisation does not hold any longer";
  outcome.log = {outcome.detail};
  finish(running, std::move(outcome));
}

void Exporter::finish(Running& running, probe::ModuleOutcome&& outcome) {
  const auto ended = running_.extract(&running);  // no longer runs, and is destroyed last
  for (auto& step : outcome.log) step = running.shown.mask(std::move(step));
  outcome.detail = running.shown.mask(std::move(outcome.detail));
  const auto page = reports::render_exposition(
      probe_families(std::move(outcome.families), outcome, running.timeout));
  auto account = account_of({.module = running.module.name,
                             .target = running.shown.text(),
                             .timeout = running.timeout,
                             .page = page,
                             .configuration = running.module.masked},
                            outcome);
  ++own_.probes_ended[outcome.success ? model::ProbeReason::none : outcome.reason];
  own_.durations[{running.module.name, outcome.success}].add(outcome.duration);
  auto& door = running.door;
  const std::array<HttpServer::Field, 2> fields{{kNoSniffing, {"content-encoding", "gzip"}}};
  if (running.debug) {
    door.reply(
        running.id,
        {.content_type = "text/plain", .body = account, .fields = std::span(fields).first(1)});
  } else {
    const auto packed = running.gzip ? base::gzip(page) : std::string();
    door.reply(running.id, {.content_type = reports::kExpositionType,
                            .body = running.gzip ? packed : page,
                            .fields = std::span(fields).first(running.gzip ? 2 : 1)});
  }
  PastProbe past{.start = running.start,
                 .duration = outcome.duration,
                 .module = running.module.name,
                 .target = running.shown.text(),
                 .success = outcome.success,
                 .reason = outcome.reason,
                 .account = std::move(account)};
  log_outcome(past, outcome);
  history_.add(std::move(past));
}

void Exporter::log_outcome(const PastProbe& past, const probe::ModuleOutcome& outcome) const {
  using base::log::asked;
  using base::log::Level;
  if (options_.log == ProbeLog::nothing) return;
  const auto about = fmt::format("probe of {} by {}", quoted(past.target), quoted(past.module));
  if (options_.log == ProbeLog::steps)
    for (const auto& step : outcome.log) asked(Level::debug, "{}: {}", about, quoted(step));
  if (!outcome.success)
    asked(Level::warn, "{}: failed: {}: {}", about, model::to_string(past.reason),
          quoted(outcome.detail));
  else if (options_.log != ProbeLog::failures)
    asked(Level::info, "{}: succeeded after {}", about, base::format_duration(past.duration));
}

void Exporter::reload_page(const Exchange& exchange) {
  if (exchange.request.method != "POST")
    return exchange.error(405, "This endpoint requires a POST request.");
  if (const auto status = reload(); !status)
    return exchange.error(500, fmt::format("failed to reload config: {}", status.error().text));
  exchange.door.reply(exchange.id, {.content_type = {}, .body = {}});
}

void Exporter::logs_page(const Exchange& exchange) {
  const auto text = exchange.target.parameter("id");
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    return exchange.error(500, "Invalid probe id");
  const auto* found = history_.find(id);
  if (found == nullptr) return exchange.error(404, "Probe id not found");
  const std::array fields{kNoSniffing};
  exchange.door.reply(exchange.id,
                      {.content_type = "text/plain", .body = found->account, .fields = fields});
}

void Exporter::config_page(const Exchange& exchange) {
  const std::array fields{kNoSniffing};
  exchange.door.reply(
      exchange.id,
      {.content_type = "text/plain", .body = modules_.config()->masked, .fields = fields});
}

void Exporter::metrics_page(const Exchange& exchange) {
  own_.probes_running = running_.size();
  const auto page = reports::render_exposition(own_.families());
  const bool gzip = accepts_gzip(exchange.request.field("accept-encoding"));
  const std::array<HttpServer::Field, 2> fields{{kNoSniffing, {"content-encoding", "gzip"}}};
  const auto packed = gzip ? base::gzip(page) : std::string();
  exchange.door.reply(exchange.id, {.content_type = reports::kExpositionType,
                                    .body = gzip ? packed : page,
                                    .fields = std::span(fields).first(gzip ? 2 : 1)});
}

void Exporter::start_page(const Exchange& exchange) {
  const std::array fields{kNoSniffing, kNoScripts};
  const auto page = render_start_page({.config = *modules_.config(),
                                       .loaded = modules_.loaded(),
                                       .complaint = modules_.complaint(),
                                       .probes = history_.newest_first(),
                                       .running = running_.size()});
  exchange.door.reply(exchange.id,
                      {.content_type = "text/html; charset=utf-8", .body = page, .fields = fields});
}

}  // namespace rampart::exporter
