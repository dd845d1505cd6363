#include "sniffer/app/tls_parser.h"

#include <algorithm>
#include <utility>

#include "sniffer/app/byte_reader.h"

namespace rampart::sniffer {
namespace {

enum MessageType : std::uint8_t { kClientHello = 1, kServerHello = 2, kCertificate = 11 };
constexpr std::uint8_t kHeartbeatRequest = 1;

}  // namespace

// hot
bool TlsParser::bytes(Direction direction, Bytes bytes, AppSink& sink) {
  auto& side = sides_[index(direction)];
  while (!side.finished) {
    const auto piece = side.records.next(bytes);
    if (!piece) break;
    fragment(direction, *piece, sink);
  }
  if (!side.finished && side.records.error() != TlsRecords::Error::none)
    record_error(direction, side.records.error(), sink);
  // A server that answers in SSL 2.0 has chosen it.
  if (direction == Direction::to_client && side.records.sslv2())
    sides_[0].finished = sides_[1].finished = true;
  return !settle(sink);
}

bool TlsParser::gap(Direction direction, std::uint64_t /*bytes*/, AppSink& sink) {
  auto& side = sides_[index(direction)];
  side.finished = true;
  side.handshake.clear();
  return !settle(sink);
}

void TlsParser::end(Direction direction, AppSink& sink) {
  sides_[index(direction)].finished = true;
  static_cast<void>(settle(sink));
}

std::size_t TlsParser::memory() const {
  return sides_[0].handshake.memory() + sides_[1].handshake.memory() + transaction_.memory();
}

bool TlsParser::settle(AppSink& sink) {
  if (done_) return true;
  if (!sides_[0].finished || !sides_[1].finished) return false;
  done_ = true;
  advance(Direction::to_server, Stage::complete, sink);
  advance(Direction::to_client, Stage::complete, sink);
  sink.on_done(transaction_);
  return true;
}

void TlsParser::advance(Direction direction, Stage stage, AppSink& sink) {
  auto& now = transaction_.stage[index(direction)];
  now = std::max(now, stage);
  sink.on_progress(transaction_, direction);
}

void TlsParser::malformed(Direction direction, AppEvent event, AppSink& sink) {
  sink.on_event(event, direction, &transaction_);
  auto& side = sides_[index(direction)];
  side.finished = true;
  side.handshake.clear();
}

void TlsParser::record_error(Direction direction, TlsRecords::Error error, AppSink& sink) {
  const auto event = error == TlsRecords::Error::type      ? AppEvent::tls_invalid_record_type
                     : error == TlsRecords::Error::version ? AppEvent::tls_invalid_record_version
                                                           : AppEvent::tls_invalid_record_length;
  malformed(direction, event, sink);
}

bool TlsParser::for_show() const {
  const auto& server = transaction_.server();
  if (server) return server->retry || is_tls13(server->negotiated);
  const auto& client = transaction_.client();
  return client && client->offers_tls13();
}

void TlsParser::fragment(Direction direction, const TlsRecords::Fragment& fragment, AppSink& sink) {
  auto& side = sides_[index(direction)];
  switch (fragment.type) {
    case tls_record::kHandshake:
      side.handshake.add(fragment.data);
      while (!side.finished) {
        const auto whole = side.handshake.next();
        if (!whole) return;
        message(direction, *whole, sink);
      }
      return;
    case tls_record::kChangeCipherSpec:
      if (!for_show()) side.finished = true;
      break;
    case tls_record::kApplicationData: side.finished = true; break;
    case tls_record::kHeartbeat: heartbeat(direction, fragment, sink); break;
    default: break;  // alerts say nothing that rules ask for
  }
  if (side.finished) side.handshake.clear();
}

// RFC 6520: a request in the clear that claims more payload than its record holds reads foreign
// memory on servers with that bug.
void TlsParser::heartbeat(Direction direction, const TlsRecords::Fragment& fragment,
                          AppSink& sink) {
  if (!fragment.first || fragment.data.size() < 3) return;
  ByteReader in(fragment.data);
  const auto type = in.u8();
  const std::size_t claimed = in.u16();
  if (type == kHeartbeatRequest && claimed + 3 > fragment.length)
    sink.on_event(AppEvent::tls_overflow_heartbeat, direction, &transaction_);
}

void TlsParser::message(Direction direction, const TlsHandshake::Message& message, AppSink& sink) {
  const bool to_server = direction == Direction::to_server;
  switch (message.type) {
    case kClientHello:
      if (to_server) client_hello(message.body, sink);
      break;
    case kServerHello:
      if (!to_server) server_hello(message.body, sink);
      break;
    case kCertificate: certificates(direction, message.body, sink); break;
    default: break;
  }
}

void TlsParser::client_hello(Bytes body, AppSink& sink) {
  constexpr auto kDirection = Direction::to_server;
  if (transaction_.client()) return;  // after a retry; fingerprints are those of the first
  auto hello = read_client_hello(body);
  if (!hello) {
    malformed(kDirection, AppEvent::tls_handshake_invalid_length, sink);
    return;
  }
  const bool several = hello->several_sni, type = hello->bad_sni_type,
             length = hello->bad_sni_length;
  transaction_.take(*std::move(hello));
  if (several) sink.on_event(AppEvent::tls_multiple_sni_extensions, kDirection, &transaction_);
  if (type) sink.on_event(AppEvent::tls_invalid_sni_type, kDirection, &transaction_);
  if (length) sink.on_event(AppEvent::tls_invalid_sni_length, kDirection, &transaction_);
  advance(kDirection, Stage::headers, sink);
}

void TlsParser::server_hello(Bytes body, AppSink& sink) {
  constexpr auto kDirection = Direction::to_client;
  if (transaction_.server() && !transaction_.server()->retry) return;
  auto hello = read_server_hello(body);
  if (!hello) {
    malformed(kDirection, AppEvent::tls_handshake_invalid_length, sink);
    return;
  }
  const bool retry = hello->retry;
  transaction_.take(*std::move(hello));
  if (!retry) advance(kDirection, Stage::headers, sink);
}

void TlsParser::certificates(Direction direction, Bytes body, AppSink& sink) {
  if (transaction_.buffer(BufferId::tls_certs, direction, 0)) return;  // has shown them
  const auto chain = read_certificate_list(body);
  if (!chain) {
    malformed(direction, AppEvent::tls_handshake_invalid_length, sink);
    return;
  }
  if (!transaction_.take(direction, *chain)) {
    const auto event = has_cut_length(chain->front()) ? AppEvent::tls_certificate_invalid_length
                                                      : AppEvent::tls_invalid_certificate;
    sink.on_event(event, direction, &transaction_);
    sink.on_event(AppEvent::tls_invalid_handshake_message, direction, &transaction_);
  }
  advance(direction, Stage::body, sink);
}

}  // namespace rampart::sniffer
