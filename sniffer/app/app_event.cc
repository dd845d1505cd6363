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
