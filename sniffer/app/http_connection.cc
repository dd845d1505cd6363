#include "sniffer/app/http_connection.h"

#include <htp/htp.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <new>
#include <utility>

#include "sniffer/app/http_config.h"
#include "sniffer/app/http_events.h"

namespace rampart::sniffer {
namespace {

constexpr std::string_view kVersion = "HTTP/";
constexpr std::string_view kOverlong = "Unexpected ";  // what libhtp says of bodies alone
constexpr std::size_t kMostOpen = 256;
constexpr std::size_t kMostIdle = 4;
constexpr std::size_t kMostHeadBytes = 1024 * 1024;
constexpr std::size_t kMostHeld = 64 * 1024;
constexpr std::size_t kMostEarlyEvents = 8;
// libhtp looks through all transactions that a connection ever had when one ends. So its parser is
// made anew where that loses nothing, and, after more of them, also where answers are outstanding.
constexpr std::size_t kRenewAfter = 64;
constexpr std::size_t kRenewAnyway = 8192;

HttpTransaction* transaction_of(htp_tx_t* tx) {
  return tx == nullptr ? nullptr : static_cast<HttpTransaction*>(htp_tx_get_user_data(tx));
}

// Where libhtp put a transaction in the place of a request that was not captured. Its own parsing
// of the requests then waits for one to end that never will.
bool stands_for_request(const htp_tx_t* tx) {
  return tx->request_line == nullptr && tx->request_uri != nullptr;
}

// Whether an answer that must not have a body ends with its fields, which these bytes begin with:
// nothing follows, or the next answer. Some servers send a body nevertheless.
bool ends_with_fields(Bytes bytes) {
  const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  constexpr std::string_view kEnd = "\r\n\r\n";
  const auto end = text.find(kEnd);
  if (end == std::string_view::npos) return false;
  const auto next = text.substr(end + kEnd.size());
  return next.empty() || next.starts_with(kVersion);
}

}  // namespace

void HttpConnection::Destroy::operator()(htp_connp_t* connp) const noexcept {
  htp_connp_destroy_all(connp);
}

HttpConnection::HttpConnection(const HttpOptions& options) : options_(options) { open_parser(); }
HttpConnection::~HttpConnection() = default;

void HttpConnection::open_parser() {
  connp_.reset(htp_connp_create(http_config(options_.decode_bodies)));
  if (!connp_) throw std::bad_alloc();
  htp_connp_set_user_data(connp_.get(), this);
  htp_connp_open(connp_.get(), nullptr, 0, nullptr, 0, nullptr);
}

// hot
bool HttpConnection::bytes(Direction direction, Bytes bytes, AppSink& sink) {
  if (given_up_) return false;
  if (bytes.empty()) return true;
  begin_call(direction, sink);
  if (held_[index(direction)].empty())
    feed(direction, bytes.data(), bytes.size());
  else
    hold(direction, bytes);
  const bool told = given_up_;
  // Either side may have waited for what was just said.
  bool moved = true;
  while (moved && !given_up_) {
    moved = feed_held(reverse(direction));
    moved = feed_held(direction) || moved;
  }
  // Where the tunnel began in what was held, the rest of it is lost.
  if (handover_ && !told) handover_->used = bytes.size();
  return finish_call();
}

bool HttpConnection::gap(Direction direction, std::uint64_t bytes, AppSink& sink) {
  if (given_up_) return false;
  if (bytes == 0) return true;
  begin_call(direction, sink);
  if (held_[index(direction)].empty())
    feed(direction, nullptr, bytes);
  else
    given_up_ = true;
  return finish_call();
}

void HttpConnection::end(Direction direction, AppSink& sink) {
  auto& over = over_[index(direction)];
  if (given_up_ || over) return;
  begin_call(direction, sink);
  over = true;
  // libhtp cannot close the answers alone; it goes on with requests nevertheless.
  if (direction == Direction::to_server)
    htp_connp_req_close(connp_.get(), nullptr);
  else
    htp_connp_close(connp_.get(), nullptr);
  settle(direction);
  finish_call();
  if (over_[index(reverse(direction))]) {
    sink_ = &sink;
    close_all();
  }
}

std::size_t HttpConnection::memory() const {
  // About what libhtp and we have per open transaction, beside its text, which libhtp has twice.
  constexpr std::size_t kPerTransaction = 4096;
  constexpr std::size_t kDecompressor = 48 * 1024;
  const auto* request = body_owners_[index(Direction::to_server)];
  const auto* answer = body_owners_[index(Direction::to_client)];
  std::size_t decompressors = 0;
  if (request != nullptr && request->tx()->request_content_encoding > HTP_COMPRESSION_NONE)
    ++decompressors;
  if (answer != nullptr &&
      answer->tx()->response_content_encoding_processing > HTP_COMPRESSION_NONE)
    ++decompressors;
  return sizeof *this + bodies_[0].memory() + bodies_[1].memory() + held_[0].capacity() +
         held_[1].capacity() + again_.capacity() + open_.size() * kPerTransaction +
         3 * head_bytes_ + decompressors * kDecompressor;
}

const Transaction* HttpConnection::open_transaction(std::uint64_t number) const {
  for (const auto& transaction : open_)
    if (transaction->number == number) return transaction.get();
  return nullptr;
}

void HttpConnection::begin_call(Direction direction, AppSink& sink) {
  sink_ = &sink;
  speaking_ = direction;
}

void HttpConnection::feed(Direction direction, const std::uint8_t* data, std::size_t size) {
  speaking_ = direction;
  input_ = data == nullptr ? Bytes{} : Bytes{data, size};
  message_end_.reset();
  const bool request = direction == Direction::to_server;
  auto* connp = connp_.get();
  const int state = request ? htp_connp_req_data(connp, nullptr, data, size)
                            : htp_connp_res_data(connp, nullptr, data, size);
  const auto tunnel = std::exchange(tunnel_from_, std::nullopt);
  if (state == HTP_STREAM_ERROR || state == HTP_STREAM_STOP) {
    given_up_ = true;
  } else if (state == HTP_STREAM_TUNNEL || tunnel) {
    given_up_ = true;
    if (!upgrade_failed_)
      handover_ = {.to = upgrade_,
                   .used = request ? 0 : tunnel.value_or(size - input_left(direction).size())};
  } else if (state == HTP_STREAM_DATA_OTHER && data != nullptr) {
    hold(direction, input_left(direction));
  }
  input_ = {};
}

void HttpConnection::hold(Direction direction, Bytes bytes) {
  auto& held = held_[index(direction)];
  if (held.size() + bytes.size() > kMostHeld) {
    given_up_ = true;
    return;
  }
  held.insert(held.end(), bytes.begin(), bytes.end());
}

// True where some of it was taken now.
bool HttpConnection::feed_held(Direction direction) {
  auto& held = held_[index(direction)];
  if (held.empty() || given_up_) return false;
  again_.clear();
  again_.swap(held);
  feed(direction, again_.data(), again_.size());
  return held.size() < again_.size();
}

// What each call ends with; false where the flow is given up.
bool HttpConnection::finish_call() {
  tell_bodies();
  tell_interim();
  for (const auto event : early_events_) sink_->on_event(event, speaking_, nullptr);
  early_events_.clear();
  drain_messages();
  if (head_bytes_ > kMostHeadBytes) given_up_ = true;
  if (given_up_) {
    settle(Direction::to_server);
    settle(Direction::to_client);
    close_all();
  } else {
    destroy_ended();
    if (may_renew()) renew_parser();
  }
  sink_ = nullptr;
  return !given_up_;
}

// libhtp keeps its messages for as long as the connection lives; they were told as they came.
void HttpConnection::drain_messages() {
  auto* messages = htp_connp_get_connection(connp_.get())->messages;
  if (htp_list_size(messages) == 0) return;
  htp_connp_clear_error(connp_.get());  // which points to one of them
  while (auto* log = static_cast<htp_log_t*>(htp_list_pop(messages))) {
    std::free(const_cast<char*>(log->msg));  // both are of malloc, as htp_conn_destroy has them
    std::free(log);
  }
}

void HttpConnection::destroy_ended() {
  const auto* in = htp_connp_get_in_tx(connp_.get());
  const auto* out = htp_connp_get_out_tx(connp_.get());
  std::erase_if(ended_, [in, out](htp_tx_t* tx) {
    return tx != in && tx != out && htp_tx_destroy(tx) == HTP_OK;
  });
}

bool HttpConnection::may_renew() const {
  const auto count = htp_list_size(htp_connp_get_connection(connp_.get())->transactions);
  if (count < kRenewAfter || over_[0] || over_[1] || !held_[0].empty() || !held_[1].empty())
    return false;
  const auto* in = htp_connp_get_in_tx(connp_.get());
  if (htp_connp_get_out_tx(connp_.get()) != nullptr || (in != nullptr && !stands_for_request(in)))
    return false;
  return count >= kRenewAnyway || std::all_of(open_.begin(), open_.end(), [](const auto& t) {
           return stands_for_request(t->tx());
         });
}

void HttpConnection::renew_parser() {
  close_all();
  ended_.clear();
  open_parser();
}

void HttpConnection::open_transaction(htp_tx_t* tx) {
  if (open_.size() >= kMostOpen) {
    given_up_ = true;
    return;
  }
  if (idle_.empty()) {
    open_.push_back(std::make_unique<HttpTransaction>());
  } else {
    open_.push_back(std::move(idle_.back()));
    idle_.pop_back();
  }
  auto& transaction = *open_.back();
  transaction.begin(tx, next_number_++);
  htp_tx_set_user_data(tx, &transaction);
  for (const auto event : early_events_) raise(event, &transaction);
  early_events_.clear();
}

HttpBody& HttpConnection::body_of(HttpTransaction& transaction, Direction direction) {
  auto& owner = body_owners_[index(direction)];
  auto& body = bodies_[index(direction)];
  if (owner == &transaction) return body;
  if (owner != nullptr) owner->set_body(direction, nullptr);
  owner = &transaction;
  body.start(direction == Direction::to_server ? options_.request : options_.response);
  transaction.set_body(direction, &body);
  if (direction == Direction::to_client && !transaction.fits_its_range())
    raise(AppEvent::http_range_invalid, &transaction);
  return body;
}

void HttpConnection::advance(HttpTransaction& transaction, Direction direction, Stage stage) {
  auto& reached = transaction.stage[index(direction)];
  if (reached == Stage::complete || (reached == stage && stage != Stage::body)) return;
  reached = std::max(reached, stage);
  if (stage == Stage::complete && body_owners_[index(direction)] == &transaction) {
    bodies_[index(direction)].finish();
    bodies_[index(direction)].offer();
  }
  if (stage == Stage::complete) {
    transaction.behind = behind(direction);
    overlong_[index(direction)] = false;
  }
  sink_->on_progress(transaction, direction);
}

// Once per call, however many pieces a body came in.
void HttpConnection::tell_bodies() {
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    auto* owner = body_owners_[index(direction)];
    if (owner == nullptr || owner->stage[index(direction)] == Stage::complete) continue;
    if (!bodies_[index(direction)].offer()) continue;
    if (direction == Direction::to_server) owner->note_upload();
    advance(*owner, direction, Stage::body);
  }
}

