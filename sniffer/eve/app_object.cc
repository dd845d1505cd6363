#include "sniffer/eve/app_object.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "sniffer/app/ftp_parser.h"
#include "sniffer/app/http_transaction.h"
#include "sniffer/app/line_protocol.h"
#include "sniffer/app/smtp_transaction.h"
#include "sniffer/app/ssh_parser.h"
#include "sniffer/app/tls_transaction.h"

namespace rampart::sniffer {
namespace {

using Json = nlohmann::ordered_json;

// Bytes that are no UTF-8 come out as the replacement character.
std::string member(std::string_view name, const Json& object) {
  return '"' + std::string(name) +
         "\":" + object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string bounded(std::string_view text) { return std::string(text.substr(0, kMostEveText)); }

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Adds what the transaction has under that name; nothing where it has nothing.
void add(Json& out, const char* name, const Transaction& transaction, BufferId id,
         Direction direction) {
  if (const auto view = transaction.buffer(id, direction, 0))
    out[name] = bounded(text_of(view->data));
}

void add(Json& out, const char* name, std::string_view text) {
  if (!text.empty()) out[name] = bounded(text);
}

template <class T>
std::optional<T> number_of(std::string_view text) {
  T out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// The port behind the name that a Host field or a URI gives, where there is one.
std::optional<std::uint16_t> port_of(std::string_view host) {
  const auto colon = host.rfind(':');
  if (colon == std::string_view::npos || host.find(']', colon) != std::string_view::npos)
    return std::nullopt;
  return number_of<std::uint16_t>(host.substr(colon + 1));
}

void add_http_answer(Json& out, const HttpTransaction& http) {
  constexpr auto kAnswer = Direction::to_client;
  if (const auto type = http.buffer(BufferId::http_content_type, kAnswer, 0)) {
    const auto text = text_of(type->data);
    out["http_content_type"] = bounded(text.substr(0, text.find(';')));
  }
  if (const auto status = http.buffer(BufferId::http_stat_code, kAnswer, 0)) {
    const auto number = number_of<std::uint16_t>(text_of(status->data));
    if (number)
      out["status"] = *number;
    else
      out["status_string"] = bounded(text_of(status->data));
    if (number && *number >= 300 && *number < 400)
      add(out, "redirect", http, BufferId::http_location, kAnswer);
  }
  out["length"] = http.answer_length();
}

Json http_object(const HttpTransaction& http) {
  constexpr auto kRequest = Direction::to_server;
  Json out = Json::object();
  add(out, "hostname", http, BufferId::http_host, kRequest);
  if (const auto raw = http.buffer(BufferId::http_host_raw, kRequest, 0))
    if (const auto port = port_of(text_of(raw->data))) out["http_port"] = *port;
  add(out, "url", http, BufferId::http_uri_raw, kRequest);
  add(out, "http_user_agent", http, BufferId::http_user_agent, kRequest);
  add(out, "http_refer", http, BufferId::http_referer, kRequest);
  add(out, "http_method", http, BufferId::http_method, kRequest);
  add(out, "protocol", http, BufferId::http_protocol, kRequest);
  if (!out.contains("protocol"))
    add(out, "protocol", http, BufferId::http_protocol, Direction::to_client);
  add_http_answer(out, http);
  return out;
}

// 2017-01-04T10:48:43, UTC; empty for a time that no calendar has.
std::string certificate_time(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  std::array<char, 32> text{};
  if (gmtime_r(&time, &parts) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts) == 0)
    return {};
  return text.data();
}

void add_fingerprint(Json& out, const char* name, const TlsTransaction& tls, BufferId hash,
                     BufferId string, Direction direction) {
  Json fingerprint;
  add(fingerprint, "hash", tls, hash, direction);
  add(fingerprint, "string", tls, string, direction);
  if (!fingerprint.empty()) out[name] = std::move(fingerprint);
}

Json tls_object(const TlsTransaction& tls) {
  constexpr auto kClient = Direction::to_server;
  constexpr auto kServer = Direction::to_client;
  Json out = Json::object();
  const auto& shown = tls.certificate(kServer);
  if (shown) {
    out["subject"] = bounded(shown->subject);
    out["issuerdn"] = bounded(shown->issuer);
    out["serial"] = bounded(shown->serial);
    out["fingerprint"] = shown->fingerprint;
  }
  add(out, "sni", tls, BufferId::tls_sni, kClient);
  const auto version = tls.version();
  out["version"] = version.empty()              ? "UNDETERMINED"
                   : version.starts_with("SSL") ? std::string(version)
                                                : "TLS " + std::string(version);
  if (shown) {
    out["notbefore"] = certificate_time(shown->not_before);
    out["notafter"] = certificate_time(shown->not_after);
  }
  add_fingerprint(out, "ja3", tls, BufferId::ja3_hash, BufferId::ja3_string, kClient);
  add_fingerprint(out, "ja3s", tls, BufferId::ja3s_hash, BufferId::ja3s_string, kServer);
  add(out, "ja4", tls.ja4());
  return out;
}

Json ssh_object(const SshTransaction& ssh) {
  Json out = Json::object();
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    const auto& banner = ssh.banners[index(direction)];
    if (!banner) continue;
    auto& side = out[direction == Direction::to_server ? "client" : "server"];
    side["proto_version"] = bounded(banner->proto);
    side["software_version"] = bounded(banner->software);
  }
  return out;
}

// "<a@example.org>" of "FROM:<a@example.org> SIZE=10".
std::string path_of(std::string_view argument) {
  argument.remove_prefix(std::min(argument.find(':') + 1, argument.size()));
  argument.remove_prefix(std::min(argument.find_first_not_of(' '), argument.size()));
  return bounded(argument.substr(0, argument.find(' ')));
}

Json smtp_object(const SmtpTransaction& smtp) {
  Json out = Json::object();
  add(out, "helo", smtp.helo);
  if (!smtp.sender.empty()) out["mail_from"] = path_of(smtp.sender);
  for (const auto& to : smtp.to) out["rcpt_to"].push_back(path_of(to));
  return out;
}

// The port that PORT h1,h2,h3,h4,p1,p2 or EPRT |2|address|port| names (RFC 959, RFC 2428).
std::optional<std::uint16_t> port_of_command(std::string_view verb, std::string_view argument) {
  if (same_word(verb, "EPRT") && argument.size() > 1) {
    const auto last = argument.substr(0, argument.size() - 1);
    return number_of<std::uint16_t>(last.substr(last.rfind(argument.front()) + 1));
  }
  if (!same_word(verb, "PORT")) return std::nullopt;
  const auto comma = argument.rfind(',');
  if (comma == std::string_view::npos || comma == 0) return std::nullopt;
  const auto low = number_of<std::uint8_t>(argument.substr(comma + 1));
  const auto before = argument.rfind(',', comma - 1);
  if (before == std::string_view::npos || !low) return std::nullopt;
  const auto high = number_of<std::uint8_t>(argument.substr(before + 1, comma - before - 1));
  if (!high) return std::nullopt;
  return static_cast<std::uint16_t>(*high << 8U | *low);
}

Json ftp_object(const FtpTransaction& ftp) {
  Json out = Json::object();
  add(out, "command", ftp.verb);
  // A password is nobody's business who reads a log.
  if (!same_word(ftp.verb, "PASS")) add(out, "command_data", ftp.argument);
  for (const auto& [code, text] : ftp.replies) {
    if (code != 0) out["completion_code"].push_back(std::to_string(code));
    out["reply"].push_back(bounded(text));
  }
  if (const auto port = port_of_command(ftp.verb, ftp.argument)) {
    out["dynamic_port"] = *port;
    out["mode"] = "active";
  }
  out["reply_received"] = ftp.replies.empty() ? "no" : "yes";
  return out;
}

std::vector<std::string> one(std::string_view name, const Json& object) {
  if (object.empty()) return {};
  return {member(name, object)};
}

}  // namespace

std::vector<std::string> app_objects(const Transaction& transaction, EveUse use) {
  if (const auto* http = dynamic_cast<const HttpTransaction*>(&transaction))
    return one("http", http_object(*http));
  if (const auto* dns = dynamic_cast<const DnsTransaction*>(&transaction))
    return dns_objects(*dns, use);
  if (const auto* tls = dynamic_cast<const TlsTransaction*>(&transaction))
    return one("tls", tls_object(*tls));
  if (const auto* ssh = dynamic_cast<const SshTransaction*>(&transaction))
    return one("ssh", ssh_object(*ssh));
  if (const auto* smtp = dynamic_cast<const SmtpTransaction*>(&transaction))
    return one("smtp", smtp_object(*smtp));
  if (const auto* ftp = dynamic_cast<const FtpTransaction*>(&transaction))
    return one("ftp", ftp_object(*ftp));
  return {};
}

}  // namespace rampart::sniffer
