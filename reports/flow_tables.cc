#include "reports/flow_tables.h"

#include <fmt/format.h>

#include <utility>
#include "base/percent.h"

#include "reports/escape.h"
#include "reports/figures.h"

namespace rampart::reports {
namespace {

constexpr std::size_t kStepColumns = 28;

double spent(const model::StepSummary& step) {
  return base::seconds(step.latency.mean) * static_cast<double>(step.latency.count);
}

// Of the time that all steps of the load took together; "-" where nothing was measured.
std::string share_text(const model::LoadSummary& load, const model::StepSummary& step) {
  double whole = 0;
  for (const auto& each : load.steps) whole += spent(each);
  return step.latency.count == 0 || whole <= 0 ? "-" : base::format_percent(spent(step) / whole);
}

std::string version_text(const std::string& version) {
  constexpr std::string_view kPrefix = "TLSv";
  return version.starts_with(kPrefix) ? "TLS " + version.substr(kPrefix.size()) : version;
}

std::string key_text(const model::TlsFacts& tls) {
  if (tls.key_type.empty() || tls.key_bits == 0) return tls.key_type;
  return fmt::format("{} {}", tls.key_type, tls.key_bits);
}

PageCell number(std::string text, std::string_view style = "") {
  return {std::move(text), style.empty() ? "num" : fmt::format("num {}", style)};
}

}  // namespace

TextTable step_table(const model::RunResult& result) {
  TextTable table({false, false, true, true, true, true, true, true, true});
  std::vector<Cell> heads;
  for (const auto head :
       {std::string_view(), std::string_view(), std::string_view("started"),
        std::string_view("completed"), std::string_view("failed"), std::string_view("p50"),
        std::string_view("p99"), std::string_view("max"), std::string_view("share")})
    heads.push_back({std::string(head), Tone::faint});
  for (const auto& load : result.load) {
    std::string name = escape_terminal(load.name);
    for (const auto& step : load.steps) {
      if (table.empty()) table.add(heads);
      const auto& c = step.counters;
      const auto& p = step.latency;
      table.add({{std::exchange(name, {})},
                 {elide(escape_terminal(step.name), kStepColumns)},
                 {std::to_string(c.started)},
                 {std::to_string(c.completed)},
                 {std::to_string(c.failed), c.failed > 0 ? Tone::bad : Tone::plain},
                 {measured_text(p, p.p50)},
                 {measured_text(p, p.p99)},
                 {measured_text(p, p.max)},
                 {share_text(load, step)}});
    }
  }
  return table;
}

PageTable step_page_table(const model::RunResult& result) {
  PageTable table{
      "Requests of each flow in sequence; share of time: of all that they took together",
      {{"flow"},
       {"request"},
       number("started"),
       number("completed"),
       number("failed"),
       number("p50"),
       number("p99"),
       number("max"),
       number("share of time"),
       {"errors"}},
      {}};
  for (const auto& load : result.load) {
    bool first = true;
    for (const auto& step : load.steps) {
      const auto& c = step.counters;
      const auto& p = step.latency;
      const auto errors = errors_text(c);
      table.rows.push_back({{load.name, std::exchange(first, false) ? "strong" : "faint"},
                            {step.name},
                            number(grouped(c.started)),
                            number(grouped(c.completed)),
                            number(grouped(c.failed), c.failed > 0 ? "bad" : ""),
                            number(measured_text(p, p.p50)),
                            number(measured_text(p, p.p99)),
                            number(measured_text(p, p.max)),
                            number(share_text(load, step)),
                            {errors.empty() ? "none" : errors}});
    }
  }
  return table;
}

std::string tls_text(const model::LoadSummary& load) {
  if (!load.tls) return "";
  std::string out = version_text(load.tls->version);
  for (const auto& part : {load.tls->cipher, load.tls->group, key_text(*load.tls)})
    if (!part.empty()) out += ", " + part;
  return fmt::format("{}; {}, {} resumed", out, plural(load.counters.handshakes, "handshake"),
                     load.counters.resumed);
}

TextTable tls_table(const model::RunResult& result) {
  TextTable table({false, false});
  for (const auto& load : result.load)
    if (load.tls) table.add({{escape_terminal(load.name)}, {escape_terminal(tls_text(load))}});
  return table;
}

PageTable tls_page_table(const model::RunResult& result) {
  PageTable table{"TLS, as the newest connection of each load agreed upon it",
                  {{"load"},
                   {"version"},
                   {"cipher"},
                   {"key exchange"},
                   {"server's key"},
                   {"ALPN"},
                   number("handshakes"),
                   number("resumed")},
                  {}};
  const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : text; };
  for (const auto& load : result.load) {
    if (!load.tls) continue;
    const auto& tls = *load.tls;
    table.rows.push_back({{load.name, "strong"},
                          {version_text(tls.version)},
                          {tls.cipher, "code"},
                          {or_dash(tls.group)},
                          {or_dash(key_text(tls))},
                          {or_dash(tls.alpn)},
                          number(grouped(load.counters.handshakes)),
                          number(grouped(load.counters.resumed))});
  }
  return table;
}

}  // namespace rampart::reports