// "100 Continue", which the client waits for; the line of the answer proper takes its place.
void HttpConnection::tell_interim() {
  auto* transaction = transaction_of(htp_connp_get_out_tx(connp_.get()));
  if (transaction != nullptr && transaction->interim())
    advance(*transaction, Direction::to_client, Stage::line);
}

// Nothing more will be known of that direction.
void HttpConnection::settle(Direction direction) {
  for (const auto& transaction : open_) {
    const bool began = transaction->stage[index(direction)] != Stage::none ||
                       body_owners_[index(direction)] == transaction.get();
    if (began) advance(*transaction, direction, Stage::complete);
  }
}

void HttpConnection::raise(AppEvent event, HttpTransaction* transaction) {
  if (transaction != nullptr) {
    if (transaction->add_event(event)) sink_->on_event(event, speaking_, transaction);
  } else if (early_events_.size() < kMostEarlyEvents) {
    early_events_.push_back(event);
  }
}

void HttpConnection::close(HttpTransaction& transaction) {
  sink_->on_done(transaction);
  head_bytes_ -= transaction.head_size();
  htp_tx_set_user_data(transaction.tx(), nullptr);
  for (auto*& owner : body_owners_)
    if (owner == &transaction) owner = nullptr;
  transaction.let_go();
  const auto at = std::find_if(open_.begin(), open_.end(),
                               [&](const auto& t) { return t.get() == &transaction; });
  if (idle_.size() < kMostIdle) idle_.push_back(std::move(*at));
  open_.erase(at);
}

