#include "probe/module/http_families.h"

#include <utility>

#include "probe/module/gauge.h"
#include "probe/module/http_date.h"
#include "probe/module/module_tls.h"

namespace rampart::probe {
namespace {

using model::MetricFamily;

MetricFamily durations(const HttpFindings& findings) {
  using Phases = HttpFindings::Phases;
  const auto& p = findings.phases;
  const auto phase = [](const char* name, base::Nanos time) {
    return MetricFamily::Series{{{"phase", name}}, base::seconds(time)};
  };
  MetricFamily out{"probe_http_duration_seconds",
                   "Duration of http request by phase, summed over all redirects",
                   MetricFamily::Type::gauge,
                   {}};
  const bool all = findings.shown == Phases::all || findings.shown == Phases::but_resolve;
  if (all) out.series = {phase("connect", p.connect), phase("processing", p.processing)};
  if (findings.shown == Phases::resolve || findings.shown == Phases::all)
    out.series.push_back(phase("resolve", p.resolve));
  if (all) {
    out.series.push_back(phase("tls", p.tls));
    out.series.push_back(phase("transfer", p.transfer));
  }
  return out;
}

void add_tls(std::vector<MetricFamily>& out, const HttpFindings& findings) {
  const auto& tls = *findings.tls;
  if (!tls.version.empty()) {
    net::TlsInfo info;
    info.version = tls.version;
    out.push_back(tls_version_family(info));
  }
  if (!tls.cipher.empty()) {
    auto cipher =
        gauge("probe_tls_cipher_info", "Returns the TLS cipher negotiated during handshake", 1);
    cipher.series[0].labels = {{"cipher", tls.cipher}};
    out.push_back(std::move(cipher));
  }
  if (tls.chain)
    for (auto& family : chain_families(*tls.chain, tls.done)) out.push_back(std::move(family));
}

}  // namespace

std::vector<MetricFamily> http_families(const HttpFindings& findings) {
  const auto& head = findings.head;
  std::vector<MetricFamily> out;
  out.push_back(gauge("probe_failed_due_to_regex", "Indicates if probe failed due to regex",
                      flag(findings.failed_due_to_regex)));
  out.push_back(gauge("probe_http_content_length", "Length of http content response",
                      head ? static_cast<double>(head->content_length) : 0));
  if (findings.shown != HttpFindings::Phases::none) out.push_back(durations(findings));
  if (head)
    if (const auto modified = read_http_date(head->value("Last-Modified")))
      out.push_back(gauge("probe_http_last_modified_timestamp_seconds",
                          "Returns the Last-Modified HTTP response header in unixtime",
                          static_cast<double>(modified->time_since_epoch().count())));
  out.push_back(gauge("probe_http_redirects", "The number of redirects", findings.redirects));
  out.push_back(gauge("probe_http_ssl", "Indicates if SSL was used for the final redirect",
                      flag(head && findings.tls)));
  out.push_back(
      gauge("probe_http_status_code", "Response HTTP status code", head ? head->status : 0));
  out.push_back(gauge("probe_http_uncompressed_body_length", "Length of uncompressed response body",
                      static_cast<double>(findings.body_length)));
  out.push_back(gauge("probe_http_version", "Returns the version of HTTP of the probe response",
                      head ? head->version() : 0));
  if (findings.tls) add_tls(out, findings);
  return out;
}

}  // namespace rampart::probe
