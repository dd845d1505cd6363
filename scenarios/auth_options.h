#pragma once

#include <array>

#include "scenarios/options.h"

// Rows of the scenario language: who asks.

namespace rampart::scenarios {

inline constexpr auto kAuthOptions = std::to_array<Option>({
    {.path = "load[].auth", .type = Type::map, .help = "Authorization of each request"},
    {.path = "load[].auth.user", .type = Type::text, .help = "Basic (RFC 7617), with a password"},
    {.path = "load[].auth.password",
     .type = Type::text,
     .help = "kept with the run's text: better a file"},
    {.path = "load[].auth.password_file", .type = Type::file, .help = "its first line"},
    {.path = "load[].auth.bearer",
     .type = Type::text,
     .help = "Bearer token (RFC 6750); better a file"},
    {.path = "load[].auth.bearer_file", .type = Type::file, .help = "its first line"},
    {.path = "probes[].auth",
     .type = Type::map,
     .help = "Authorization of the request of an http probe"},
    {.path = "probes[].auth.user", .type = Type::text, .help = "Basic (RFC 7617), with a password"},
    {.path = "probes[].auth.password",
     .type = Type::text,
     .help = "kept with the run's text: better a file"},
    {.path = "probes[].auth.password_file", .type = Type::file, .help = "its first line"},
    {.path = "probes[].auth.bearer",
     .type = Type::text,
     .help = "Bearer token (RFC 6750); better a file"},
    {.path = "probes[].auth.bearer_file", .type = Type::file, .help = "its first line"},
    {.path = "scrape[].auth", .type = Type::map, .help = "Authorization of the request"},
    {.path = "scrape[].auth.user", .type = Type::text, .help = "Basic (RFC 7617), with a password"},
    {.path = "scrape[].auth.password",
     .type = Type::text,
     .help = "kept with the run's text: better a file"},
    {.path = "scrape[].auth.password_file", .type = Type::file, .help = "its first line"},
    {.path = "scrape[].auth.bearer",
     .type = Type::text,
     .help = "Bearer token (RFC 6750); better a file"},
    {.path = "scrape[].auth.bearer_file", .type = Type::file, .help = "its first line"},
});

}  // namespace rampart::scenarios
