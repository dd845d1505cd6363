#include "net/http2_client.h"

#include <fmt/core.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/assert.h"
#include "base/reuse.h"
#include "net/http2_session.h"
#include "net/tcp_stream.h"
#include "net/tls.h"

namespace rampart::net {
namespace {

constexpr std::int32_t kWindow = (1 << 30) - 1;  // so large that no body waits for it
constexpr std::size_t kMaxHeader = 80 * 1024;    // of one reply, decoded
// The ids of a connection end at 2^31 - 1; the rest is for what is sent before the owner notices.
constexpr std::int32_t kLastStream = 0x7fff0000;

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// RFC 9113, 8.2.2.
bool is_connection_specific(std::string_view name, std::string_view value) {
  constexpr std::string_view kNames[] = {"connection", "keep-alive", "proxy-connection",
                                         "transfer-encoding", "upgrade"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) ||
         (name == "te" && value != "trailers");
}

}  // namespace

struct Http2Request::Block {
  std::string text;  // names and values, one after the other
  std::vector<nghttp2_nv> fields;
  std::string body;
};

Http2Request::Http2Request() : block_(std::make_unique<Block>()) {}

Http2Request::Http2Request(Head head, std::string body) : Http2Request() {
  for (const auto& [name, value] : fields_of(std::move(head), !body.empty())) add(name, value);
  finish(body);
}

Http2Request::Fields Http2Request::fields_of(Head head, bool has_body) {
  Fields rest;
  for (auto& [name, value] : head.headers) {
    auto field = lower(std::move(name));
    if (field == "host")
      head.authority = std::move(value);
    else if (!is_connection_specific(field, value) && (!has_body || field != "content-length"))
      rest.emplace_back(std::move(field), std::move(value));
  }
  Fields all = {
      {":method", std::move(head.method)},
      {":scheme", std::move(head.scheme)},
      {":authority", std::move(head.authority)},
      {":path", std::move(head.path)},
  };
  std::move(rest.begin(), rest.end(), std::back_inserter(all));
  return all;
}

void Http2Request::clear() {
  base::empty_out(block_->text);
  block_->fields.clear();
  base::empty_out(block_->body);
}

void Http2Request::add(std::string_view name, std::string_view value) {
  constexpr std::uint8_t kFlags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  block_->text.append(name).append(value);
  block_->fields.push_back({nullptr, nullptr, name.size(), value.size(), kFlags});
}

void Http2Request::finish(std::string_view body) {
  block_->body = body;
  if (!body.empty()) {
    std::array<char, 20> digits{};
    const auto* end = std::to_chars(digits.data(), digits.data() + digits.size(), body.size()).ptr;
    add("content-length", {digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  auto* at = reinterpret_cast<std::uint8_t*>(block_->text.data());
  for (auto& field : block_->fields) {
    field.name = at;
    field.value = at + field.namelen;
    at += field.namelen + field.valuelen;
  }
}

std::uint64_t Http2Request::size() const { return block_->text.size() + block_->body.size(); }

Http2Request::Http2Request(Http2Request&&) noexcept = default;
Http2Request& Http2Request::operator=(Http2Request&&) noexcept = default;
Http2Request::~Http2Request() = default;

struct Http2Client::Callbacks {
  // Null where the client is gone.
  static Http2Client* of(void* user) { return static_cast<Http2Client*>(user); }

  // hot
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user) {
    auto* const self = of(user);
    if (self == nullptr) return 0;
    auto* const exchange = self->find(frame->hd.stream_id);
    if (exchange == nullptr) return 0;
    exchange->header += name_size + value_size;
    if (exchange->header > kMaxHeader) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (name_size == 7 && name[0] == ':') {  // :status, of three digits: nghttp2 has looked
      exchange->status = static_cast<std::uint16_t>((value[0] - '0') * 100 + (value[1] - '0') * 10 +
                                                    (value[2] - '0'));
      exchange->in_header = exchange->status >= 200;
      return 0;
    }
    if (!exchange->observe || exchange->cancelled || exchange->status < 200) return 0;
    const auto& session = *self->session_;
    const std::string_view field(reinterpret_cast<const char*>(name), name_size);
    const std::string_view content(reinterpret_cast<const char*>(value), value_size);
    if (exchange->in_header)
      self->listener_.on_header(exchange->tag, field, content);
    else
      self->listener_.on_trailer(exchange->tag, field, content);
    return session.verdict();
  }

  static int data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* bytes,
                  std::size_t size, void* user) {
    auto* const self = of(user);
    if (self == nullptr) return 0;
    auto* const exchange = self->find(stream);
    if (exchange == nullptr || !exchange->observe || exchange->cancelled) return 0;
    const auto& session = *self->session_;
    self->listener_.on_body(exchange->tag, {reinterpret_cast<const char*>(bytes), size});
    return session.verdict();
  }

  // hot
  static int frame_received(nghttp2_session* native, const nghttp2_frame* frame, void* user) {
    auto* const self = of(user);
    if (self == nullptr) return 0;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
      case NGHTTP2_DATA:
        if (auto* exchange = self->find(frame->hd.stream_id)) {
          exchange->bytes += frame->hd.length;
          exchange->in_header = false;
          if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
            exchange->complete = true;
            // The rest of the request's body is not wanted.
            if (!exchange->cancelled && exchange->sent < exchange->request->block_->body.size())
              nghttp2_submit_rst_stream(native, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                        NGHTTP2_NO_ERROR);
          }
        }
        return 0;
      case NGHTTP2_RST_STREAM:
        if (auto* exchange = self->find(frame->hd.stream_id)) exchange->reset = true;
        return 0;
      case NGHTTP2_SETTINGS: {
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) return 0;
        const auto peers =
            nghttp2_session_get_remote_settings(native, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
        const auto allowed = std::min(peers, self->streams_);
        if (std::exchange(self->settled_, true) && allowed == self->allowed_) return 0;
        self->allowed_ = allowed;
        const auto& session = *self->session_;
        self->listener_.on_streams(allowed);
        return session.verdict();
      }
      case NGHTTP2_GOAWAY: {
        auto& session = *self->session_;
        session.leave();
        self->goaway_ = frame->goaway.error_code;
        self->go_away();
        return session.verdict();
      }
      default: return 0;
    }
  }

  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto* const self = of(user);
    if (self == nullptr || frame->hd.type != NGHTTP2_GOAWAY) return 0;
    const auto& goaway = frame->goaway;
    if (goaway.error_code == NGHTTP2_NO_ERROR) return 0;
    std::string why(reinterpret_cast<const char*>(goaway.opaque_data), goaway.opaque_data_len);
    if (why.empty()) why = nghttp2_http2_strerror(goaway.error_code);
    self->session_->leave(std::move(why));
    return 0;
  }

  static int frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int error, void* user) {
    auto* const self = of(user);
    if (self == nullptr || frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (auto* exchange = self->find(frame->hd.stream_id)) {
      exchange->unsent = true;
      exchange->unsendable = error == NGHTTP2_ERR_FRAME_SIZE_ERROR;
    }
    return 0;
  }

  // hot: each exchange ends here, unless the connection does before.
  static int stream_closed(nghttp2_session*, std::int32_t stream, std::uint32_t error, void* user) {
    auto* const self = of(user);
    if (self == nullptr) return 0;
    auto* const exchange = self->find(stream);
    if (exchange == nullptr) return 0;
    self->found_stream_ = -1;
    const Exchange was = *exchange;
    self->release(*exchange);
    if (was.cancelled) return 0;
    const auto& session = *self->session_;
    if (was.complete)
      self->listener_.on_reply(was.tag, {was.status, was.bytes});
    else if (was.unsendable)
      self->listener_.on_lost(was.tag, Loss::too_large);
    else if (was.unsent || error == NGHTTP2_REFUSED_STREAM)
      self->listener_.on_lost(was.tag, Loss::refused);
    else
      self->listener_.on_lost(was.tag, was.reset ? Loss::reset : Loss::protocol);
    return session.verdict();
  }

  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t size,
                           std::uint32_t* flags, nghttp2_data_source* source, void* user) {
    if (user == nullptr) return NGHTTP2_ERR_DEFERRED;  // the exchanges are gone too
    auto& exchange = *static_cast<Exchange*>(source->ptr);
    if (exchange.cancelled)
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // RST_STREAM is on its way
    const auto& body = exchange.request->block_->body;
    const auto n = body.copy(reinterpret_cast<char*>(to), size, exchange.sent);
    exchange.sent += n;
    if (exchange.sent == body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(n);
  }

  static nghttp2_session_callbacks* all() {
    nghttp2_session_callbacks* callbacks = nullptr;
    RAMPART_ASSERT(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, frame_not_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
    return callbacks;
  }
};

Http2Client::Http2Client(Loop& loop, const TlsContext* tls, const std::string& server_name,
                         const base::Endpoint& to, std::uint32_t streams, Listener& listener,
                         ConnectOptions options)
    : loop_(loop),
      listener_(listener),
      streams_(streams),
      tls_(tls != nullptr),
      session_(std::make_shared<Http2Session>(Http2Session::Side::client, Callbacks::all(), this)) {
  options.alpn = tls_ ? "h2" : "";
  if (tls_)
    stream_ = connect_tls(loop, *tls, server_name, to, *this, options);
  else
    stream_ = TcpStream::connect(loop, to, *this, options);
}

bool Http2Client::heard(const void* exchange) const {
  return std::any_of(exchanges_.begin(), exchanges_.end(), [exchange](const Exchange& e) {
    return e.out && !e.cancelled && e.tag == exchange && e.bytes > 0;
  });
}

Http2Client::~Http2Client() { session_->abandon(); }

void Http2Client::on_open() {
  if (tls_ && stream_->alpn() != "h2") {
    finish(StreamEnd::protocol,
           fmt::format("the server does not speak HTTP/2 (it chose {} by ALPN)",
                       stream_->alpn().empty() ? "nothing" : stream_->alpn()));
    return;
  }
  open_ = true;
  // A record each is costly to write, so it pays to gather more replies before.
  if (tls_) stream_->read_eagerly();
  const std::array<nghttp2_settings_entry, 2> settings = {{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow},
  }};
  auto* native = session_->native();
  nghttp2_submit_settings(native, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(native, NGHTTP2_FLAG_NONE, 0, kWindow);
  flush();
}

// hot
void Http2Client::on_data(std::span<const char> bytes) {
  if (ended_) return;
  if (!settled_ && bytes.front() == 'H') {  // no frame begins so: it would be 4 MiB long
    finish(StreamEnd::protocol, "the server does not speak HTTP/2 (it answered in HTTP/1)");
    return;
  }
  const auto session = session_;
  switch (session->receive(bytes)) {
    case Http2Session::Outcome::done: loop_.before_wait(*this); break;
    case Http2Session::Outcome::over: finish_over(); break;
    case Http2Session::Outcome::abandoned: break;
  }
}

void Http2Client::flush() {
  if (ended_ || !open_) return;
  const auto session = session_;
  if (last_stream_ > kLastStream && !going_away_) {
    nghttp2_submit_goaway(session->native(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
    session->leave();
    go_away();
    if (session->verdict() != 0) return;
  }
  if (session->send(loop_, *stream_) == Http2Session::Outcome::over) finish_over();
}

void Http2Client::flush_later() {
  if (!session_->running()) loop_.before_wait(*this);
}

void Http2Client::on_end(StreamEnd end, std::string_view detail) {
  if (end == StreamEnd::protocol && !open_)
    finish(end, fmt::format("the server does not speak HTTP/2 ({})", detail));
  else
    finish(end, detail);
}

void Http2Client::finish_over() {
  if (session_->error().empty())
    finish(StreamEnd::eof, fmt::format("no more requests on this connection (GOAWAY with {})",
                                       nghttp2_http2_strerror(goaway_)));
  else
    finish(StreamEnd::protocol, std::string(session_->error()));
}

void Http2Client::finish(StreamEnd end, std::string_view detail) {
  if (!std::exchange(ended_, true)) listener_.on_http_end(end, detail);
}

void Http2Client::go_away() {
  if (!std::exchange(going_away_, true)) listener_.on_goaway();
}

// hot
void Http2Client::send(const Http2Request& request, void* exchange, bool observe) {
  if (ended_) return;
  auto& e = take_exchange();
  e.tag = exchange;
  e.request = &request;
  e.observe = observe;
  auto& block = *request.block_;
  const nghttp2_data_provider body{{.ptr = &e}, Callbacks::read_body};
  const auto stream =
      nghttp2_submit_request(session_->native(), nullptr, block.fields.data(), block.fields.size(),
                             block.body.empty() ? nullptr : &body, &e);
  RAMPART_ASSERT(stream > 0);
  e.stream = last_stream_ = stream;
  flush_later();
}

void Http2Client::cancel(void* exchange) {
  if (ended_) return;
  for (auto& e : exchanges_) {
    if (!e.out || e.cancelled || e.tag != exchange) continue;
    e.cancelled = true;
    nghttp2_submit_rst_stream(session_->native(), NGHTTP2_FLAG_NONE, e.stream, NGHTTP2_CANCEL);
    flush_later();
    return;
  }
}

Http2Client::Exchange& Http2Client::take_exchange() {
  Exchange* out = free_;
  if (out != nullptr)
    free_ = out->next_free;
  else
    out = &exchanges_.emplace_back();
  *out = {};
  out->out = true;
  return *out;
}

void Http2Client::release(Exchange& exchange) {
  exchange.out = false;
  exchange.next_free = free_;
  free_ = &exchange;
}

// hot
Http2Client::Exchange* Http2Client::find(std::int32_t stream) {
  if (stream == found_stream_) return found_;
  auto* user = nghttp2_session_get_stream_user_data(session_->native(), stream);
  if (user == nullptr) return nullptr;
  found_stream_ = stream;
  return found_ = static_cast<Exchange*>(user);
}

}  // namespace rampart::net
