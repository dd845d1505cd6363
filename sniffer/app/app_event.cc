#include "sniffer/app/app_event.h"

namespace rampart::sniffer {

std::string_view to_string(AppEvent event) {
  switch (event) {
    case AppEvent::wrong_direction_first_data:
      return "applayer.applayer_wrong_direction_first_data";
    case AppEvent::detected_one_direction_only:
      return "applayer.applayer_detect_protocol_only_one_direction";
    case AppEvent::mismatch_both_directions:
      return "applayer.applayer_mismatch_protocol_both_directions";
    case AppEvent::no_tls_after_starttls: return "applayer.applayer_no_tls_after_starttls";
    case AppEvent::dns_malformed_data: return "dns.malformed_data";
    case AppEvent::dns_not_a_request: return "dns.not_a_request";
    case AppEvent::dns_not_a_response: return "dns.not_a_response";
    case AppEvent::dns_z_flag_set: return "dns.z_flag_set";
    case AppEvent::dns_invalid_opcode: return "dns.invalid_opcode";
    case AppEvent::tls_invalid_record_type: return "tls.invalid_record_type";
    case AppEvent::tls_invalid_record_version: return "tls.invalid_record_version";
    case AppEvent::tls_invalid_record_length: return "tls.invalid_record_length";
    case AppEvent::tls_invalid_handshake_message: return "tls.invalid_handshake_message";
    case AppEvent::tls_handshake_invalid_length: return "tls.handshake_invalid_length";
    case AppEvent::tls_invalid_certificate: return "tls.invalid_certificate";
    case AppEvent::tls_certificate_invalid_length: return "tls.certificate_invalid_length";
    case AppEvent::tls_multiple_sni_extensions: return "tls.multiple_sni_extensions";
    case AppEvent::tls_invalid_sni_type: return "tls.invalid_sni_type";
    case AppEvent::tls_invalid_sni_length: return "tls.invalid_sni_length";
    case AppEvent::tls_overflow_heartbeat: return "tls.overflow_heartbeat_message";
    case AppEvent::ssh_invalid_banner: return "ssh.invalid_banner";
    case AppEvent::ssh_long_banner: return "ssh.long_banner";
    case AppEvent::smtp_invalid_reply: return "smtp.invalid_reply";
    case AppEvent::smtp_reply_without_request: return "smtp.unable_to_match_reply_with_request";
    case AppEvent::smtp_command_too_long: return "smtp.max_command_line_len_exceeded";
    case AppEvent::smtp_reply_too_long: return "smtp.max_reply_line_len_exceeded";
    case AppEvent::smtp_no_welcome: return "smtp.no_server_welcome_message";
    case AppEvent::smtp_tls_rejected: return "smtp.tls_rejected";
    case AppEvent::smtp_data_rejected: return "smtp.data_command_rejected";
    case AppEvent::ftp_command_too_long: return "ftp.request_command_too_long";
    case AppEvent::ftp_reply_too_long: return "ftp.response_command_too_long";
    case AppEvent::http_unknown_error: return "http.unknown_error";
    case AppEvent::http_gzip_decompression_failed: return "http.gzip_decompression_failed";
    case AppEvent::http_lzma_memlimit_reached: return "http.lzma_memlimit_reached";
    case AppEvent::http_compression_bomb: return "http.compression_bomb";
    case AppEvent::http_too_many_encoding_layers: return "http.too_many_encoding_layers";
    case AppEvent::http_abnormal_ce_header: return "http.abnormal_ce_header";
    case AppEvent::http_request_field_missing_colon: return "http.request_field_missing_colon";
    case AppEvent::http_response_field_missing_colon: return "http.response_field_missing_colon";
    case AppEvent::http_request_header_invalid: return "http.request_header_invalid";
    case AppEvent::http_response_header_invalid: return "http.response_header_invalid";
    case AppEvent::http_invalid_request_chunk_len: return "http.invalid_request_chunk_len";
    case AppEvent::http_invalid_response_chunk_len: return "http.invalid_response_chunk_len";
    case AppEvent::http_invalid_transfer_encoding_value_in_request:
      return "http.invalid_transfer_encoding_value_in_request";
    case AppEvent::http_invalid_content_length_field_in_request:
      return "http.invalid_content_length_field_in_request";
    case AppEvent::http_invalid_content_length_field_in_response:
      return "http.invalid_content_length_field_in_response";
    case AppEvent::http_duplicate_content_length_field_in_request:
      return "http.duplicate_content_length_field_in_request";
    case AppEvent::http_duplicate_content_length_field_in_response:
      return "http.duplicate_content_length_field_in_response";
    case AppEvent::http_100_continue_already_seen: return "http.100_continue_already_seen";
    case AppEvent::http_unable_to_match_response_to_request:
      return "http.unable_to_match_response_to_request";
    case AppEvent::http_invalid_request_field_folding: return "http.invalid_request_field_folding";
    case AppEvent::http_invalid_response_field_folding:
      return "http.invalid_response_field_folding";
    case AppEvent::http_request_field_too_long: return "http.request_field_too_long";
    case AppEvent::http_response_field_too_long: return "http.response_field_too_long";
    case AppEvent::http_request_too_many_headers: return "http.request_too_many_headers";
    case AppEvent::http_response_too_many_headers: return "http.response_too_many_headers";
    case AppEvent::http_request_header_repetition: return "http.request_header_repetition";
    case AppEvent::http_response_header_repetition: return "http.response_header_repetition";
    case AppEvent::http_missing_host_header: return "http.missing_host_header";
    case AppEvent::http_host_header_ambiguous: return "http.host_header_ambiguous";
    case AppEvent::http_request_uri_host_invalid: return "http.request_uri_host_invalid";
    case AppEvent::http_request_header_host_invalid: return "http.request_header_host_invalid";
    case AppEvent::http_request_auth_unrecognized: return "http.request_auth_unrecognized";
    case AppEvent::http_request_line_incomplete: return "http.request_line_incomplete";
    case AppEvent::http_request_line_missing_protocol: return "http.request_line_missing_protocol";
    case AppEvent::http_request_line_leading_whitespace:
      return "http.request_line_leading_whitespace";
    case AppEvent::http_request_line_invalid: return "http.request_line_invalid";
    case AppEvent::http_method_delim_non_compliant: return "http.method_delim_non_compliant";
    case AppEvent::http_uri_delim_non_compliant: return "http.uri_delim_non_compliant";
    case AppEvent::http_request_body_unexpected: return "http.request_body_unexpected";
    case AppEvent::http_response_abnormal_transfer_encoding:
      return "http.response_abnormal_transfer_encoding";
    case AppEvent::http_response_chunked_old_proto: return "http.response_chunked_old_proto";
    case AppEvent::http_response_multipart_byteranges: return "http.response_multipart_byteranges";
    case AppEvent::http_response_invalid_protocol: return "http.response_invalid_protocol";
    case AppEvent::http_response_invalid_status: return "http.response_invalid_status";
  }
  return "";
}

std::optional<AppEvent> event_of(std::string_view name) {
  constexpr std::string_view kPrefix = "applayer.";
  for (std::uint16_t i = 0; i < 0xFFFF; ++i) {
    const auto event = static_cast<AppEvent>(i);
    const auto text = to_string(event);
    if (text.empty()) return std::nullopt;  // behind the last one
    if (text == name || (text.starts_with(kPrefix) && text.substr(kPrefix.size()) == name))
      return event;
  }
  return std::nullopt;
}

}  // namespace rampart::sniffer
