#include "scenarios/authorisation.h"

#include <fmt/core.h>

#include <algorithm>
#include <variant>

#include "scenarios/network_name.h"
#include "scenarios/section.h"
#include "scenarios/text_file.h"
#include "scenarios/validate.h"
#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

using base::Errc;
using base::fail;

bool is_localhost(const std::string& host) {
  return host == "localhost" || host.ends_with(".localhost");
}

// Each arrival of a flow makes as many requests as it has steps.
double requests_each(const model::LoadSpec& load) {
  return load.flow ? static_cast<double>(load.steps.size()) : 1;
}

// Requests per second: of a searched load at the most that may be tried, of replayed times the most
// within one second.
base::Rps peak_of(const model::Plan& plan, std::size_t index) {
  const auto& load = plan.loads[index];
  const auto& arrival = load.arrival;
  base::Rps peak;
  if (plan.find && plan.find->load == index) peak = plan.find->most;
  for (const auto& stage : arrival.stages) peak = std::max({peak, stage.from, stage.to});
  for (std::size_t first = 0, last = 0; last < arrival.replay.size(); ++last) {
    while (arrival.replay[last] - arrival.replay[first] >= std::chrono::seconds(1)) ++first;
    peak = std::max(peak, base::Rps{static_cast<double>(last - first + 1)});
  }
  return {peak.per_second * requests_each(load)};
}

// Known without resolving.
bool is_local(const model::Url& url) {
  const auto host = plain_host(url.host);
  const auto address = base::IpAddress::parse(host);
  return is_localhost(host) || (address && address->is_loopback());
}

// What is asked beside the loads and beyond loopback. A module of HTTP that follows redirects and a
// server that is read in pages ask more often for a while.
base::Rps beside_loads(const model::Plan& plan) {
  base::Rps out;
  const auto add = [&out](const model::Url& url, base::Nanos every) {
    if (!is_local(url) && every > base::Nanos(0)) out.per_second += 1 / base::seconds(every);
  };
  for (const auto& probe : plan.probes) add(plan.targets.at(probe.target).url, probe.interval);
  for (const auto& scrape : plan.scrapes)
    add(scrape.url,
        scrape.source == model::ScrapeSpec::Source::page ? scrape.interval : scrape.every);
  if (plan.canaries)
    for (std::size_t i = 0; i < plan.canaries->sids.size(); ++i)
      add(plan.targets.at(plan.canaries->target).url, plan.canaries->every);
  return out;
}

// Connections that may be held beside the loads and beyond loopback at the same time: one for each
// scrape and canary, and for a probe as many as overlap.
std::uint64_t held_beside_loads(const model::Plan& plan) {
  std::uint64_t out = 0;
  const auto add = [&out](const model::Url& url, std::uint64_t count) {
    if (!is_local(url)) out += count;
  };
  for (const auto& probe : plan.probes)
    if (probe.module.kind != model::ProbeModule::Kind::icmp)
      add(plan.targets.at(probe.target).url, model::at_once(probe));
  for (const auto& scrape : plan.scrapes) add(scrape.url, 1);
  if (plan.canaries) add(plan.targets.at(plan.canaries->target).url, plan.canaries->sids.size());
  return out;
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += fmt::format("{}{}", out.empty() ? "" : ", ", word);
  return out;
}

std::string_view protocol_of(model::ProbeModule::Kind kind) {
  return kind == model::ProbeModule::Kind::http ? "http1" : to_string(kind);
}

}  // namespace

Authorisation Authorisation::loopback_only() { return {}; }

base::Result<Authorisation> Authorisation::load(const std::string& path, base::WallTime now) {
  RAMPART_TRY(const std::string text, read_text_file(path));
  return parse(text, path, now);
}

base::Result<Authorisation> Authorisation::parse(std::string_view text, const std::string& path,
                                                 base::WallTime now) {
  Diagnostics out(path);
  const auto root = parse_yaml(text, out);
  Authorisation a;
  a.path_ = path;
  a.now_ = now;
  if (root) {
    validate(*root, authorisation_options(), out);
    const Section section(&*root, "", authorisation_options(), out);
    a.owner_ = section.text("owner");
    a.contact_ = section.text("contact");
    for (const auto& item : section.many("targets")) {
      const auto name = NetworkName::parse(item.text);
      if (const auto* network = std::get_if<base::Cidr>(&name->value))
        a.networks_.push_back(*network);
      else
        a.hosts_.push_back(std::get<std::string>(name->value));
    }
    for (auto& item : section.many("protocols")) a.protocols_.push_back(std::move(item.text));
    a.max_rate_ = section.rate("max_rate");
    a.max_connections_ = section.count("max_connections");
    a.slow_ = section.boolean("slow");
    const auto from = parse_instant(section.text("valid_from"), false);
    const auto until = parse_instant(section.text("valid_until"), true);
    a.valid_from_ = from.value_or(base::WallTime());
    a.valid_until_ = until.value_or(base::WallTime());
    if (from && until && *until < *from)
      section.error("valid_until", "valid_until lies before valid_from");
  }
  const auto errors = out.take();
  if (!errors.empty()) return fail(Errc::config, to_text(errors));
  return a;
}

