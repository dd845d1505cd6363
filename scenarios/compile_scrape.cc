#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "scenarios/compile.h"
#include "scenarios/file_pattern.h"
#include "scenarios/file_sd.h"
#include "scenarios/label_matchers.h"
#include "scenarios/text_file.h"
#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

Headers labels_of(const Section& section) {
  Headers out;
  for (const auto& [key, value] : section.entries("labels")) {
    if (!is_label_name(key.text) || key.text.starts_with("__"))
      section.error(key.place, fmt::format("'{}' is no label: letters, digits and _, not beginning "
                                           "with a digit or __",
                                           key.text));
    out.emplace_back(key.text, value.text);
  }
  return out;
}

bool is_metric_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](const char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':';
  });
}

// A metric's name, with * for what follows; a pattern of another kind would be taken for a name.
void check_names(const Section& section, std::string_view key) {
  for (const auto& item : section.many(key)) {
    auto name = std::string_view(item.text);
    if (name.ends_with('*')) name.remove_suffix(1);
    if (!is_metric_name(name) || item.text.empty())
      section.error(item.place,
                    fmt::format("'{}' is no metric's name, nor one with * at its end", item.text));
  }
}

model::PageLimits limits_of(const Section& section) {
  model::PageLimits limits;
  if (!section.present()) return limits;
  limits.body = section.bytes("body");
  limits.series = static_cast<std::uint32_t>(section.count("series"));
  limits.labels = static_cast<std::uint32_t>(section.count("labels"));
  limits.label_name = static_cast<std::uint32_t>(section.bytes("label_name"));
  limits.label_value = static_cast<std::uint32_t>(section.bytes("label_value"));
  return limits;
}

// What a page and a Prometheus server have in common: where it is, who asks, what is kept.
model::ScrapeSpec source_of(const Section& section, std::string name, const Draft& draft) {
  model::ScrapeSpec scrape;
  scrape.name = std::move(name);
  if (auto url = model::parse_url(section.text("url"))) {
    scrape.url = *std::move(url);
    if (section.has("tls") && !scrape.url.tls())
      section.error("tls",
                    fmt::format("page '{}' is not https, so tls has no meaning", scrape.name));
  }
  scrape.tls = tls_of(section, draft);
  add_auth(section, draft, {&scrape.headers});
  scrape.interval = section.duration("interval");
  check_names(section, "keep");
  check_names(section, "also");
  for (auto& item : section.many("keep")) scrape.keep.push_back(item.text);
  for (auto& item : section.many("also")) scrape.also.push_back(item.text);
  if (section.has("target")) scrape.target = target_of(section, "target", draft);
  scrape.service_metric = section.text("service_metric");
  if (!scrape.service_metric.empty() && !is_metric_name(scrape.service_metric))
    section.error("service_metric", fmt::format("'{}' is no metric's name", scrape.service_metric));
  else if (!scrape.service_metric.empty())
    scrape.also.push_back(scrape.service_metric);
  return scrape;
}

std::string word_of(const SdTarget& target, std::string_view label, std::string otherwise) {
  for (const auto& [name, value] : target.labels)
    if (name == label) return value;
  return otherwise;
}

// As Prometheus: the address is the label instance where the list has none, and what begins with __
// is no label. The scenario's own labels count before the list's.
Headers labels_of(const SdTarget& target, const Headers& own) {
  Headers out = own;
  const auto add = [&out](const std::string& name, const std::string& value) {
    const auto known = [&name](const auto& label) { return label.first == name; };
    if (!name.starts_with("__") && std::none_of(out.begin(), out.end(), known))
      out.emplace_back(name, value);
  };
  for (const auto& [name, value] : target.labels) add(name, value);
  add("instance", target.address);
  return out;
}

