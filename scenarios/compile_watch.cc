#include <fmt/core.h>
#include <fnmatch.h>

#include <algorithm>

#include "scenarios/compile.h"

namespace rampart::scenarios {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostRuleFiles = 1000;

model::ProbeModule known_module(const std::string& name) {
  model::ProbeModule module;
  module.name = name;
  if (name == "tcp_connect") module.kind = model::ProbeModule::Kind::tcp;
  if (name == "icmp") module.kind = model::ProbeModule::Kind::icmp;
  return module;
}

model::ProbeModule own_module(const Section& section, const Draft& draft) {
  model::ProbeModule module;
  module.name = section.text("kind");
  if (module.name == "tcp") module.kind = model::ProbeModule::Kind::tcp;
  if (module.name == "icmp") module.kind = model::ProbeModule::Kind::icmp;
  module.request.method = section.text("method");
  module.request.path = section.text("path");
  module.request.headers = headers_of(section);
  module.request.body = section.text("body");
  module.request.expect_status = statuses_of(section, "status");
  module.body_matches = pattern_of(section, "body_matches", draft);
  module.follow_redirects = section.boolean("follow_redirects");
  for (const auto* key :
       {"method", "path", "headers", "body", "status", "body_matches", "follow_redirects"})
    if (module.kind != model::ProbeModule::Kind::http && section.has(key))
      section.error(key, fmt::format("{} belongs to kind: http", key));
  return module;
}

// A pattern in the last part of the path only: the file system is not walked.
std::vector<std::string> matching_files(const fs::path& pattern) {
  std::vector<std::string> out;
  std::error_code error;
  const auto folder = pattern.has_parent_path() ? pattern.parent_path() : fs::path(".");
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code unreadable;
    if (fnmatch(pattern.filename().c_str(), it->path().filename().c_str(), FNM_PERIOD) == 0 &&
        it->is_regular_file(unreadable) && out.size() < kMostRuleFiles)
      out.push_back((pattern.parent_path() / it->path().filename()).string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

void append_rules(const Section& sniff, const Section::Item& item, Draft& draft) {
  const auto path = draft.folder / item.text;
  const auto wild = [](const std::string& text) { return text.find_first_of("*?[") != text.npos; };
  auto& files = draft.plan.sniff->rule_files;
  const auto append = [&](std::string file) {
    if (std::find(files.begin(), files.end(), file) == files.end())
      files.push_back(std::move(file));
  };
  if (wild(fs::path(item.text).parent_path().string())) {
    sniff.error(item.place,
                fmt::format("'{}': a pattern may stand in the file name only", item.text));
  } else if (wild(path.filename().string())) {
    auto found = matching_files(path);
    if (found.empty()) sniff.error(item.place, fmt::format("no file matches {}", path.string()));
    for (auto& file : found) append(std::move(file));
  } else {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (!fs::exists(status))
      sniff.error(item.place, fmt::format("no such rule file: {}", path.string()));
    else if (fs::is_directory(status))
      sniff.error(item.place, fmt::format("is a folder, write {}/*.rules", path.string()));
    append(path.string());
  }
}

}  // namespace

void compile_probes(const Section& root, Draft& draft) {
  require_unique_names(root, "probes");
  for (const auto& section : root.items("probes")) {
    model::ProbeSpec probe;
    probe.name = section.text("name");
    const auto own = section.section("module");
    probe.module = own.present() ? own_module(own, draft) : known_module(section.text("module"));
    const bool http = probe.module.kind == model::ProbeModule::Kind::http;
    if (http)
      add_auth(section, draft, {&probe.module.request.headers});
    else if (section.has("auth"))
      section.error("auth", "auth belongs to an http probe");
    // A probe asks whether a user is served, so that a redirect which leads nowhere is a failure.
    if (http && probe.module.request.expect_status.empty())
      for (std::uint16_t status = 200; status < 300; ++status)
        probe.module.request.expect_status.push_back(status);
    const auto target = target_of(section, "target", draft);
    probe.target = target.value_or(0);
    if (target && http) require_http(section, *target, "module " + probe.module.name, draft);
    if (target && probe.module.kind == model::ProbeModule::Kind::tcp &&
        draft.plan.targets[*target].url.scheme == "icmp")
      section.error("target", "a tcp probe needs a target with a port, and icmp has none");
    if (target && probe.module.kind == model::ProbeModule::Kind::tcp &&
        draft.plan.targets[*target].url.scheme == "udp")
      section.error("target", "a tcp probe needs a target with a tcp port, and this one is udp");
    probe.interval = section.duration("interval");
    probe.timeout = section.duration("timeout");
    draft.plan.probes.push_back(std::move(probe));
  }
}

void compile_behaviour(const Section& section, model::BehaviourSpec& out) {
  if (!section.present()) return;
  const auto number = [&](std::string_view key) {
    return static_cast<std::uint32_t>(section.count(key));
  };
  out.enabled = section.boolean("enabled");
  out.syn_flood = section.rate("syn_flood");
  out.icmp_flood = section.rate("icmp_flood");
  out.udp_flood = section.rate("udp_flood");
  out.http_flood = section.rate("http_flood");
  out.slow_http = number("slow_http");
  out.scan_ports = number("scan_ports");
  out.scan_hosts = number("scan_hosts");
  out.failed_logins = number("failed_logins");
  out.factor = number("factor");
  out.warm_up = section.duration("warm_up");
}

void compile_sniff(const Section& root, Draft& draft) {
  const auto section = root.section("sniff");
  if (!section.present()) return;
  draft.plan.sniff.emplace();
  draft.plan.sniff->interface = section.text("interface");
  draft.plan.sniff->filter = section.text("filter");
  draft.plan.sniff->eve_file = section.text("eve");
  for (const auto& item : section.many("rules")) append_rules(section, item, draft);
  draft.plan.sniff->threads = static_cast<std::uint32_t>(section.count("threads"));
  if (section.has("thresholds"))
    draft.plan.sniff->threshold_file = (draft.folder / section.text("thresholds")).string();
  for (auto& item : section.many("eve_types")) draft.plan.sniff->eve_types.push_back(item.text);
  compile_behaviour(section.section("behaviour"), draft.plan.sniff->behaviour);
}

void compile_canaries(const Section& root, Draft& draft) {
  const auto section = root.section("canaries");
  if (!section.present()) return;
  auto& canaries = draft.plan.canaries.emplace();
  canaries.every = section.duration("every");
  for (const auto& item : section.many("sids")) {
    const auto sid = static_cast<std::uint32_t>(base::parse_count(item.text).value_or(0));
    if (std::find(canaries.sids.begin(), canaries.sids.end(), sid) != canaries.sids.end())
      section.error(item.place, fmt::format("sid {} stands here twice", sid));
    canaries.sids.push_back(sid);
  }
  if (section.has("target") || draft.plan.targets.empty())
    canaries.target = target_of(section, "target", draft).value_or(0);
  if (canaries.target < draft.plan.targets.size())
    require_http(section, canaries.target, "a canary", draft);
  if (!root.section("sniff").has("rules"))
    section.error(section.place(),
                  "nothing would see the canaries: add sniff: with interface and rules");
}

}  // namespace rampart::scenarios
