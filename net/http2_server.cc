#include <fmt/core.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/assert.h"
#include "net/http2_session.h"
#include "net/http_server_protocol.h"
#include "net/loop.h"
#include "net/tcp_stream.h"

namespace rampart::net {
namespace {

constexpr std::uint32_t kMaxStreams = 128;
constexpr std::int32_t kStreamWindow = 1 << 20;  // bodies are counted, not kept
constexpr std::int32_t kWindow = 1 << 24;
constexpr std::size_t kMostHeld = 1 << 18;  // of all requests before they are handed out

std::string_view view(const std::uint8_t* at, std::size_t size) {
  return {reinterpret_cast<const char*>(at), size};
}

}  // namespace

// One client. Requests that came in one read are handed out after it, in order of their ends, and
// all replies of a turn leave in one write. While much is unsent, requests wait and nothing is
// read.
class HttpServer::Http2 final : public Protocol, private Deferred {
 public:
  explicit Http2(const Client& client);
  ~Http2() override {
    session_->abandon();
    if (alive_ != nullptr) *alive_ = false;
  }
  Http2(const Http2&) = delete;
  Http2& operator=(const Http2&) = delete;

  void on_data(std::span<const char> bytes) override;
  void on_drained() override { go_on(); }
  [[nodiscard]] bool waits_for(std::uint32_t request) const override;
  [[nodiscard]] std::vector<std::uint32_t> waiting() const override;
  [[nodiscard]] Turn turn() const override;
  [[nodiscard]] std::size_t unsent() const override { return client_.stream.queued() + unsent_; }
  void reply(std::uint32_t request, const Reply& reply) override;
  void drop(std::uint32_t request) override;
  void go_away() override;

 private:
  struct Callbacks;
  struct Exchange {  // one per stream
    std::string method;
    std::string path;
    Fields fields;
    std::size_t held = 0;    // bytes of these, until it is handed out or refused
    std::size_t header = 0;  // with what its fields cost
    std::size_t body = 0;
    std::uint16_t refusal = 0;  // the status to refuse with
    bool expects_continue = false;
    bool waiting = false;     // the request is complete, and not answered
    bool handed_out = false;  // the handler knows of it
    bool answered = false;
    bool head = false;
    bool cut = false;
    SharedBody out;
    std::size_t sent = 0;
  };

  void before_wait() override { go_on(); }
  [[nodiscard]] ExchangeId id_of(std::int32_t stream) const {
    return static_cast<ExchangeId>(client_.number) << 32 | static_cast<std::uint32_t>(stream);
  }
  Exchange* find(std::int32_t stream);
  void keep(Exchange& exchange, std::string_view name, std::string_view value);
  void release(Exchange& exchange);
  void go_on();
  bool hand_out();
  void respond(std::int32_t stream, Exchange& exchange, const Reply& reply);
  void refuse(std::int32_t stream, Exchange& exchange, std::uint16_t status) {
    respond(stream, exchange, {.status = status, .content_type = {}, .body = {}});
  }
  void end();

