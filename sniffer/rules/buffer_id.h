#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sniffer/app/app_proto.h"
#include "sniffer/flow/direction.h"

namespace rampart::sniffer {

// The bytes that the payload keywords of a rule look at, named by its sticky buffers. `payload` is
// what a rule without any looks at: the packet or the stream.
enum class BufferId : std::uint8_t {
  payload,
  http_method,
  http_uri,      // normalised: decoded, without host
  http_uri_raw,  // as sent
  http_protocol,
  http_request_line,
  http_host,      // normalised: lower case, without port
  http_host_raw,  // as sent, with port
  http_user_agent,
  http_referer,
  http_accept,
  http_accept_encoding,
  http_accept_language,
  http_connection,
  http_content_type,
  http_content_length,
  http_cookie,           // Cookie of requests, Set-Cookie of answers
  http_header,           // all fields but cookies, normalised
  http_header_raw,       // all fields
  http_header_names,     // "\r\nName\r\nName\r\n\r\n"
  http_start,            // first line and all fields
  http_request_header,   // one field after the other, "name: value"
  http_response_header,  //
  http_request_body,
  http_response_body,
  http_response_line,
  http_stat_code,
  http_stat_msg,
  http_location,
  http_server,
  file_data,  // the body of an answer, a file of a request (a POST or PUT), an attachment of a mail
  file_name,  // of the same files, one after the other
  file_facts,         // see app/file_facts.h
  http2_header_name,  // one after the other, as sent
  // Numbers of frames, one after the other, each in as many bytes as Http2Number says.
  http2_frametype,
  http2_errorcode,
  http2_priority,
  http2_window,
  http2_size_update,
  http2_settings,
  ftpdata_command,  // RETR or STOR
  dns_query,        // one name after the other
  dns_opcode,
  tls_sni,
  tls_certs,  // one after the other, DER
  tls_cert_subject,
  tls_cert_issuer,
  tls_cert_serial,
  tls_cert_fingerprint,
  tls_version,
  tls_random,        // of the hello
  tls_random_time,   // its first 4 bytes
  tls_random_bytes,  // the others
  tls_chain_length,  // in certificates; one byte
  ja3_hash,
  ja3_string,
  ja3s_hash,
  ja3s_string,
  ja4_hash,
  ssh_proto,
  ssh_software,
  base64_data,  // what the rule's base64_decode found
  ip_source,    // an address, 4 or 16 bytes
  ip_destination,
  ipv4_header,
  ipv6_header,
  icmp4_header,
  icmp6_header,
  tcp_header,
  udp_header,
};
inline constexpr std::size_t kBuffers = static_cast<std::size_t>(BufferId::udp_header) + 1;
constexpr std::size_t index(BufferId id) { return static_cast<std::size_t>(id); }

// How far one direction of a transaction has come; each protocol has those that it needs.
enum class Stage : std::uint8_t {
  none,
  line,     // HTTP: the first line
  headers,  // HTTP: all fields; TLS: the hello; SSH: the banner
  body,     // HTTP: at least a part; TLS: certificates
  complete,
};

// Where a buffer comes from.
struct BufferInfo {
  BufferId id;
  std::string_view sticky;  // its keyword, such as "http.uri"
  // An older spelling: a modifier of the content before it ("http_uri"); empty: none.
  std::string_view modifier;
  // Of which protocol (http1 stands for HTTP/2 too); unknown: of single packets or of the payload.
  AppProto proto;
  // The stage from which the request or the answer has it; none: it has not.
  Stage request, response;
  bool several;  // a transaction may have more than one
};
// In the order of BufferId.
std::span<const BufferInfo> buffer_infos();
const BufferInfo& info_of(BufferId id);

// Which every packet of the flow in one direction has alike.
constexpr bool is_address(BufferId id) {
  return id == BufferId::ip_source || id == BufferId::ip_destination;
}

// Of files, which travel in several protocols.
constexpr bool is_of_files(BufferId id) {
  return id == BufferId::file_data || id == BufferId::file_name || id == BufferId::file_facts;
}
// What a rule sees of an HTTP message's body.
constexpr bool is_of_bodies(BufferId id) {
  return id == BufferId::http_request_body || id == BufferId::http_response_body || is_of_files(id);
}
// Buffers of which there may be more later than there are now, although all are whole.
constexpr bool may_grow(BufferId id) {
  return is_of_files(id) || id == BufferId::http2_header_name;
}

// Whether transactions of that protocol can have the buffer. Files also travel in mails.
bool carries(AppProto proto, BufferId id);
// The stage from which that direction of the protocol's transactions has it; none: it never has.
Stage stage_of(BufferId id, AppProto proto, Direction direction);

}  // namespace rampart::sniffer