void HttpConnection::close_all() {
  while (!open_.empty()) close(*open_.front());
}

// What libhtp was given and has not read yet.
Bytes HttpConnection::input_left(Direction direction) const {
  const auto taken = direction == Direction::to_server ? htp_connp_req_data_consumed(connp_.get())
                                                       : htp_connp_res_data_consumed(connp_.get());
  return input_.subspan(std::min(taken, input_.size()));
}

// libhtp reads the line that follows a message before it tells that the message is complete.
std::optional<std::uint64_t> HttpConnection::behind(Direction direction) const {
  if (direction != speaking_ || input_.empty() || overlong_[index(direction)]) return std::nullopt;
  if (message_end_) return input_.size() - *message_end_;
  if (input_left(direction).empty()) return 0;
  return std::nullopt;
}

void HttpConnection::on_request_start(htp_tx_t* tx) { open_transaction(tx); }

void HttpConnection::on_response_start(htp_tx_t* tx) {
  if (transaction_of(tx) == nullptr) open_transaction(tx);
  // Junk is a request of HTTP/0.9 as well, but a server that says HTTP/1 understood more.
  const auto rest = input_left(Direction::to_client);
  if (tx->is_protocol_0_9 != 0 && rest.size() >= kVersion.size() &&
      std::equal(kVersion.begin(), kVersion.end(), rest.begin()))
    tx->is_protocol_0_9 = 0;
}

