#include "sniffer/app/app_event.h"

#include <array>

namespace rampart::sniffer {
namespace {

using enum AppEvent;

struct Name {
  AppEvent event;
  std::string_view text;
};

// In the order of AppEvent.
constexpr std::array kNames = std::to_array<Name>({
    {wrong_direction_first_data, "applayer.applayer_wrong_direction_first_data"},
    {detected_one_direction_only, "applayer.applayer_detect_protocol_only_one_direction"},
    {mismatch_both_directions, "applayer.applayer_mismatch_protocol_both_directions"},
    {no_tls_after_starttls, "applayer.applayer_no_tls_after_starttls"},
    {proto_detection_skipped, "applayer.applayer_proto_detection_skipped"},
    {unexpected_protocol, "applayer.applayer_unexpected_protocol"},
    {dns_malformed_data, "dns.malformed_data"},
    {dns_z_flag_set, "dns.z_flag_set"},
    {dns_invalid_opcode, "dns.invalid_opcode"},
    {tls_invalid_record_type, "tls.invalid_record_type"},
    {tls_invalid_record_version, "tls.invalid_record_version"},
    {tls_invalid_record_length, "tls.invalid_record_length"},
    {tls_invalid_handshake_message, "tls.invalid_handshake_message"},
    {tls_handshake_invalid_length, "tls.handshake_invalid_length"},
    {tls_invalid_certificate, "tls.invalid_certificate"},
    {tls_certificate_invalid_length, "tls.certificate_invalid_length"},
    {tls_multiple_sni_extensions, "tls.multiple_sni_extensions"},
    {tls_invalid_sni_type, "tls.invalid_sni_type"},
    {tls_invalid_sni_length, "tls.invalid_sni_length"},
    {tls_overflow_heartbeat, "tls.overflow_heartbeat_message"},
    {ssh_invalid_banner, "ssh.invalid_banner"},
    {ssh_long_banner, "ssh.long_banner"},
    {smtp_invalid_reply, "smtp.invalid_reply"},
    {smtp_no_welcome, "smtp.no_server_welcome_message"},
    {smtp_tls_rejected, "smtp.tls_rejected"},
    {smtp_data_rejected, "smtp.data_command_rejected"},
    {smtp_mime_malformed_msg, "smtp.mime_malformed_msg"},
    {smtp_mime_long_header_name, "smtp.mime_long_header_name"},
    {smtp_mime_long_header_value, "smtp.mime_long_header_value"},
    {smtp_mime_invalid_qp, "smtp.mime_invalid_qp"},
    {smtp_mime_long_line, "smtp.mime_long_line"},
    {smtp_mime_long_enc_line, "smtp.mime_long_enc_line"},
    {smtp_mime_long_boundary, "smtp.mime_long_boundary"},
    {smtp_duplicate_fields, "smtp.duplicate_fields"},
    {ftp_command_too_long, "ftp.request_command_too_long"},
    {ftp_reply_too_long, "ftp.response_command_too_long"},
    {http_unknown_error, "http.unknown_error"},
    {http_gzip_decompression_failed, "http.gzip_decompression_failed"},
    {http_lzma_memlimit_reached, "http.lzma_memlimit_reached"},
    {http_compression_bomb, "http.compression_bomb"},
    {http_too_many_encoding_layers, "http.too_many_encoding_layers"},
    {http_abnormal_ce_header, "http.abnormal_ce_header"},
    {http_request_field_missing_colon, "http.request_field_missing_colon"},
    {http_response_field_missing_colon, "http.response_field_missing_colon"},
    {http_request_header_invalid, "http.request_header_invalid"},
    {http_response_header_invalid, "http.response_header_invalid"},
    {http_invalid_request_chunk_len, "http.invalid_request_chunk_len"},
    {http_invalid_response_chunk_len, "http.invalid_response_chunk_len"},
    {http_request_chunk_extension, "http.request_chunk_extension"},
    {http_invalid_transfer_encoding_value_in_request,
     "http.invalid_transfer_encoding_value_in_request"},
    {http_invalid_content_length_field_in_request, "http.invalid_content_length_field_in_request"},
    {http_invalid_content_length_field_in_response,
     "http.invalid_content_length_field_in_response"},
    {http_duplicate_content_length_field_in_request,
     "http.duplicate_content_length_field_in_request"},
    {http_duplicate_content_length_field_in_response,
     "http.duplicate_content_length_field_in_response"},
    {http_100_continue_already_seen, "http.100_continue_already_seen"},
    {http_unable_to_match_response_to_request, "http.unable_to_match_response_to_request"},
    {http_invalid_request_field_folding, "http.invalid_request_field_folding"},
    {http_invalid_response_field_folding, "http.invalid_response_field_folding"},
    {http_request_field_too_long, "http.request_field_too_long"},
    {http_response_field_too_long, "http.response_field_too_long"},
    {http_request_too_many_headers, "http.request_too_many_headers"},
    {http_response_too_many_headers, "http.response_too_many_headers"},
    {http_missing_host_header, "http.missing_host_header"},
    {http_host_header_ambiguous, "http.host_header_ambiguous"},
    {http_request_uri_host_invalid, "http.request_uri_host_invalid"},
    {http_request_header_host_invalid, "http.request_header_host_invalid"},
    {http_request_auth_unrecognized, "http.request_auth_unrecognized"},
    {http_request_line_incomplete, "http.request_line_incomplete"},
    {http_request_line_leading_whitespace, "http.request_line_leading_whitespace"},
    {http_method_delim_non_compliant, "http.method_delim_non_compliant"},
    {http_uri_delim_non_compliant, "http.uri_delim_non_compliant"},
    {http_request_body_unexpected, "http.request_body_unexpected"},
    {http_response_abnormal_transfer_encoding, "http.response_abnormal_transfer_encoding"},
    {http_response_chunked_old_proto, "http.response_chunked_old_proto"},
    {http_response_multipart_byteranges, "http.response_multipart_byteranges"},
    {http_range_invalid, "http.range_invalid"},
    {http_response_invalid_protocol, "http.response_invalid_protocol"},
    {http_response_invalid_status, "http.response_invalid_status"},
    {http_failed_protocol_change, "http.failed_protocol_change"},
    {http2_invalid_client_magic, "http2.invalid_client_magic"},
    {http2_invalid_frame_header, "http2.invalid_frame_header"},
    {http2_invalid_frame_length, "http2.invalid_frame_length"},
    {http2_invalid_frame_data, "http2.invalid_frame_data"},
    {http2_long_frame_data, "http2.long_frame_data"},
    {http2_invalid_header, "http2.invalid_header"},
    {http2_too_many_streams, "http2.too_many_streams"},
    {http2_failed_decompression, "http2.failed_decompression"},
    {http2_authority_host_mismatch, "http2.authority_host_mismatch"},
    {http2_userinfo_in_uri, "http2.userinfo_in_uri"},
    {http_request_header_repetition, "http.request_header_repetition"},
    {http_response_header_repetition, "http.response_header_repetition"},
    {http_request_line_invalid, "http.request_line_invalid"},
    {http_file_name_too_long, "http.file_name_too_long"},
    {http_too_many_warnings, "http.too_many_warnings"},
    {http_multipart_no_filedata, "http.multipart_no_filedata"},
    {http_double_encoded_uri, "http.double_encoded_uri"},
    {http_invalid_server_port_in_request, "http.invalid_server_port_in_request"},
    {http_invalid_authority_port, "http.invalid_authority_port"},
    {http_request_server_port_tcp_port_mismatch, "http.request_server_port_tcp_port_mismatch"},
    {http_invalid_transfer_encoding_value_in_response,
     "http.invalid_transfer_encoding_value_in_response"},
    {http2_extra_header_data, "http2.extra_header_data"},
    {http2_header_integer_overflow, "http2.header_integer_overflow"},
    {http2_reassembly_limit_reached, "http2.reassembly_limit_reached"},
    {dns_not_a_request, "dns.not_a_request"},
    {dns_not_a_response, "dns.not_a_response"},
    {smtp_reply_without_request, "smtp.unable_to_match_reply_with_request"},
    {smtp_command_too_long, "smtp.max_command_line_len_exceeded"},
    {smtp_reply_too_long, "smtp.max_reply_line_len_exceeded"},
    {smtp_mime_invalid_base64, "smtp.mime_invalid_base64"},
});

constexpr bool in_order() {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (static_cast<std::size_t>(kNames[i].event) != i) return false;
  return true;
}
static_assert(in_order());

}  // namespace

std::string_view to_string(AppEvent event) {
  const auto place = static_cast<std::size_t>(event);
  return place < kNames.size() ? kNames[place].text : std::string_view();
}

std::optional<AppEvent> event_of(std::string_view name) {
  constexpr std::string_view kPrefix = "applayer.";
  for (const auto& [event, text] : kNames)
    if (text == name || (text.starts_with(kPrefix) && text.substr(kPrefix.size()) == name))
      return event;
  return std::nullopt;
}

}  // namespace rampart::sniffer
