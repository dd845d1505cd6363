#include "sniffer/app/http_config.h"

#include <htp/htp.h>

#include <new>

#include "sniffer/app/http_connection.h"

namespace rampart::sniffer {
namespace {

constexpr std::size_t kLongestLine = 18'000;
constexpr std::size_t kBombFrom = 1024 * 1024;  // decompressed, where the ratio is beyond libhtp's
constexpr std::size_t kBombMicroseconds = 100'000;
constexpr int kLayers = 3;

// hot: from here on what libhtp calls.
HttpConnection& connection_of(const htp_connp_t* connp) {
  return *static_cast<HttpConnection*>(htp_connp_get_user_data(connp));
}

template <void (HttpConnection::*on)(htp_tx_t*)>
int on_transaction(htp_tx_t* tx) noexcept {
  (connection_of(tx->connp).*on)(tx);
  return HTP_OK;
}

template <void (HttpConnection::*on)(htp_tx_t*, Direction), Direction direction>
int on_stage(htp_tx_t* tx) noexcept {
  (connection_of(tx->connp).*on)(tx, direction);
  return HTP_OK;
}

template <Direction direction>
int on_head(htp_tx_data_t* d) noexcept {
  connection_of(d->tx->connp).on_head_bytes(d->tx, direction, {d->data, d->len}, d->is_last != 0);
  return HTP_OK;
}

// Without data: a gap of that length, or the end of the body, which other hooks tell.
template <Direction direction>
int on_body(htp_tx_data_t* d) noexcept {
  auto& connection = connection_of(d->tx->connp);
  if (d->len == 0) return HTP_OK;
  if (d->data == nullptr)
    connection.on_body_gap(d->tx, direction, d->len);
  else
    connection.on_body_bytes(d->tx, direction, {d->data, d->len});
  return HTP_OK;
}

// The path is decoded already; a '+' of the query stays what it is.
int on_uri(htp_tx_t* tx) noexcept {
  std::uint64_t flags = 0;
  if (tx->parsed_uri != nullptr && tx->parsed_uri->query != nullptr)
    htp_urldecode_inplace(tx->cfg, HTP_DECODER_URLENCODED, tx->parsed_uri->query, &flags);
  return HTP_OK;
}

int on_log(htp_log_t* log) noexcept {
  connection_of(log->connp).on_message(log->msg, log->level == HTP_LOG_ERROR);
  return HTP_OK;
}

void register_hooks(htp_cfg_t* cfg) {
  constexpr auto kRequest = Direction::to_server;
  constexpr auto kResponse = Direction::to_client;
  using C = HttpConnection;
  htp_config_register_request_start(cfg, on_transaction<&C::on_request_start>);
  htp_config_register_request_uri_normalize(cfg, on_uri);
  htp_config_register_request_line(cfg, on_stage<&C::on_line, kRequest>);
  htp_config_register_request_header_data(cfg, on_head<kRequest>);
  htp_config_register_request_headers(cfg, on_stage<&C::on_headers, kRequest>);
  htp_config_register_request_body_data(cfg, on_body<kRequest>);
  htp_config_register_request_complete(cfg, on_stage<&C::on_complete, kRequest>);
  htp_config_register_response_start(cfg, on_transaction<&C::on_response_start>);
  htp_config_register_response_line(cfg, on_stage<&C::on_line, kResponse>);
  htp_config_register_response_header_data(cfg, on_head<kResponse>);
  htp_config_register_response_headers(cfg, on_stage<&C::on_headers, kResponse>);
  htp_config_register_response_body_data(cfg, on_body<kResponse>);
  htp_config_register_response_complete(cfg, on_stage<&C::on_complete, kResponse>);
  htp_config_register_transaction_complete(cfg, on_transaction<&C::on_transaction_complete>);
  htp_config_register_log(cfg, on_log);
}

htp_cfg_t* make_config(bool decode_bodies) {
  auto* cfg = htp_config_create();
  if (cfg == nullptr) throw std::bad_alloc();
  htp_config_set_server_personality(cfg, HTP_SERVER_IDS);
  // Rules tell upper from lower case themselves.
  htp_config_set_convert_lowercase(cfg, HTP_DECODER_URL_PATH, 0);
  htp_config_set_plusspace_decode(cfg, HTP_DECODER_URLENCODED, 0);
  htp_config_set_parse_request_cookies(cfg, 0);
  htp_config_set_field_limits(cfg, kLongestLine / 2, kLongestLine);
  htp_config_set_request_decompression(cfg, decode_bodies ? 1 : 0);
  htp_config_set_response_decompression(cfg, decode_bodies ? 1 : 0);
  htp_config_set_response_decompression_layer_limit(cfg, kLayers);
  htp_config_set_lzma_layers(cfg, 0);
  htp_config_set_compression_bomb_limit(cfg, kBombFrom);
  htp_config_set_compression_time_limit(cfg, kBombMicroseconds);
  register_hooks(cfg);
  return cfg;
}

}  // namespace

htp_cfg_t* http_config(bool decode_bodies) {
  // For the life of the process.
  static htp_cfg_t* const decoding = make_config(true);
  static htp_cfg_t* const plain = make_config(false);
  return decode_bodies ? decoding : plain;
}

}  // namespace rampart::sniffer
