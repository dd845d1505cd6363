#pragma once

#include <array>

#include "scenarios/blackbox/block.h"

// The rows of a web configuration.

namespace rampart::scenarios::blackbox {

inline constexpr auto kWebTlsFields = std::to_array<Field>({
    {.key = "cert_file", .kind = Kind::file, .help = "PEM, with its chain"},
    {.key = "key_file", .kind = Kind::file, .help = "its key"},
    {.key = "client_auth_type",
     .kind = Kind::choice,
     .fallback = "NoClientCert",
     .choices = "NoClientCert RequestClientCert RequireClientCert RequireAnyClientCert "
                "VerifyClientCertIfGiven RequireAndVerifyClientCert",
     .help = "a client's certificate; `RequireClientCert` is `RequireAnyClientCert`"},
    {.key = "client_ca_file", .kind = Kind::file, .help = "PEM; else the system's store"},
    {.key = "min_version",
     .kind = Kind::choice,
     .fallback = "TLS12",
     .choices = "TLS10 TLS11 TLS12 TLS13",
     .help = "the oldest one"},
    {.key = "max_version",
     .kind = Kind::choice,
     .fallback = "TLS13",
     .choices = "TLS10 TLS11 TLS12 TLS13",
     .help = "the newest one"},
    {.key = "cipher_suites",
     .form = Form::list,
     .help = "up to TLS 1.2: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` and so on"},
    {.key = "curve_preferences",
     .form = Form::list,
     .kind = Kind::choice,
     .choices = "CurveP256 CurveP384 CurveP521 X25519",
     .help = "of the key exchange"},
    {.key = "prefer_server_cipher_suites",
     .kind = Kind::boolean,
     .fallback = "true",
     .help = "the order of `cipher_suites` goes before the client's"},
    {.key = "cert", .kind = Kind::secret, .refused = "write cert_file"},
    {.key = "key", .kind = Kind::secret, .refused = "write key_file"},
    {.key = "client_ca", .kind = Kind::secret, .refused = "write client_ca_file"},
    {.key = "client_allowed_sans", .refused = "every certificate of client_ca_file is let in"},
});
inline constexpr Block kWebTls{"tls_server_config", kWebTlsFields};

inline constexpr auto kWebHttpFields = std::to_array<Field>({
    {.key = "http2", .kind = Kind::boolean, .fallback = "true", .help = "over TLS"},
    {.key = "headers",
     .form = Form::pairs,
     .help = "of every answer: Content-Security-Policy, X-Frame-Options (`deny`, `sameorigin`), "
             "X-Content-Type-Options (`nosniff`), X-XSS-Protection, Strict-Transport-Security"},
});
inline constexpr Block kWebHttp{"http_server_config", kWebHttpFields};

inline constexpr auto kWebFields = std::to_array<Field>({
    {.key = "tls_server_config",
     .form = Form::block,
     .block = &kWebTls,
     .help = "HTTPS instead of HTTP"},
    {.key = "http_server_config", .form = Form::block, .block = &kWebHttp, .help = "of answers"},
    {.key = "basic_auth_users",
     .form = Form::pairs,
     .kind = Kind::secret,
     .help = "user to hash of bcrypt, as `htpasswd -nB USER` makes it; none: everybody is let in"},
    {.key = "rate_limit", .refused = "requests are not limited"},
});
inline constexpr Block kWeb{"the file", kWebFields};

}  // namespace rampart::scenarios::blackbox