  const Client client_;
  std::shared_ptr<Http2Session> session_;  // shared with the call that runs, see Http2Session
  std::unordered_map<std::int32_t, Exchange> exchanges_;
  std::deque<std::int32_t> ready_;  // complete requests, some of them perhaps gone
  std::size_t held_ = 0;            // of their headers
  std::size_t unsent_ = 0;          // of the bodies of replies
  std::size_t discarded_ = 0;       // read after the end
  bool paused_ = false;
  bool closing_ = false;
  bool* alive_ = nullptr;  // set while hand_out() runs
};

struct HttpServer::Http2::Callbacks {
  static Http2* of(void* user) { return static_cast<Http2*>(user); }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (user != nullptr && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
      of(user)->exchanges_.try_emplace(frame->hd.stream_id);
    return 0;
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name_at,
                    std::size_t name_size, const std::uint8_t* value_at, std::size_t value_size,
                    std::uint8_t, void* user) {
    auto* const exchange = user != nullptr ? of(user)->find(frame->hd.stream_id) : nullptr;
    if (exchange == nullptr) return 0;
    const auto name = view(name_at, name_size);
    const auto value = view(value_at, value_size);
    exchange->header += name_size + value_size + kFieldCost;
    if (exchange->header > kMaxHeader) exchange->refusal = 431;
    if (name == ":path" && value_size > kMaxPath) exchange->refusal = 414;
    if (exchange->refusal == 0 && name == "expect")
      exchange->expects_continue = value == "100-continue";
    if (exchange->refusal == 0 && name == "content-length" && exceeds_body(std::string(value)))
      exchange->refusal = 413;
    if (exchange->refusal == 0 && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
      of(user)->keep(*exchange, name, value);
    if (exchange->refusal != 0) of(user)->release(*exchange);
    return 0;
  }

  // Of digits only: nghttp2 has looked.
  static bool exceeds_body(const std::string& length) {
    return length.size() > 15 || std::stoull(length) > kMaxBody;
  }

  // What follows an early answer is thrown away for a while, for not every client takes a reset
  // right behind the answer in good part; then the stream is reset (RFC 9113, 8.1).
  static int data(nghttp2_session* native, std::uint8_t, std::int32_t stream, const std::uint8_t*,
                  std::size_t size, void* user) {
    auto* const self = of(user);
    auto* const exchange = self != nullptr ? self->find(stream) : nullptr;
    if (exchange == nullptr) return 0;
    exchange->body += size;
    if (!exchange->answered && exchange->body > kMaxBody) self->refuse(stream, *exchange, 413);
    if (exchange->answered && exchange->body > kMaxDiscarded && !std::exchange(exchange->cut, true))
      nghttp2_submit_rst_stream(native, NGHTTP2_FLAG_NONE, stream, NGHTTP2_NO_ERROR);
    return 0;
  }

  static int frame_received(nghttp2_session* native, const nghttp2_frame* frame, void* user) {
    auto* const self = of(user);
    if (self == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_GOAWAY) self->session_->leave();
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    const auto stream = frame->hd.stream_id;
    auto* const exchange = self->find(stream);
    if (exchange == nullptr || exchange->answered) return 0;
    if (exchange->refusal == 0 && exchange->path.empty()) exchange->refusal = 400;  // CONNECT
    if (exchange->refusal != 0) {
      self->refuse(stream, *exchange, exchange->refusal);
      return 0;
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      exchange->waiting = true;
      self->ready_.push_back(stream);
    } else if (std::exchange(exchange->expects_continue, false)) {
      const auto field = make_field(":status", "100");
      nghttp2_submit_headers(native, NGHTTP2_FLAG_NONE, stream, nullptr, &field, 1, nullptr);
    }
    return 0;
  }

  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (user != nullptr && frame->hd.type == NGHTTP2_GOAWAY) of(user)->session_->leave();
    return 0;
  }

  static int stream_closed(nghttp2_session*, std::int32_t stream, std::uint32_t, void* user) {
    auto* const self = of(user);
    auto* const exchange = self != nullptr ? self->find(stream) : nullptr;
    if (exchange == nullptr) return 0;
    self->release(*exchange);
    if (exchange->out != nullptr) self->unsent_ -= exchange->out->size() - exchange->sent;
    const bool taken_back = exchange->waiting && exchange->handed_out;
    self->exchanges_.erase(stream);
    if (taken_back) self->client_.settle();
    if (taken_back) self->client_.server.handler_.on_gone(self->id_of(stream));
    return 0;
  }

