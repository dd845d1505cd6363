#pragma once

#include <array>

#include "scenarios/options.h"

// Rows of the scenario language: which attacks the sniffer tells from behaviour. The defaults are
// those of model::BehaviourSpec.

namespace rampart::scenarios {

inline constexpr auto kBehaviourOptions = std::to_array<Option>({
    {.path = "sniff.behaviour",
     .type = Type::map,
     .help =
         "attacks without a signature: floods, scans, guessed passwords. The numbers are floors; "
         "see docs/behaviour.md"},
    {.path = "sniff.behaviour.enabled",
     .type = Type::boolean,
     .fallback = "true",
     .help = "look for them"},
    {.path = "sniff.behaviour.syn_flood",
     .type = Type::rate,
     .fallback = "100/s",
     .min = "1/s",
     .max = "10M/s",
     .help = "handshakes that stay unfinished, of one host"},
    {.path = "sniff.behaviour.icmp_flood",
     .type = Type::rate,
     .fallback = "250/s",
     .min = "1/s",
     .max = "10M/s",
     .help = "ICMP packets to one host"},
    {.path = "sniff.behaviour.udp_flood",
     .type = Type::rate,
     .fallback = "1000/s",
     .min = "1/s",
     .max = "10M/s",
     .help = "datagrams to one host that it does not answer"},
    {.path = "sniff.behaviour.http_flood",
     .type = Type::rate,
     .fallback = "200/s",
     .min = "1/s",
     .max = "10M/s",
     .help = "HTTP requests to one endpoint, by few senders and for few pages"},
    {.path = "sniff.behaviour.slow_http",
     .type = Type::count,
     .fallback = "20",
     .min = "2",
     .max = "8k",
     .help = "requests to one endpoint that trickle at a time"},
    {.path = "sniff.behaviour.scan_ports",
     .type = Type::count,
     .fallback = "15",
     .min = "3",
     .max = "1k",
     .help = "ports of one host that one source tries in vain within five minutes"},
    {.path = "sniff.behaviour.scan_hosts",
     .type = Type::count,
     .fallback = "25",
     .min = "3",
     .max = "1k",
     .help = "hosts whose same port one source tries in vain within five minutes"},
    {.path = "sniff.behaviour.failed_logins",
     .type = Type::count,
     .fallback = "20",
     .min = "3",
     .max = "1k",
     .help = "of one source at one endpoint within a minute"},
    {.path = "sniff.behaviour.factor",
     .type = Type::count,
     .fallback = "4",
     .min = "2",
     .max = "1k",
     .help = "times what is usual there that make a flood, where that is above its floor"},
    {.path = "sniff.behaviour.warm_up",
     .type = Type::duration,
     .fallback = "30s",
     .min = "1s",
     .max = "24h",
     .help = "until it is known what is usual; the floors alone count so long"},
});

}  // namespace rampart::scenarios
