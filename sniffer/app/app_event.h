#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sniffer/app/app_proto.h"

namespace rampart::sniffer {

// What an application's parser objects to. The names are those that rules give to
// app-layer-event, such as "http.invalid_content_length"; the table in app_event.cc has them.
enum class AppEvent : std::uint16_t {
  wrong_direction_first_data,  // applayer: the side that answers spoke first
  detected_one_direction_only,
  mismatch_both_directions,
  no_tls_after_starttls,
  proto_detection_skipped,  // one side says what nobody knows, and the other nothing
  unexpected_protocol,      // another than the ends agreed to change to
  dns_malformed_data,
  dns_z_flag_set,
  dns_invalid_opcode,
  tls_invalid_record_type,
  tls_invalid_record_version,
  tls_invalid_record_length,
  tls_invalid_handshake_message,
  tls_handshake_invalid_length,
  tls_invalid_certificate,
  tls_certificate_invalid_length,
  tls_multiple_sni_extensions,
  tls_invalid_sni_type,
  tls_invalid_sni_length,
  tls_overflow_heartbeat,  // asks for more bytes than it sends
  ssh_invalid_banner,
  ssh_long_banner,
  smtp_invalid_reply,
  smtp_no_welcome,
  smtp_tls_rejected,
  smtp_data_rejected,
  smtp_mime_malformed_msg,
  smtp_mime_long_header_name,
  smtp_mime_long_header_value,
  smtp_mime_invalid_qp,
  smtp_mime_long_line,
  smtp_mime_long_enc_line,
  smtp_mime_long_boundary,
  smtp_duplicate_fields,
  ftp_command_too_long,
  ftp_reply_too_long,

  http_unknown_error,
  http_gzip_decompression_failed,
  http_lzma_memlimit_reached,
  http_compression_bomb,
  http_too_many_encoding_layers,
  http_abnormal_ce_header,
  http_request_field_missing_colon,
  http_response_field_missing_colon,
  http_request_header_invalid,
  http_response_header_invalid,
  http_invalid_request_chunk_len,
  http_invalid_response_chunk_len,
  http_request_chunk_extension,  // of an answer too
  http_invalid_transfer_encoding_value_in_request,
  http_invalid_content_length_field_in_request,
  http_invalid_content_length_field_in_response,
  http_duplicate_content_length_field_in_request,
  http_duplicate_content_length_field_in_response,
  http_100_continue_already_seen,
  http_unable_to_match_response_to_request,
  http_invalid_request_field_folding,
  http_invalid_response_field_folding,
  http_request_field_too_long,
  http_response_field_too_long,
  http_request_too_many_headers,
  http_response_too_many_headers,
  http_missing_host_header,
  http_host_header_ambiguous,
  http_request_uri_host_invalid,
  http_request_header_host_invalid,
  http_request_auth_unrecognized,
  http_request_line_incomplete,
  http_request_line_leading_whitespace,
  http_method_delim_non_compliant,
  http_uri_delim_non_compliant,
  http_request_body_unexpected,
  http_response_abnormal_transfer_encoding,
  http_response_chunked_old_proto,
  http_response_multipart_byteranges,
  http_range_invalid,
  http_response_invalid_protocol,
  http_response_invalid_status,
  http_failed_protocol_change,

  http2_invalid_client_magic,
  http2_invalid_frame_header,
  http2_invalid_frame_length,
  http2_invalid_frame_data,
  http2_long_frame_data,
  http2_invalid_header,
  http2_too_many_streams,
  http2_failed_decompression,
  http2_authority_host_mismatch,
  http2_userinfo_in_uri,

  // Rules may ask for these as for any other; no traffic is known that raises them.
  http_request_header_repetition,
  http_response_header_repetition,
  http_request_line_invalid,
  http_file_name_too_long,
  http_too_many_warnings,
  http_multipart_no_filedata,
  http_double_encoded_uri,
  http_invalid_server_port_in_request,
  http_invalid_authority_port,
  http_request_server_port_tcp_port_mismatch,
  http_invalid_transfer_encoding_value_in_response,
  http2_extra_header_data,
  http2_header_integer_overflow,
  http2_reassembly_limit_reached,
  dns_not_a_request,
  dns_not_a_response,
  smtp_reply_without_request,
  smtp_command_too_long,
  smtp_reply_too_long,
  smtp_mime_invalid_base64,
};
std::string_view to_string(AppEvent event);
// Nullopt where it is no event of any parser. "applayer." may be left out, as rules do.
std::optional<AppEvent> event_of(std::string_view name);

}  // namespace rampart::sniffer