base::Status Authorisation::check(const model::Plan& plan) const {
  for (const auto& target : plan.targets) RAMPART_CHECK(check_name(target.url));
  for (const auto& scrape : plan.scrapes) RAMPART_CHECK(check_name(scrape.url));
  if (path_.empty()) return {};
  RAMPART_CHECK(check_window(plan.duration));
  RAMPART_CHECK(check_protocols(plan));
  RAMPART_CHECK(check_volume(plan));
  return check_slow(plan);
}

base::Status Authorisation::check_address(const model::Url& url,
                                          const base::IpAddress& address) const {
  const auto host = plain_host(url.host);
  if (address.is_loopback()) return {};
  const auto shown = to_string(address);
  if (is_localhost(host))
    return fail(Errc::permission,
                fmt::format("{} is not authorised: {} resolves to {}, which is not loopback; look "
                            "into /etc/hosts",
                            url.text(), url.host, shown));
  if (lists(address) || (lists_host(host) && !base::IpAddress::parse(host))) return {};
  return refuse(url, shown);
}

model::Permitted Authorisation::permitted() const {
  model::Permitted out{networks_, owner_, contact_, {}};
  for (const auto& protocol : protocols_)
    out.protocols.push_back(protocol == "icmp"  ? model::IpProto::icmp
                            : protocol == "udp" ? model::IpProto::udp
                                                : model::IpProto::tcp);
  return out;
}

base::Status Authorisation::check_name(const model::Url& url) const {
  const auto host = plain_host(url.host);
  if (const auto address = base::IpAddress::parse(host)) return check_address(url, *address);
  // With networks, a name may turn out to be within one: check_address() decides.
  if (is_localhost(host) || lists_host(host) || !networks_.empty()) return {};
  return refuse(url, url.host);
}

base::Status Authorisation::check_not_over() const {
  if (now_ <= valid_until_) return {};
  return fail(Errc::permission, fmt::format("{} expired at {}: ask {} for a new one", path_,
                                            base::format_time(valid_until_), contact_));
}

std::optional<base::WallTime> Authorisation::begins_later() const {
  return now_ < valid_from_ ? std::optional(valid_from_) : std::nullopt;
}

base::Status Authorisation::check_window(base::Nanos duration) const {
  if (now_ < valid_from_)
    return fail(Errc::permission,
                fmt::format("{} is not valid before {}, and it is {}", path_,
                            base::format_time(valid_from_), base::format_time(now_)));
  RAMPART_CHECK(check_not_over());
  if (duration > valid_until_ - now_)
    return fail(
        Errc::permission,
        fmt::format("the run would last {}, and {} expires before that, at {}",
                    base::format_duration(duration), path_, base::format_time(valid_until_)));
  return {};
}

base::Status Authorisation::check_protocols(const model::Plan& plan) const {
  const auto require = [&](std::string_view protocol, std::string_view who) -> base::Status {
    if (std::find(protocols_.begin(), protocols_.end(), protocol) != protocols_.end()) return {};
    return fail(Errc::permission, fmt::format("{} speaks {}, and {} authorises only {}", who,
                                              protocol, path_, join(protocols_)));
  };
  for (const auto& load : plan.loads)
    RAMPART_CHECK(require(to_string(load.protocol), fmt::format("load '{}'", load.name)));
  for (const auto& probe : plan.probes)
    RAMPART_CHECK(require(protocol_of(probe.module.kind), fmt::format("probe '{}'", probe.name)));
  for (const auto& scrape : plan.scrapes)
    RAMPART_CHECK(require("http1", fmt::format("scrape '{}'", scrape.name)));
  if (plan.canaries) RAMPART_CHECK(require("http1", "a canary"));
  return {};
}

