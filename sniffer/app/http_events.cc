#include "sniffer/app/http_events.h"

#include <htp/htp.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace rampart::sniffer {
namespace {

using enum AppEvent;

// A message that begins so, and what it means where a request or an answer caused it.
struct Message {
  std::string_view begin;
  AppEvent request;
  AppEvent response;
};

// libhtp gives its messages no numbers. The first that fits counts.
constexpr std::array kMessages = std::to_array<Message>({
    {"GZip decompressor: inflate", http_gzip_decompression_failed, http_gzip_decompression_failed},
    {"LZMA decompressor: memory limit", http_lzma_memlimit_reached, http_lzma_memlimit_reached},
    {"Compression bomb", http_compression_bomb, http_compression_bomb},
    {"Too many response content encoding layers", http_too_many_encoding_layers,
     http_too_many_encoding_layers},
    {"C-E ", http_abnormal_ce_header, http_abnormal_ce_header},
    {"Request field invalid: colon missing", http_request_field_missing_colon,
     http_request_field_missing_colon},
    {"Response field invalid: missing colon", http_response_field_missing_colon,
     http_response_field_missing_colon},
    {"Request field invalid", http_request_header_invalid, http_request_header_invalid},
    {"Request header name is not a token", http_request_header_invalid,
     http_request_header_invalid},
    {"Response field invalid", http_response_header_invalid, http_response_header_invalid},
    {"Response header name is not a token", http_response_header_invalid,
     http_response_header_invalid},
    {"Request chunk encoding: Invalid chunk length", http_invalid_request_chunk_len,
     http_invalid_request_chunk_len},
    {"Response chunk encoding: Invalid chunk length", http_invalid_response_chunk_len,
     http_invalid_response_chunk_len},
    {"Request chunk extension", http_request_chunk_extension, http_request_chunk_extension},
    {"Invalid T-E value in request", http_invalid_transfer_encoding_value_in_request,
     http_invalid_transfer_encoding_value_in_request},
    {"Invalid C-L field in request", http_invalid_content_length_field_in_request,
     http_invalid_content_length_field_in_request},
    {"Invalid C-L field in response", http_invalid_content_length_field_in_response,
     http_invalid_content_length_field_in_response},
    {"Ambiguous request C-L value", http_duplicate_content_length_field_in_request,
     http_duplicate_content_length_field_in_request},
    {"Ambiguous response C-L value", http_duplicate_content_length_field_in_response,
     http_duplicate_content_length_field_in_response},
    {"Already seen 100-Continue", http_100_continue_already_seen, http_100_continue_already_seen},
    {"Unable to match response to request", http_unable_to_match_response_to_request,
     http_unable_to_match_response_to_request},
    {"Invalid request field folding", http_invalid_request_field_folding,
     http_invalid_request_field_folding},
    {"Invalid response field folding", http_invalid_response_field_folding,
     http_invalid_response_field_folding},
    {"Request buffer over the limit", http_request_field_too_long, http_request_field_too_long},
    {"Request field length exceeds", http_request_field_too_long, http_request_field_too_long},
    {"Response the buffer limit", http_response_field_too_long, http_response_field_too_long},
    {"Response field length exceeds", http_response_field_too_long, http_response_field_too_long},
    {"Too many request headers", http_request_too_many_headers, http_request_too_many_headers},
    {"Too many response headers", http_response_too_many_headers, http_response_too_many_headers},
    {"Request line incomplete", http_request_line_incomplete, http_request_line_incomplete},
    {"Request line: leading whitespace", http_request_line_leading_whitespace,
     http_request_line_leading_whitespace},
    {"Request line: non-compliant delimiter between Method and URI",
     http_method_delim_non_compliant, http_method_delim_non_compliant},
    {"Request line: URI contains non-compliant delimiter", http_uri_delim_non_compliant,
     http_uri_delim_non_compliant},
    {"Unexpected request body", http_request_body_unexpected, http_request_body_unexpected},
    {"Transfer-encoding has abnormal chunked value", http_response_abnormal_transfer_encoding,
     http_response_abnormal_transfer_encoding},
    {"Chunked transfer-encoding on HTTP/0.9 or HTTP/1.0", http_response_chunked_old_proto,
     http_response_chunked_old_proto},
    {"C-T multipart/byteranges", http_response_multipart_byteranges,
     http_response_multipart_byteranges},
    {"Invalid response line: invalid protocol", http_response_invalid_protocol,
     http_response_invalid_protocol},
    {"Invalid response line: invalid response status", http_response_invalid_status,
     http_response_invalid_status},
});

// Errors that speak of libhtp's own state, and of no fault of either end.
constexpr std::array kNoFault = std::to_array<std::string_view>({
    "[Internal Error]",
    "Gaps are not allowed",
    "Zero-length data chunks",
    "Inbound parser is in",
    "Outbound parser is in",
    "Missing inbound transaction",
    "Missing outbound transaction",
});

constexpr std::array kFlags = std::to_array<HttpFlagEvent>({
    {HTP_REQUEST_INVALID_T_E, http_invalid_transfer_encoding_value_in_request},
    {HTP_REQUEST_INVALID_C_L, http_invalid_content_length_field_in_request},
    {HTP_HOST_MISSING, http_missing_host_header},
    {HTP_HOST_AMBIGUOUS, http_host_header_ambiguous},
    {HTP_HOSTU_INVALID, http_request_uri_host_invalid},
    {HTP_HOSTH_INVALID, http_request_header_host_invalid},
});

}  // namespace

std::optional<AppEvent> http_event_of(std::string_view message, bool error, Direction direction) {
  const auto fits = [message](const Message& m) { return message.starts_with(m.begin); };
  const auto* known = std::find_if(kMessages.begin(), kMessages.end(), fits);
  if (known != kMessages.end())
    return direction == Direction::to_server ? known->request : known->response;
  const auto own = [message](std::string_view begin) { return message.starts_with(begin); };
  if (!error || std::any_of(kNoFault.begin(), kNoFault.end(), own)) return std::nullopt;
  return http_unknown_error;
}

bool is_content_range(std::string_view value) {
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  const auto take_while = [&value](auto wanted) {
    const auto end = std::find_if_not(value.begin(), value.end(), wanted);
    const auto out = value.substr(0, static_cast<std::size_t>(end - value.begin()));
    value.remove_prefix(out.size());
    return out;
  };
  const auto take = [&value](char c) {
    if (!value.starts_with(c)) return false;
    value.remove_prefix(1);
    return true;
  };
  const auto number = [&]() -> std::optional<std::uint64_t> {
    const auto digits = take_while([](char c) { return c >= '0' && c <= '9'; });
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return digits.empty() || error != std::errc() ? std::nullopt : std::optional(out);
  };
  const auto is_blank = [](char c) { return c == ' '; };
  take_while(is_blank);
  if (take_while(is_letter).empty() || take_while(is_blank).empty()) return false;
  std::optional<std::uint64_t> last;
  if (!take('*')) {
    const auto first = number();
    if (!first || !take('-')) return false;
    last = number();
    if (!last || *last < *first) return false;
  }
  if (!take('/')) return false;
  if (take('*')) return true;
  const auto size = number();
  return size && (!last || *last < *size);
}

std::span<const HttpFlagEvent> http_flag_events() { return kFlags; }

}  // namespace rampart::sniffer
