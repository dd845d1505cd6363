#pragma once

#include <array>

#include "scenarios/options.h"

// Rows of the scenario language: what a TLS handshake may agree upon, and who shows what.

namespace rampart::scenarios {

inline constexpr auto kTlsOptions = std::to_array<Option>({
    {.path = "targets.*.tls.pin",
     .type = Type::text,
     .help = "sha256/BASE64 of the server's public key, checked instead of its chain"},
    {.path = "targets.*.tls.min_version",
     .type = Type::choice,
     .choices = "1.0 1.1 1.2 1.3",
     .help = "else 1.2"},
    {.path = "targets.*.tls.max_version",
     .type = Type::choice,
     .choices = "1.0 1.1 1.2 1.3",
     .help = "else 1.3"},
    {.path = "targets.*.tls.ciphers",
     .type = Type::text,
     .help = "up to TLS 1.2, as OpenSSL writes them; 1.0 and 1.1 need DEFAULT:@SECLEVEL=0"},
    {.path = "targets.*.tls.ciphersuites",
     .type = Type::text,
     .help = "of TLS 1.3, separated by ':'"},
    {.path = "targets.*.tls.groups",
     .type = Type::text,
     .help = "for the key exchange, separated by ':', such as X25519:P-256"},
    {.path = "targets.*.tls.certificate",
     .type = Type::file,
     .help = "PEM file of the client's own, with its chain, relative to the scenario"},
    {.path = "targets.*.tls.key", .type = Type::file, .help = "its key; else in the same file"},
    {.path = "targets.*.tls.resumption",
     .type = Type::boolean,
     .fallback = "false",
     .help = "loads offer the last session; else each handshake is a full one"},
    {.path = "scrape[].tls.pin",
     .type = Type::text,
     .help = "sha256/BASE64 of the server's public key, checked instead of its chain"},
    {.path = "scrape[].tls.min_version",
     .type = Type::choice,
     .choices = "1.0 1.1 1.2 1.3",
     .help = "else 1.2"},
    {.path = "scrape[].tls.max_version",
     .type = Type::choice,
     .choices = "1.0 1.1 1.2 1.3",
     .help = "else 1.3"},
    {.path = "scrape[].tls.ciphers",
     .type = Type::text,
     .help = "up to TLS 1.2, as OpenSSL writes them; 1.0 and 1.1 need DEFAULT:@SECLEVEL=0"},
    {.path = "scrape[].tls.ciphersuites",
     .type = Type::text,
     .help = "of TLS 1.3, separated by ':'"},
    {.path = "scrape[].tls.groups",
     .type = Type::text,
     .help = "for the key exchange, separated by ':', such as X25519:P-256"},
    {.path = "scrape[].tls.certificate",
     .type = Type::file,
     .help = "PEM file of the client's own, with its chain, relative to the scenario"},
    {.path = "scrape[].tls.key", .type = Type::file, .help = "its key; else in the same file"},
});

}  // namespace rampart::scenarios
