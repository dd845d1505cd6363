#pragma once

#include <array>

#include "scenarios/blackbox/block.h"

// Rows of blackbox.yml that several probers share.

namespace rampart::scenarios::blackbox {

inline constexpr auto kTlsFields = std::to_array<Field>({
    {.key = "insecure_skip_verify",
     .kind = Kind::boolean,
     .fallback = "false",
     .help = "the server's certificate is not checked"},
    {.key = "ca_file", .kind = Kind::file, .help = "PEM; else the system's store"},
    {.key = "cert_file", .kind = Kind::file, .help = "PEM of the client's own, with key_file"},
    {.key = "key_file", .kind = Kind::file, .help = "its key"},
    {.key = "server_name", .help = "for SNI and the check; else the target's host"},
    {.key = "min_version",
     .kind = Kind::choice,
     .choices = "TLS10 TLS11 TLS12 TLS13",
     .help = "else TLS12"},
    {.key = "max_version",
     .kind = Kind::choice,
     .choices = "TLS10 TLS11 TLS12 TLS13",
     .help = "else TLS13"},
    {.key = "ca", .kind = Kind::secret, .refused = "write ca_file"},
    {.key = "cert", .kind = Kind::secret, .refused = "write cert_file"},
    {.key = "key", .kind = Kind::secret, .refused = "write key_file"},
    {.key = "ca_ref", .refused = "there is no secret store: write ca_file"},
    {.key = "cert_ref", .refused = "there is no secret store: write cert_file"},
    {.key = "key_ref", .refused = "there is no secret store: write key_file"},
});
inline constexpr Block kTls{"tls_config", kTlsFields};

inline constexpr Field kIpProtocol{.key = "preferred_ip_protocol",
                                   .kind = Kind::choice,
                                   .fallback = "ip6",
                                   .choices = "ip4 ip6",
                                   .help = "family of the address that is probed"};
inline constexpr Field kIpFallback{.key = "ip_protocol_fallback",
                                   .kind = Kind::boolean,
                                   .fallback = "true",
                                   .help = "the other family where the name has none of it"};
inline constexpr Field kSourceAddress{
    .key = "source_ip_address", .kind = Kind::address, .help = "to probe from"};
inline constexpr Field kUseTls{
    .key = "tls", .kind = Kind::boolean, .fallback = "false", .help = "TLS from the start"};
inline constexpr Field kTlsConfig{
    .key = "tls_config", .form = Form::block, .block = &kTls, .help = "of TLS"};

}  // namespace rampart::scenarios::blackbox