base::Status Authorisation::check_search(const model::Plan& plan) const {
  if (!plan.find) return {};
  const auto peak = peak_of(plan, plan.find->load);
  if (peak <= max_rate_) return {};
  const auto& load = plan.loads[plan.find->load];
  const auto flows = load.flow ? fmt::format(" ({:.0f}/s flows of {} requests)",
                                             plan.find->most.per_second, load.steps.size())
                               : "";
  return fail(Errc::permission,
              fmt::format("the search may go up to {:.0f}/s{}, and {} authorises max_rate {:g}/s: "
                          "lower its most (--most)",
                          peak.per_second, flows, path_, max_rate_.per_second));
}

base::Status Authorisation::check_volume(const model::Plan& plan) const {
  base::Rps rate;
  RAMPART_CHECK(check_search(plan));
  for (std::size_t i = 0; i < plan.loads.size(); ++i) {
    const auto& load = plan.loads[i];
    const bool holds =
        load.protocol == model::Protocol::tcp && load.socket.mode == model::SocketUse::Mode::hold;
    const bool local = is_local(plan.targets.at(load.target).url);
    rate.per_second += (holds ? load.connection_rate : peak_of(plan, i)).per_second;
    if (holds && load.connection_rate.per_second <= 0 && !local)
      return fail(Errc::permission,
                  fmt::format("load '{}' opens its connections as fast as it can, and {} sets "
                              "max_rate {:g}/s: give connection_rate",
                              load.name, path_, max_rate_.per_second));
    if (load.arrival.model == model::Arrival::Model::closed && !holds && !local)
      return fail(Errc::permission,
                  fmt::format("load '{}' is closed, so that nothing bounds its rate, and {} sets "
                              "max_rate {:g}/s: use an open model",
                              load.name, path_, max_rate_.per_second));
  }
  if (rate > max_rate_)
    return fail(Errc::permission,
                fmt::format("all loads together reach {:g}/s, and {} authorises max_rate {:g}/s",
                            rate.per_second, path_, max_rate_.per_second));
  const auto beside = beside_loads(plan);
  if (base::Rps{rate.per_second + beside.per_second} > max_rate_)
    return fail(
        Errc::permission,
        fmt::format("all loads together reach {:g}/s, probes, scrapes and canaries beyond loopback "
                    "{:g}/s, and {} authorises max_rate {:g}/s: ask less often",
                    rate.per_second, beside.per_second, path_, max_rate_.per_second));
  return check_connections(plan);
}

base::Status Authorisation::check_connections(const model::Plan& plan) const {
  std::uint64_t connections = 0;
  for (const auto& load : plan.loads) connections += load.connections;
  if (connections > max_connections_)
    return fail(Errc::permission,
                fmt::format("all loads together open {} connections, and {} authorises "
                            "max_connections {}",
                            connections, path_, max_connections_));
  const auto beside = held_beside_loads(plan);
  if (connections + beside > max_connections_)
    return fail(Errc::permission,
                fmt::format("all loads together open {} connections, probes, scrapes and canaries "
                            "beyond loopback up to {} at once, and {} authorises max_connections "
                            "{}: give probes a shorter timeout or a longer interval, or scrape "
                            "less",
                            connections, beside, path_, max_connections_));
  return {};
}

base::Status Authorisation::check_slow(const model::Plan& plan) const {
  for (const auto& load : plan.loads) {
    const auto& target = plan.targets.at(load.target);
    if (load.pace.slow() && !slow_ && !is_local(target.url))
      return fail(
          Errc::permission,
          fmt::format("load '{}' is paced and so holds connections of '{}' for long, as slow "
                      "clients do, which {} does not authorise: ask {} for slow: true",
                      load.name, target.name, path_, contact_));
  }
  return {};
}

bool Authorisation::lists(const base::IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const base::Cidr& network) { return network.contains(address); });
}

bool Authorisation::lists_host(const std::string& host) const {
  return std::find(hosts_.begin(), hosts_.end(), host) != hosts_.end();
}

tl::unexpected<base::Error> Authorisation::refuse(const model::Url& url,
                                                  std::string_view what) const {
  if (path_.empty())
    return fail(Errc::permission,
                fmt::format("{} is not authorised: only loopback may be touched without an "
                            "authorisation file; pass --authorization FILE (see "
                            "docs/authorisation.md)",
                            url.text()));
  std::vector<std::string> listed = hosts_;
  for (const auto& network : networks_) listed.push_back(to_string(network));
  return fail(Errc::permission,
              fmt::format("{} is not authorised: {} is not among the targets of {}, which are "
                          "loopback, {}",
                          url.text(), what, path_, join(listed)));
}

}  // namespace rampart::scenarios
