#include "sniffer/rules/buffer_id.h"

#include <array>

namespace rampart::sniffer {
namespace {

using enum BufferId;
using enum AppProto;

constexpr auto kNo = Stage::none;
constexpr auto kLine = Stage::line;
constexpr auto kHeaders = Stage::headers;
constexpr auto kBody = Stage::body;
constexpr auto kComplete = Stage::complete;

constexpr std::array<BufferInfo, kBuffers> kInfos{{
    {payload, "pkt_data", "", unknown, kNo, kNo, false},
    {http_method, "http.method", "http_method", http1, kLine, kNo, false},
    {http_uri, "http.uri", "http_uri", http1, kHeaders, kNo, false},
    {http_uri_raw, "http.uri.raw", "http_raw_uri", http1, kHeaders, kNo, false},
    {http_protocol, "http.protocol", "", http1, kLine, kLine, false},
    {http_request_line, "http.request_line", "", http1, kLine, kNo, false},
    {http_host, "http.host", "http_host", http1, kHeaders, kNo, false},
    {http_host_raw, "http.host.raw", "http_raw_host", http1, kHeaders, kNo, false},
    {http_user_agent, "http.user_agent", "http_user_agent", http1, kHeaders, kNo, false},
    {http_referer, "http.referer", "", http1, kHeaders, kNo, false},
    {http_accept, "http.accept", "", http1, kHeaders, kNo, false},
    {http_accept_encoding, "http.accept_enc", "", http1, kHeaders, kNo, false},
    {http_accept_language, "http.accept_lang", "", http1, kHeaders, kNo, false},
    {http_connection, "http.connection", "", http1, kHeaders, kHeaders, false},
    {http_content_type, "http.content_type", "", http1, kHeaders, kHeaders, false},
    {http_content_length, "http.content_len", "", http1, kHeaders, kHeaders, false},
    {http_cookie, "http.cookie", "http_cookie", http1, kHeaders, kHeaders, false},
    {http_header, "http.header", "http_header", http1, kHeaders, kHeaders, false},
    {http_header_raw, "http.header.raw", "http_raw_header", http1, kHeaders, kHeaders, false},
    {http_header_names, "http.header_names", "", http1, kHeaders, kHeaders, false},
    {http_start, "http.start", "", http1, kHeaders, kHeaders, false},
    {http_request_header, "http.request_header", "", http1, kHeaders, kNo, true},
    {http_response_header, "http.response_header", "", http1, kNo, kHeaders, true},
    {http_request_body, "http.request_body", "http_client_body", http1, kBody, kNo, false},
    {http_response_body, "http.response_body", "http_server_body", http1, kNo, kBody, false},
    {http_response_line, "http.response_line", "", http1, kNo, kLine, false},
    {http_stat_code, "http.stat_code", "http_stat_code", http1, kNo, kLine, false},
    {http_stat_msg, "http.stat_msg", "http_stat_msg", http1, kNo, kLine, false},
    {http_location, "http.location", "http_location", http1, kNo, kHeaders, false},
    {http_server, "http.server", "http_server", http1, kNo, kHeaders, false},
    {file_data, "file.data", "", http1, kBody, kBody, true},
    {file_name, "file.name", "", http1, kBody, kBody, true},
    {file_facts, "filename", "", http1, kBody, kBody, true},
    {http2_header_name, "http2.header_name", "", http2, kHeaders, kHeaders, true},
    {http2_frametype, "http2.frametype", "", http2, kLine, kLine, true},
    {http2_errorcode, "http2.errorcode", "", http2, kLine, kLine, true},
    {http2_priority, "http2.priority", "", http2, kLine, kLine, true},
    {http2_window, "http2.window", "", http2, kLine, kLine, true},
    {http2_size_update, "http2.size_update", "", http2, kLine, kLine, true},
    {http2_settings, "http2.settings", "", http2, kLine, kLine, true},
    {ftpdata_command, "ftpdata_command", "", ftp_data, kBody, kBody, false},
    {dns_query, "dns.query", "", dns, kComplete, kNo, true},
    {dns_opcode, "dns.opcode", "", dns, kComplete, kComplete, false},
    {tls_sni, "tls.sni", "", tls, kHeaders, kNo, false},
    {tls_certs, "tls.certs", "", tls, kBody, kBody, true},
    {tls_cert_subject, "tls.cert_subject", "", tls, kBody, kBody, false},
    {tls_cert_issuer, "tls.cert_issuer", "", tls, kBody, kBody, false},
    {tls_cert_serial, "tls.cert_serial", "", tls, kBody, kBody, false},
    {tls_cert_fingerprint, "tls.cert_fingerprint", "", tls, kBody, kBody, false},
    {tls_version, "tls.version", "", tls, kHeaders, kHeaders, false},
    {tls_random, "tls.random", "", tls, kHeaders, kHeaders, false},
    {tls_random_time, "tls.random_time", "", tls, kHeaders, kHeaders, false},
    {tls_random_bytes, "tls.random_bytes", "", tls, kHeaders, kHeaders, false},
    {tls_chain_length, "tls.cert_chain_len", "", tls, kBody, kBody, false},
    {ja3_hash, "ja3.hash", "", tls, kHeaders, kNo, false},
    {ja3_string, "ja3.string", "", tls, kHeaders, kNo, false},
    {ja3s_hash, "ja3s.hash", "", tls, kNo, kHeaders, false},
    {ja3s_string, "ja3s.string", "", tls, kNo, kHeaders, false},
    {ja4_hash, "ja4.hash", "", tls, kHeaders, kNo, false},
    {ssh_proto, "ssh.proto", "", ssh, kHeaders, kHeaders, false},
    {ssh_software, "ssh.software", "", ssh, kHeaders, kHeaders, false},
    {base64_data, "base64_data", "", unknown, kNo, kNo, false},
    {ip_source, "ip.src", "", unknown, kNo, kNo, false},
    {ip_destination, "ip.dst", "", unknown, kNo, kNo, false},
    {ipv4_header, "ipv4.hdr", "", unknown, kNo, kNo, false},
    {ipv6_header, "ipv6.hdr", "", unknown, kNo, kNo, false},
    {icmp4_header, "icmpv4.hdr", "", unknown, kNo, kNo, false},
    {icmp6_header, "icmpv6.hdr", "", unknown, kNo, kNo, false},
    {tcp_header, "tcp.hdr", "", unknown, kNo, kNo, false},
    {udp_header, "udp.hdr", "", unknown, kNo, kNo, false},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kInfos.size(); ++i)
    if (index(kInfos[i].id) != i) return false;
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const BufferInfo> buffer_infos() { return kInfos; }
const BufferInfo& info_of(BufferId id) { return kInfos[index(id)]; }

bool carries(AppProto proto, BufferId id) {
  const auto owner = info_of(id).proto;
  if (is_of_files(id) && (proto == smtp || proto == ftp_data)) return true;
  return owner == unknown || owner == proto || (owner == http1 && proto == http2);
}

Stage stage_of(BufferId id, AppProto proto, Direction direction) {
  const bool request = direction == Direction::to_server;
  if (is_of_files(id) && proto == smtp && !request) return kNo;
  return request ? info_of(id).request : info_of(id).response;
}

}  // namespace rampart::sniffer
