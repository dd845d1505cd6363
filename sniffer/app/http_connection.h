#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "sniffer/app/http_body.h"
#include "sniffer/app/http_parser.h"
#include "sniffer/app/http_transaction.h"

struct htp_connp_t;

namespace rampart::sniffer {

// One flow's libhtp parser and its transactions. libhtp calls the on_* from inside bytes(), gap()
// and end(), where they hand on what became known to the AppSink of that call.
class HttpConnection final : public AppParser {
 public:
  explicit HttpConnection(const HttpOptions& options);
  ~HttpConnection() override;
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  bool bytes(Direction direction, Bytes bytes, AppSink& sink) override;
  bool gap(Direction direction, std::uint64_t bytes, AppSink& sink) override;
  void end(Direction direction, AppSink& sink) override;
  [[nodiscard]] std::optional<Handover> handover() const override { return handover_; }
  [[nodiscard]] std::size_t memory() const override;
  [[nodiscard]] const Transaction* open_transaction(std::uint64_t number) const override;

  void on_request_start(htp_tx_t* tx);
  void on_response_start(htp_tx_t* tx);
  void on_line(htp_tx_t* tx, Direction direction);
  void on_head_bytes(htp_tx_t* tx, Direction direction, Bytes bytes, bool last);
  void on_headers(htp_tx_t* tx, Direction direction);
  void on_body_bytes(htp_tx_t* tx, Direction direction, Bytes bytes);
  void on_body_gap(htp_tx_t* tx, Direction direction, std::uint64_t bytes);
  void on_complete(htp_tx_t* tx, Direction direction);
  void on_transaction_complete(htp_tx_t* tx);
  void on_message(std::string_view message, bool error);

 private:
  static constexpr int kNoMethod = -1;
  struct Destroy {
    void operator()(htp_connp_t* connp) const noexcept;
  };

  void open_parser();
  void begin_call(Direction direction, AppSink& sink);
  // `data` is null for a gap.
  void feed(Direction direction, const std::uint8_t* data, std::size_t size);
  void hold(Direction direction, Bytes bytes);
  bool feed_held(Direction direction);
  bool finish_call();
  void drain_messages();
  void destroy_ended();
  void renew_parser();
  [[nodiscard]] bool may_renew() const;
  [[nodiscard]] Bytes input_left(Direction direction) const;
  [[nodiscard]] std::optional<std::uint64_t> behind(Direction direction) const;

  void open_transaction(htp_tx_t* tx);
  HttpBody& body_of(HttpTransaction& transaction, Direction direction);
  void advance(HttpTransaction& transaction, Direction direction, Stage stage);
  void tell_bodies();
  void tell_interim();
  void settle(Direction direction);
  void raise(AppEvent event, HttpTransaction* transaction);
  void upgrade(const htp_tx_t& tx, HttpTransaction& transaction);
  void close(HttpTransaction& transaction);
  void close_all();

  const HttpOptions options_;
  std::unique_ptr<htp_connp_t, Destroy> connp_;
  std::vector<std::unique_ptr<HttpTransaction>> open_;
  std::vector<std::unique_ptr<HttpTransaction>> idle_;  // to be used again
  std::vector<htp_tx_t*> ended_;  // to be destroyed when libhtp let go of them
  std::uint64_t next_number_ = 0;
  std::size_t head_bytes_ = 0;  // of open transactions

  // By Direction.
  std::array<HttpBody, 2> bodies_;
  std::array<HttpTransaction*, 2> body_owners_{};
  std::array<std::vector<std::uint8_t>, 2> held_;  // not taken before the other side has spoken
  std::array<bool, 2> over_{};
  std::array<bool, 2> overlong_{};  // libhtp took for a body what may be the next message

  std::vector<std::uint8_t> again_;  // what was held, while it is fed
  std::optional<Handover> handover_;
  AppProto upgrade_ = AppProto::unknown;  // what a 101 answer names
  bool upgrade_failed_ = false;
  bool given_up_ = false;

  // During a call.
  std::vector<AppEvent> early_events_;  // of a transaction that is not open yet
  AppSink* sink_ = nullptr;
  Bytes input_;                             // what libhtp was given; empty for a gap
  std::optional<std::size_t> tunnel_from_;  // where in the input the answer to CONNECT ends
  std::optional<std::size_t> message_end_;  // where in the input it ends, as far as it is known
  int method_before_ = kNoMethod;  // of a request that libhtp takes for a HEAD, htp_method_t
  Direction speaking_ = Direction::to_server;
};

}  // namespace rampart::sniffer