void HttpConnection::on_line(htp_tx_t* tx, Direction direction) {
  auto* transaction = transaction_of(tx);
  if (transaction == nullptr) return;
  const auto* line = direction == Direction::to_server ? tx->request_line : tx->response_line;
  if (line != nullptr) {
    transaction->add_line(bstr_len(line));
    head_bytes_ += bstr_len(line);
  }
  if (direction == Direction::to_client) {
    const auto status = tx->response_status_number;
    if (status == 100) return;  // its line is shown where no other follows at once
    // Such an answer has no body, whatever length it announces (RFC 9112, section 6.3). libhtp
    // waits for one, but not where the request was a HEAD.
    if ((status == 204 || status == 304) && ends_with_fields(input_left(direction))) {
      method_before_ = tx->request_method_number;
      tx->request_method_number = HTP_M_HEAD;
    }
  }
  advance(*transaction, direction, Stage::line);
}

void HttpConnection::on_head_bytes(htp_tx_t* tx, Direction direction, Bytes bytes, bool last) {
  auto* transaction = transaction_of(tx);
  if (transaction == nullptr) return;
  head_bytes_ -= transaction->head_size();
  transaction->add_head(direction, bytes, last);
  head_bytes_ += transaction->head_size();
}

void HttpConnection::on_headers(htp_tx_t* tx, Direction direction) {
  auto* transaction = transaction_of(tx);
  if (transaction == nullptr) return;
  message_end_ = input_.size() - input_left(direction).size();
  if (direction == Direction::to_server) {
    for (const auto& [flag, event] : http_flag_events())
      if ((tx->flags & flag) != 0) raise(event, transaction);
    if (tx->request_auth_type == HTP_AUTH_UNRECOGNIZED)
      raise(AppEvent::http_request_auth_unrecognized, transaction);
  } else {
    if (method_before_ != kNoMethod) {
      tx->request_method_number = static_cast<htp_method_t>(method_before_);
      method_before_ = kNoMethod;
    }
    if (tx->response_status_number == 101) upgrade(*tx, *transaction);
    // libhtp waits for a line's end to see what follows. Where the client did not wait for the
    // answer it looks at what is the tunnel's, and goes on where that is HTTP.
    if (tx->request_method_number == HTP_M_CONNECT && tx->response_status_number / 100 == 2 &&
        held_[index(Direction::to_server)].empty())
      tunnel_from_ = input_.size() - input_left(direction).size();
  }
  advance(*transaction, direction, Stage::headers);
}