  static ssize_t read_body(nghttp2_session*, std::int32_t stream, std::uint8_t* to,
                           std::size_t size, std::uint32_t* flags, nghttp2_data_source*,
                           void* user) {
    auto* const self = of(user);
    auto* const exchange = self != nullptr ? self->find(stream) : nullptr;
    if (exchange == nullptr) return NGHTTP2_ERR_DEFERRED;
    const auto& body = *exchange->out;
    const auto n = body.copy(reinterpret_cast<char*>(to), size, exchange->sent);
    exchange->sent += n;
    self->unsent_ -= n;
    if (exchange->sent == body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(n);
  }

  // The text must outlive the call that the field is for, which copies it.
  static nghttp2_nv make_field(std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view text) {
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  }

  static nghttp2_session_callbacks* all() {
    nghttp2_session_callbacks* callbacks = nullptr;
    RAMPART_ASSERT(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
    return callbacks;
  }
};

HttpServer::Http2::Http2(const Client& client)
    : client_(client),
      session_(std::make_shared<Http2Session>(Http2Session::Side::server, Callbacks::all(), this)) {
  const std::array<nghttp2_settings_entry, 3> settings = {{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxStreams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeader},
  }};
  auto* native = session_->native();
  nghttp2_submit_settings(native, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(native, NGHTTP2_FLAG_NONE, 0, kWindow);
  client_.tcp.loop().before_wait(*this);
}

HttpServer::Http2::Exchange* HttpServer::Http2::find(std::int32_t stream) {
  const auto found = exchanges_.find(stream);
  return found == exchanges_.end() ? nullptr : &found->second;
}

void HttpServer::Http2::keep(Exchange& exchange, std::string_view name, std::string_view value) {
  if (name == ":method")
    exchange.method = value;
  else if (name == ":path")
    exchange.path = value;
  else if (exchange.fields.begin(client_.server.options_, name))
    exchange.fields.value(value);
  else
    return;
  exchange.held += value.size();
  held_ += value.size();
  if (held_ > kMostHeld) exchange.refusal = 431;
}

// Nobody will look at them any more, or somebody has taken them.
void HttpServer::Http2::release(Exchange& exchange) {
  exchange.method = {};
  exchange.path = {};
  exchange.fields = {};
  held_ -= std::exchange(exchange.held, 0);
}

void HttpServer::Http2::on_data(std::span<const char> bytes) {
  if (closing_) {
    discarded_ += bytes.size();
    if (discarded_ > kMaxDiscarded) client_.remove();
    return;
  }
  const auto session = session_;
  switch (session->receive(bytes)) {
    case Http2Session::Outcome::done: go_on(); break;
    case Http2Session::Outcome::over: end(); break;
    case Http2Session::Outcome::abandoned: break;
  }
}

// Hands out what may be handed out, sends what there is, and reads on or does not.
void HttpServer::Http2::go_on() {
  if (closing_ || alive_ != nullptr) return;  // where set, the caller above goes on
  const auto session = session_;
  for (bool more = true; more;) {
    if (!hand_out()) return;
    if (session->send(client_.tcp.loop(), client_.stream) == Http2Session::Outcome::over) {
      end();
      return;
    }
    more = !ready_.empty() && unsent_ <= kMaxQueued;
  }
  const bool full = client_.stream.queued() > kMaxQueued;
  if (full && !std::exchange(paused_, true)) client_.tcp.pause();
  if (!full && std::exchange(paused_, false)) client_.tcp.resume();
}

// False where the handler's call destroyed this.
bool HttpServer::Http2::hand_out() {
  bool alive = true;
  alive_ = &alive;
  while (!ready_.empty() && unsent_ <= kMaxQueued) {
    const auto stream = ready_.front();
    ready_.pop_front();
    auto* exchange = find(stream);
    if (exchange == nullptr || !exchange->waiting) continue;
    // The handler may answer, which ends the exchange, and still look at them.
    const std::string method = std::move(exchange->method);
    const std::string path = std::move(exchange->path);
    const auto fields = std::move(exchange->fields);
    const auto views = fields.views();
    release(*exchange);
    exchange->head = method == "HEAD";
    exchange->handed_out = true;
    ++handed_out_;
    client_.server.handler_.on_request(id_of(stream), {method, path, views});
    if (!alive) return false;
  }
  alive_ = nullptr;
  return true;
}

bool HttpServer::Http2::waits_for(std::uint32_t request) const {
  const auto found = exchanges_.find(static_cast<std::int32_t>(request));
  return found != exchanges_.end() && found->second.waiting;
}

std::vector<std::uint32_t> HttpServer::Http2::waiting() const {
  std::vector<std::uint32_t> out;
  for (const auto& [stream, exchange] : exchanges_)
    if (exchange.waiting && exchange.handed_out) out.push_back(static_cast<std::uint32_t>(stream));
  return out;
}

HttpServer::Protocol::Turn HttpServer::Http2::turn() const {
  const bool handler = std::any_of(exchanges_.begin(), exchanges_.end(),
                                   [](const auto& entry) { return entry.second.waiting; });
  if (handler) return Turn::handler;
  const bool client = closing_ || !exchanges_.empty() || client_.stream.queued() > 0;
  return client ? Turn::client : Turn::nobody;
}

void HttpServer::Http2::reply(std::uint32_t request, const Reply& reply) {
  const auto stream = static_cast<std::int32_t>(request);
  respond(stream, *find(stream), reply);
  if (reply.close)
    nghttp2_submit_goaway(session_->native(), NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(session_->native()),
                          NGHTTP2_NO_ERROR, nullptr, 0);
  client_.tcp.loop().before_wait(*this);
}

void HttpServer::Http2::respond(std::int32_t stream, Exchange& exchange, const Reply& reply) {
  exchange.waiting = false;
  exchange.answered = true;
  release(exchange);
  const auto status_text = fmt::format("{}", reply.status);
  const auto length = fmt::format("{}", reply.body.size());
  const bool bodiless = reply.status < 200 || reply.status == 204 || reply.status == 304;
  std::array<nghttp2_nv, 3 + kMostReplyFields> fields{
      Callbacks::make_field(":status", status_text)};
  std::size_t count = 1;
  if (!bodiless && !reply.content_type.empty())
    fields[count++] = Callbacks::make_field("content-type", reply.content_type);
  if (!bodiless) fields[count++] = Callbacks::make_field("content-length", length);
  RAMPART_ASSERT(reply.fields.size() <= kMostReplyFields);
  for (const auto& field : reply.fields)
    fields[count++] = Callbacks::make_field(field.name, field.value);
  const nghttp2_data_provider source{{.ptr = nullptr}, Callbacks::read_body};
  const bool with_body = !bodiless && !reply.body.empty() && !exchange.head;
  if (with_body) {
    exchange.out = client_.server.share(reply.body);
    unsent_ += reply.body.size();
  }
  nghttp2_submit_response(session_->native(), stream, fields.data(), count,
                          with_body ? &source : nullptr);
}

void HttpServer::Http2::drop(std::uint32_t request) {
  const auto stream = static_cast<std::int32_t>(request);
  find(stream)->waiting = false;
  nghttp2_submit_rst_stream(session_->native(), NGHTTP2_FLAG_NONE, stream, NGHTTP2_INTERNAL_ERROR);
  client_.tcp.loop().before_wait(*this);
}

void HttpServer::Http2::go_away() {
  if (closing_ || session_->running()) return;
  nghttp2_session_terminate_session(session_->native(), NGHTTP2_NO_ERROR);
  session_->send(client_.tcp.loop(), client_.stream);
}

// As in HTTP/1.1: FIN, and what comes until the client closes too is thrown away.
void HttpServer::Http2::end() {
  const auto gone = waiting();
  closing_ = true;
  for (auto& [stream, exchange] : exchanges_) exchange.waiting = false;
  for (const auto request : gone)
    client_.server.handler_.on_gone(id_of(static_cast<std::int32_t>(request)));
  client_.stream.shutdown();
  if (std::exchange(paused_, false)) client_.tcp.resume();
}

std::unique_ptr<HttpServer::Protocol> HttpServer::Protocol::http2(const Client& client) {
  return std::make_unique<Http2>(client);
}

}  // namespace rampart::net