// The page of one target, from what all of its list have in common.
void add_listed(const Section& section, const Section::Item& file, const model::ScrapeSpec& common,
                const SdTarget& target, Draft& draft) {
  const auto refuse = [&](std::string_view why) {
    section.error(file.place, fmt::format("{}: target '{}': {}", file.text, target.address, why));
  };
  for (const auto& [name, value] : target.labels) {
    // Else all targets would be asked for the same page, and it would not be the one that is meant.
    if (name.starts_with("__param_"))
      return refuse(
          fmt::format("{} gives the request a parameter, which is not done: write the "
                      "page as a url with its query",
                      name));
  }
  auto scrape = common;
  scrape.name = fmt::format("{} {}", common.name, target.address);
  scrape.labels = labels_of(target, common.labels);
  const auto url = model::parse_url(
      fmt::format("{}://{}{}", word_of(target, "__scheme__", section.text("scheme")),
                  target.address, word_of(target, "__metrics_path__", section.text("path"))));
  if (!url || !url->scheme.starts_with("http")) return refuse("this gives no URL of http or https");
  scrape.url = *url;
  for (const auto& other : draft.plan.scrapes)
    if (other.name == scrape.name) return refuse("stands there twice");
  if (draft.plan.scrapes.size() >= kMostSdTargets)
    return refuse(fmt::format("more than {} pages", kMostSdTargets));
  draft.plan.scrapes.push_back(std::move(scrape));
}

void add_list(const Section& section, const Section::Item& file, const model::ScrapeSpec& common,
              Draft& draft) {
  const auto text = read_text_file(file.text);
  if (!text) return section.error(file.place, text.error().text);
  Diagnostics found(file.text);
  const auto targets = parse_file_sd(*text, found);
  for (const auto& wrong : found.take()) section.error(file.place, wrong.text());
  for (const auto& target : targets) add_listed(section, file, common, target, draft);
}

void add_lists(const Section& section, const model::ScrapeSpec& common, Draft& draft) {
  for (const auto& item : section.many("file_sd")) {
    const auto files = matching_files(draft.folder, item.text);
    if (!files) {
      section.error(item.place, files.error().text);
      continue;
    }
    for (const auto& path : *files) add_list(section, {path, item.place}, common, draft);
  }
}

// Which is asked for below the server's own path.
bool ends_in_api(std::string_view path) {
  path = path.substr(0, path.find('?'));
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.ends_with("/api/v1") || path.ends_with("/api/v1/query") ||
         path.ends_with("/api/v1/query_range");
}

}  // namespace

void compile_scrapes(const Section& root, Draft& draft) {
  require_unique_names(root, "scrape");
  for (const auto& section : root.items("scrape")) {
    auto scrape = source_of(section, section.text("name"), draft);
    scrape.timeout = section.duration("timeout");
    if (!section.has("timeout"))
      scrape.timeout = std::min<base::Nanos>(std::chrono::seconds(4), scrape.interval);
    scrape.labels = labels_of(section);
    scrape.honor_labels = section.boolean("honor_labels");
    scrape.limits = limits_of(section.section("limits"));
    const bool listed = section.has("file_sd");
    if (listed && section.has("url"))
      section.error("file_sd", "url and file_sd are both given: leave one of them out");
    else if (!listed && !section.has("url"))
      section.error(section.place(), "say what is scraped: url, or file_sd");
    for (const auto* key : {"scheme", "path"})
      if (!listed && section.has(key))
        section.error(key, fmt::format("{} belongs to file_sd: the url has its own", key));
    if (listed)
      add_lists(section, scrape, draft);
    else
      draft.plan.scrapes.push_back(std::move(scrape));
  }
}

void compile_prometheus(const Section& root, Draft& draft) {
  const auto section = root.section("prometheus");
  if (!section.present()) return;
  const std::string name = "prometheus";
  for (const auto& scrape : draft.plan.scrapes)
    if (scrape.name == name)
      section.error(section.place(), "a page of scrape: has the name 'prometheus': rename it");
  auto scrape = source_of(section, name, draft);
  scrape.source = model::ScrapeSpec::Source::prometheus;
  scrape.select = section.text("select");
  if (section.valid("select"))
    if (const auto readable = check_matchers(scrape.select); !readable)
      section.error("select", "select, " + readable.error().text);
  if (ends_in_api(scrape.url.path))
    section.error("url", "the server's own address is wanted, without /api/v1, which rampart adds");
  scrape.every = section.duration("every");
  scrape.settle = section.duration("settle");
  if (scrape.interval % std::chrono::milliseconds(1) != base::Nanos(0))
    section.error("interval", "Prometheus counts in milliseconds: give whole ones");
  scrape.timeout = section.duration("timeout");
  const auto limits = section.section("limits");
  if (limits.present()) {
    scrape.limits.body = limits.bytes("body");
    scrape.limits.series = static_cast<std::uint32_t>(limits.count("series"));
  }
  draft.plan.scrapes.push_back(std::move(scrape));
}

}  // namespace rampart::scenarios
