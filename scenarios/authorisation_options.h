#pragma once

#include <array>

#include "scenarios/options.h"

// Rows of the language of authorisation files.

namespace rampart::scenarios {

inline constexpr auto kAuthorisationOptions = std::to_array<Option>({
    {.path = "owner",
     .type = Type::text,
     .required = true,
     .help = "who owns the targets and agreed"},
    {.path = "contact",
     .type = Type::text,
     .required = true,
     .help = "whom to call when the run does harm"},
    {.path = "targets",
     .type = Type::network,
     .required = true,
     .many = true,
     .help = "what may be connected to"},
    {.path = "protocols",
     .type = Type::choice,
     .required = true,
     .many = true,
     .choices = "http1 http2 tcp udp icmp",
     .help = "what may be spoken"},
    {.path = "max_rate",
     .type = Type::rate,
     .required = true,
     .min = "0.001/s",
     .max = "10M/s",
     .help = "highest rate of all loads together, and of probes and scrapes with them"},
    {.path = "max_connections",
     .type = Type::count,
     .required = true,
     .min = "1",
     .max = "10M",
     .help = "most connections of all loads, probes, scrapes and canaries together"},
    {.path = "slow",
     .type = Type::boolean,
     .fallback = "false",
     .help = "whether loads may be paced, as slow clients are"},
    {.path = "valid_from",
     .type = Type::instant,
     .required = true,
     .help = "first moment; a date is its first one, UTC"},
    {.path = "valid_until",
     .type = Type::instant,
     .required = true,
     .help = "last moment; a date is its last one, UTC"},
});

}  // namespace rampart::scenarios
