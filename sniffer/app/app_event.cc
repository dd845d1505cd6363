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

}  // namespace rampart::sniffer
