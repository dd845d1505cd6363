#include "exporter/start_page.h"

#include <fmt/core.h>

#include <string_view>

#include "base/units.h"
#include "base/version.h"
#include "reports/escape.h"

namespace rampart::exporter {
namespace {

using reports::escape_markup;

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #fff; --band: #f6f8fa;
  --good: #116329; --bad: #a40e26; --link: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b1; --line: #3d444d; --paper: #0d1117;
  --band: #161b22; --good: #56d364; --bad: #ff7b72; --link: #79c0ff; } }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
a { color: var(--link); } .soft { color: var(--soft); }
nav a { margin-right: 1rem; }
form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; background: var(--band); padding: 1rem;
  border: 1px solid var(--line); border-radius: 6px; }
form label { display: flex; flex-direction: column; font-size: .85rem; color: var(--soft); }
form label.wide { flex: 1 1 20rem; } form label.check { flex-direction: row; gap: .4rem; align-items: center; padding: .4rem 0; }
input, select, button { font: inherit; padding: .3rem .5rem; height: 2.2rem; box-sizing: border-box; }
input[type=checkbox] { height: auto; }
.table { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: .85rem; } .number { text-align: right; white-space: nowrap; }
td.target { overflow-wrap: anywhere; min-width: 12rem; } td.time { white-space: nowrap; }
.good { color: var(--good); white-space: nowrap; } .bad { color: var(--bad); white-space: nowrap; }
.complaint { margin-top: 1rem; border-left: 4px solid var(--bad); background: var(--band); padding: .5rem 1rem; }
.complaint pre { margin: .5rem 0 0; white-space: pre-wrap; }
)";

std::string_view prober_of(const model::BlackboxModule& module) {
  return model::to_string(module.prober);
}

std::string form(const StartPage& page) {
  if (page.config.modules.empty())
    return "<p class=\"soft\">The configuration has no modules.</p>\n";
  std::string options;
  for (const auto& [name, module] : page.config.modules)
    options += fmt::format("<option value=\"{0}\">{0} ({1})</option>", escape_markup(name),
                           prober_of(module));
  return fmt::format(
      R"(<form action="probe" method="get">
<label class="wide">target<input name="target" required placeholder="https://example.org/ or 127.0.0.1:22"></label>
<label>module<select name="module">{}</select></label>
<label class="check"><input type="checkbox" name="debug" value="true" checked> with every step</label>
<button>Probe</button>
</form>
)",
      options);
}

std::string row(const PastProbe& probe) {
  const auto words =
      probe.success ? std::string("&#10003; success")
                    : fmt::format("&#10007; {}", escape_markup(model::to_string(probe.reason)));
  return fmt::format(
      R"(<tr><td class="time">{}</td><td>{}</td><td class="target">{}</td><td class="{}">{}</td><td class="number">{}</td>)"
      R"(<td><a href="logs?id={}" aria-label="steps of probe {}">steps</a></td></tr>)"
      "\n",
      base::format_time(probe.start), escape_markup(probe.module), escape_markup(probe.target),
      probe.success ? "good" : "bad", words, base::format_duration(probe.duration), probe.id,
      probe.id);
}

std::string table(const StartPage& page) {
  if (page.probes.empty()) return "<p class=\"soft\">None yet.</p>\n";
  std::string rows;
  for (const auto* probe : page.probes) rows += row(*probe);
  return fmt::format(
      R"(<div class="table"><table>
<thead><tr><th>began (UTC)</th><th>module</th><th>target</th><th>result</th><th class="number">took</th><th></th></tr></thead>
<tbody>
{}</tbody></table></div>
<p class="soft">The newest one first; failed ones are kept longer.</p>
)",
      rows);
}

std::string complaint(const StartPage& page) {
  if (page.complaint.empty()) return "";
  return fmt::format(
      "<div class=\"complaint\"><strong>The last reload failed.</strong> The modules of {} are in "
      "use.<pre>{}</pre></div>\n",
      base::format_time(page.loaded), escape_markup(page.complaint));
}

}  // namespace

std::string render_start_page(const StartPage& page) {
  return fmt::format(
      R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>rampart exporter</title><style>{}</style></head>
<body>
<h1>rampart exporter <span class="soft">{}</span></h1>
<p class="soft">Probes targets for Prometheus, as blackbox_exporter does. {} modules, read at {}; {} probes run now.</p>
<nav><a href="metrics">/metrics</a><a href="config">/config</a><a href="-/healthy">/-/healthy</a></nav>
{}<h2>Probe now</h2>
{}<h2>Recent probes</h2>
{}</body>
</html>
)",
      kStyle, base::version(), page.config.modules.size(), base::format_time(page.loaded),
      page.running, complaint(page), form(page), table(page));
}

}  // namespace rampart::exporter
