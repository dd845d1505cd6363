#pragma once

#include <array>

#include "scenarios/blackbox/tls_fields.h"

// Rows of blackbox.yml: the http prober.

namespace rampart::scenarios::blackbox {

inline constexpr std::string_view kOnlyClientCredentials =
    "only a client's id and secret are sent (RFC 6749, section 4.4)";
inline constexpr std::string_view kNoCel =
    "CEL expressions are not evaluated; a regular expression may do";
inline constexpr std::string_view kNoHttp3 = "HTTP/1.1 and HTTP/2 are spoken";

inline constexpr auto kBasicAuthFields = std::to_array<Field>({
    {.key = "username", .help = "sent as it is"},
    {.key = "password", .kind = Kind::secret, .help = "this or a file"},
    {.key = "password_file", .kind = Kind::file, .help = "read anew for each probe"},
    {.key = "username_file", .refused = "write username"},
    {.key = "username_ref", .refused = "there is no secret store: write username"},
    {.key = "password_ref", .refused = "there is no secret store: write password_file"},
});
inline constexpr Block kBasicAuth{"basic_auth", kBasicAuthFields};

inline constexpr auto kAuthorizationFields = std::to_array<Field>({
    {.key = "type", .fallback = "Bearer", .help = "any but Basic"},
    {.key = "credentials", .kind = Kind::secret, .help = "this or a file"},
    {.key = "credentials_file", .kind = Kind::file, .help = "read anew for each probe"},
    {.key = "credentials_ref", .refused = "there is no secret store: write credentials_file"},
});
inline constexpr Block kAuthorization{"authorization", kAuthorizationFields};

inline constexpr Field kProxyUrl{
    .key = "proxy_url", .kind = Kind::proxy, .help = "`http`, `https` or `socks5`"};
inline constexpr Field kNoProxy{.key = "no_proxy",
                                .help = "names, addresses and networks that are asked directly"};
inline constexpr Field kProxyFromEnvironment{
    .key = "proxy_from_environment",
    .kind = Kind::boolean,
    .fallback = "false",
    .help = "`HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` instead"};
inline constexpr Field kProxyHeader{.key = "proxy_connect_header",
                                    .form = Form::lists,
                                    .kind = Kind::secret,
                                    .help = "headers of the CONNECT request"};

inline constexpr auto kOAuth2Fields = std::to_array<Field>({
    {.key = "client_id", .required = true, .help = "who asks for the token"},
    {.key = "client_secret", .kind = Kind::secret, .help = "this or a file is needed"},
    {.key = "client_secret_file", .kind = Kind::file, .help = "read anew for each probe"},
    {.key = "token_url", .kind = Kind::url, .required = true, .help = "where tokens are"},
    {.key = "scopes", .form = Form::list, .help = "asked for"},
    {.key = "endpoint_params",
     .form = Form::pairs,
     .kind = Kind::parameter,
     .help = "further fields of the request"},
    kTlsConfig,
    kProxyUrl,
    kNoProxy,
    kProxyFromEnvironment,
    kProxyHeader,
    {.key = "client_secret_ref", .refused = "there is no secret store: write client_secret_file"},
    {.key = "grant_type", .refused = kOnlyClientCredentials},
    {.key = "client_certificate_key_id", .refused = kOnlyClientCredentials},
    {.key = "client_certificate_key", .kind = Kind::secret, .refused = kOnlyClientCredentials},
    {.key = "client_certificate_key_file", .refused = kOnlyClientCredentials},
    {.key = "signature_algorithm", .refused = kOnlyClientCredentials},
    {.key = "iss", .refused = kOnlyClientCredentials},
    {.key = "audience", .refused = kOnlyClientCredentials},
    {.key = "claims", .form = Form::pairs, .refused = kOnlyClientCredentials},
});
inline constexpr Block kOAuth2{"oauth2", kOAuth2Fields};

inline constexpr auto kHttpHeaderFields = std::to_array<Field>({
    {.key = "values", .form = Form::list, .kind = Kind::header, .help = "sent in this order"},
    {.key = "secrets", .form = Form::list, .kind = Kind::secret, .help = "sent after the values"},
    {.key = "files", .form = Form::list, .kind = Kind::file, .refused = "write values or secrets"},
});
inline constexpr Block kHttpHeader{"http_headers", kHttpHeaderFields};

inline constexpr auto kHeaderMatchFields = std::to_array<Field>({
    {.key = "header", .required = true, .help = "its name; case counts nothing"},
    {.key = "regexp", .kind = Kind::pattern, .required = true, .help = "on each of its values"},
    {.key = "allow_missing",
     .kind = Kind::boolean,
     .fallback = "false",
     .help = "an answer without this header is good"},
});
inline constexpr Block kHeaderMatch{"header match", kHeaderMatchFields};

inline constexpr auto kHttpFields = std::to_array<Field>({
    {.key = "valid_status_codes",
     .form = Form::list,
     .kind = Kind::integer,
     .min = 0,
     .max = 999,
     .help = "else 2xx"},
    {.key = "valid_http_versions",
     .form = Form::list,
     .help = "`HTTP/1.0`, `HTTP/1.1`, `HTTP/2.0`; else any"},
    kIpProtocol,
    kIpFallback,
    {.key = "skip_resolve_phase_with_proxy",
     .kind = Kind::boolean,
     .fallback = "false",
     .help = "with a proxy, the page does not tell of resolving the target's name"},
    {.key = "method", .fallback = "GET", .help = "of the request"},
    {.key = "headers", .form = Form::pairs, .kind = Kind::header, .help = "of the request"},
    {.key = "http_headers",
     .form = Form::named,
     .block = &kHttpHeader,
     .help = "the same with several values; sent after `headers`"},
    {.key = "body", .help = "of the request"},
    {.key = "body_file", .kind = Kind::file, .help = "read again where it has changed"},
    {.key = "body_size_limit",
     .kind = Kind::size,
     .fallback = "0",
     .help = "of the answer, decompressed; 0 is none"},
    {.key = "compression",
     .kind = Kind::choice,
     .choices = "gzip br deflate identity",
     .help = "of the answer; `Accept-Encoding` says the same or must allow it"},
    {.key = "follow_redirects",
     .kind = Kind::boolean,
     .fallback = "true",
     .help = "up to 10 of them"},
    {.key = "no_follow_redirects",
     .kind = Kind::boolean,
     .help = "deprecated: the contrary of `follow_redirects`, and goes before it"},
    {.key = "enable_http2", .kind = Kind::boolean, .fallback = "true", .help = "over TLS"},
    {.key = "fail_if_ssl", .kind = Kind::boolean, .fallback = "false", .help = "where it is TLS"},
    {.key = "fail_if_not_ssl",
     .kind = Kind::boolean,
     .fallback = "false",
     .help = "where it is not"},
    {.key = "fail_if_body_matches_regexp",
     .form = Form::list,
     .kind = Kind::pattern,
     .help = "where one matches"},
    {.key = "fail_if_body_not_matches_regexp",
     .form = Form::list,
     .kind = Kind::pattern,
     .help = "where one does not"},
    {.key = "fail_if_header_matches",
     .form = Form::blocks,
     .block = &kHeaderMatch,
     .help = "where one of its values matches"},
    {.key = "fail_if_header_not_matches",
     .form = Form::blocks,
     .block = &kHeaderMatch,
     .help = "where none of its values does"},
    kTlsConfig,
    {.key = "basic_auth",
     .form = Form::block,
     .block = &kBasicAuth,
     .help = "a user and a password"},
    {.key = "authorization",
     .form = Form::block,
     .block = &kAuthorization,
     .help = "an Authorization header"},
    {.key = "oauth2",
     .form = Form::block,
     .block = &kOAuth2,
     .help = "a token that is fetched first"},
    {.key = "bearer_token", .kind = Kind::secret, .help = "short for `authorization`"},
    {.key = "bearer_token_file", .kind = Kind::file, .help = "short for the same with a file"},
    kProxyUrl,
    kNoProxy,
    kProxyFromEnvironment,
    kProxyHeader,
    {.key = "enable_http3", .kind = Kind::boolean, .refused = kNoHttp3},
    {.key = "fail_if_body_json_matches_cel", .refused = kNoCel},
    {.key = "fail_if_body_json_not_matches_cel", .refused = kNoCel},
});
inline constexpr Block kHttp{"http", kHttpFields};

}  // namespace rampart::scenarios::blackbox
