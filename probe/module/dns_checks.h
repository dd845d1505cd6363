#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/blackbox.h"
#include "model/probe.h"
#include "probe/module/dns_message.h"

namespace rampart::probe {

struct DnsComplaint {
  model::ProbeReason reason = model::ProbeReason::dns_answer;
  std::string detail;
};

// What the module finds wrong with the reply: its code, then its sections in their order. Each
// record that is looked at is a line of the log. As in blackbox_exporter, fail_if_all_match fails
// where not all match, and of several expressions of fail_if_none_matches one record that matches
// one of them is enough. Nothing: all is well.
std::optional<DnsComplaint> check_dns_reply(const DnsReply& reply, const model::DnsModule& module,
                                            std::vector<std::string>& log);

}  // namespace rampart::probe
