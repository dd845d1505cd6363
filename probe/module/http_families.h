#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/metric.h"
#include "model/probe.h"
#include "net/tls_witness.h"
#include "probe/module/http_head.h"

namespace rampart::probe {

// What the page of an http module tells.
struct HttpFindings {
  enum class Phases : std::uint8_t { none, resolve, all, but_resolve };
  Phases shown = Phases::none;  // of the phases: the others are not on the page
  model::ProbePhases phases;
  std::optional<HttpHead> head;   // of the last answer
  std::uint64_t body_length = 0;  // decompressed
  unsigned redirects = 0;
  bool failed_due_to_regex = false;
  std::optional<net::TlsWitness::Handshake> tls;  // of the last connection
};

// As blackbox_exporter 0.23 has them, and those of TLS also where a handshake or an answer failed.
std::vector<model::MetricFamily> http_families(const HttpFindings& findings);

}  // namespace rampart::probe