void HttpConnection::upgrade(const htp_tx_t& tx, HttpTransaction& transaction) {
  constexpr std::string_view kHttp2 = "h2c";  // RFC 7540, section 3.2
  const auto* field =
      static_cast<const htp_header_t*>(htp_table_get_c(tx.response_headers, "upgrade"));
  if (field == nullptr || field->value == nullptr) return;
  const auto* value = bstr_ptr(field->value);
  if (std::string_view(reinterpret_cast<const char*>(value), bstr_len(field->value)) == kHttp2)
    upgrade_ = AppProto::http2;
  if (!options_.changed || tx.request_line != nullptr) return;
  upgrade_failed_ = true;
  raise(AppEvent::http_failed_protocol_change, &transaction);
}

// hot
void HttpConnection::on_body_bytes(htp_tx_t* tx, Direction direction, Bytes bytes) {
  auto* transaction = transaction_of(tx);
  if (transaction == nullptr || (direction == Direction::to_server && stands_for_request(tx)))
    return;
  if (tunnel_from_) return;
  // What was decompressed lies elsewhere, and chunks say nothing of the last one.
  message_end_.reset();
  const bool to_server = direction == Direction::to_server;
  const auto coding = to_server ? tx->request_transfer_coding : tx->response_transfer_coding;
  const std::less_equal<const std::uint8_t*> before;
  const auto* end = bytes.data() + bytes.size();
  if (coding != HTP_CODING_CHUNKED && before(input_.data(), bytes.data()) &&
      before(end, input_.data() + input_.size()))
    message_end_ = static_cast<std::size_t>(end - input_.data());
  body_of(*transaction, direction).append(bytes);
}

void HttpConnection::on_body_gap(htp_tx_t* tx, Direction direction, std::uint64_t bytes) {
  if (auto* transaction = transaction_of(tx)) body_of(*transaction, direction).gap(bytes);
}

void HttpConnection::on_complete(htp_tx_t* tx, Direction direction) {
  auto* transaction = transaction_of(tx);
  if (transaction == nullptr || (direction == Direction::to_server && stands_for_request(tx)))
    return;
  advance(*transaction, direction, Stage::complete);
}

void HttpConnection::on_transaction_complete(htp_tx_t* tx) {
  auto* transaction = transaction_of(tx);
  if (transaction == nullptr) return;
  close(*transaction);
  ended_.push_back(tx);
}

void HttpConnection::on_message(std::string_view message, bool error) {
  if (message.starts_with(kOverlong)) overlong_[index(speaking_)] = true;
  const auto event = http_event_of(message, error, speaking_);
  if (!event || tunnel_from_) return;  // libhtp knows of no tunnel yet
  // A rest without a line's end, of a connection that ends: nobody looks for a request there.
  if (*event == AppEvent::http_request_body_unexpected && over_[index(speaking_)]) return;
  auto* tx = speaking_ == Direction::to_server ? htp_connp_get_in_tx(connp_.get())
                                               : htp_connp_get_out_tx(connp_.get());
  raise(*event, transaction_of(tx));
}

}  // namespace rampart::sniffer
