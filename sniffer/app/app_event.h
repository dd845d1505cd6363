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
  dns_malformed_data,
  dns_not_a_request,   // an answer, sent to the server
  dns_not_a_response,  // a query, sent to the client
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
  smtp_reply_without_request,
  smtp_command_too_long,
  smtp_reply_too_long,
  smtp_no_welcome,
  smtp_tls_rejected,
  smtp_data_rejected,
  ftp_command_too_long,
  ftp_reply_too_long,
};
std::string_view to_string(AppEvent event);
// Nullopt where no parser raises it. "applayer." may be left out, as rules do.
std::optional<AppEvent> event_of(std::string_view name);

}  // namespace rampart::sniffer
