#include <fmt/core.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/deleter.h"
#include "net/loop.h"
#include "net/tcp_stream.h"
#include "net/tls.h"
#include "net/tls_client.h"
#include "net/tls_failure.h"
#include "net/tls_peer_name.h"

namespace rampart::net {
namespace {

using SslPtr = std::unique_ptr<SSL, base::Deleter<SSL_free>>;

// Clearing costs more than looking, and there is nearly never anything.
void clear_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

// OpenSSL reads the bytes that the TcpStream has just read from where they are, all of them in one
// call of on_data, and writes to the TcpStream. The listener may destroy the stream in any call, so
// every step after a call to it asks alive.
class TlsStream final : public Stream, private Stream::Listener, private Deferred {
 public:
  TlsStream(const TlsContext& context, Stream::Listener& listener)
      : ssl_(SSL_new(context.native())), listener_(listener) {
    RAMPART_ASSERT(ssl_ != nullptr);
    BIO* wire = BIO_new(wire_method());
    RAMPART_ASSERT(wire != nullptr);
    BIO_set_data(wire, this);
    BIO_set_init(wire, 1);
    SSL_set_bio(ssl_.get(), wire, wire);  // owned by the SSL from here
  }
  ~TlsStream() override {
    // Else OpenSSL takes the session of a connection without close_notify for a bad one.
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    if (alive_ != nullptr) *alive_ = false;
  }
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  void connect(Loop& loop, const std::string& server_name, const base::Endpoint& to,
               const ConnectOptions& options) {
    begin_client(server_name, options.alpn);
    tcp_ = TcpStream::connect(loop, to, *this, options);
  }

  void start(const std::string& server_name, std::unique_ptr<TcpStream> tcp) {
    begin_client(server_name, {});
    tcp_ = std::move(tcp);
    tcp_->listen_with(*this);
    tcp_->loop().before_wait(*this);
  }

  void accept(std::unique_ptr<TcpStream> tcp) {
    SSL_set_accept_state(ssl_.get());
    tcp_ = std::move(tcp);
    tcp_->listen_with(*this);
  }

  void write(std::span<const char> bytes) override {
    RAMPART_ASSERT(open_ || ended_);
    while (!bytes.empty() && !ended_) {
      std::size_t taken = 0;
      clear_errors();
      // One record at a time. The wire takes all; any other failure is the session's end, which the
      // next read reports.
      if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &taken) != 1) break;
      bytes = bytes.subspan(taken);
    }
  }
  void shutdown() override {
    clear_errors();
    if (open_ && !ended_) SSL_shutdown(ssl_.get());
    tcp_->shutdown();
  }
  void reset() override {
    ended_ = true;
    tcp_->reset();
  }
  void read_eagerly() override { tcp_->read_eagerly(); }
  void limit_reading(std::size_t bytes) override {
    if (!ended_) tcp_->limit_reading(bytes);
  }
  [[nodiscard]] std::size_t queued() const override { return tcp_->queued(); }
  [[nodiscard]] std::uint16_t local_port() const override { return tcp_->local_port(); }
  [[nodiscard]] std::string_view alpn() const override {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  [[nodiscard]] ssl_st* native_tls() const override { return ssl_.get(); }

 private:
  void begin_client(const std::string& server_name, const std::string& alpn) {
    SSL_set_connect_state(ssl_.get());
    if (!alpn.empty()) {
      std::string list(1, static_cast<char>(alpn.size()));
      list += alpn;
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                          static_cast<unsigned>(list.size()));
    }
    if (const auto status = name_server(server_name); !status) refusal_ = status.error().text;
    offer_session(*ssl_);
  }
  // For SNI and for the check. Who accepts any certificate may also name nobody.
  base::Status name_server(const std::string& name) {
    if (name.empty() && SSL_get_verify_mode(ssl_.get()) == SSL_VERIFY_NONE) return {};
    RAMPART_CHECK(expect_peer(*SSL_get0_param(ssl_.get()), name));
    if (base::IpAddress::parse(name)) return {};
    RAMPART_TRY(auto plain, peer_name(name));
    // SSL_set_tlsext_host_name, without its C cast.
    if (SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 plain.data()) == 1)
      return {};
    return base::fail(base::Errc::config,
                      fmt::format("'{}' is too long for a server's name", plain));
  }

  static const BIO_METHOD* wire_method() {
    static const std::unique_ptr<BIO_METHOD, base::Deleter<BIO_meth_free>> method = [] {
      BIO_METHOD* out = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "rampart stream");
      RAMPART_ASSERT(out != nullptr);
      BIO_meth_set_read(out, read_wire);
      BIO_meth_set_write(out, write_wire);
      BIO_meth_set_ctrl(
          out, [](BIO*, int what, long, void*) -> long { return what == BIO_CTRL_FLUSH ? 1 : 0; });
      return std::unique_ptr<BIO_METHOD, base::Deleter<BIO_meth_free>>(out);
    }();
    return method.get();
  }
  // hot
  static int read_wire(BIO* wire, char* to, int room) {
    auto* self = static_cast<TlsStream*>(BIO_get_data(wire));
    BIO_clear_retry_flags(wire);
    const auto size = std::min(self->in_.size(), static_cast<std::size_t>(room));
    if (size == 0) {
      BIO_set_retry_read(wire);
      return -1;
    }
    std::copy_n(self->in_.data(), size, to);
    self->in_ = self->in_.subspan(size);
    return static_cast<int>(size);
  }
  // hot
  static int write_wire(BIO* wire, const char* from, int size) {
    auto* self = static_cast<TlsStream*>(BIO_get_data(wire));
    self->tcp_->write({from, static_cast<std::size_t>(size)});
    return size;
  }

  void on_open() override { handshake(); }

  void before_wait() override {
    if (!open_ && !ended_) handshake();
  }

  void on_data(std::span<const char> bytes) override {
    if (ended_) return;
    in_ = bytes;
    if (!open_ && !handshake()) return;
    read_plain();
  }

  void on_end(StreamEnd end, std::string_view detail) override {
    if (std::exchange(ended_, true)) return;
    if (!open_ && end == StreamEnd::eof) {
      listener_.on_end(StreamEnd::tls, "the peer closed during the handshake");
      return;
    }
    listener_.on_end(end,
                     end == StreamEnd::eof ? "closed by the peer without close_notify" : detail);
  }

  void on_drained() override {
    if (open_ && !ended_) listener_.on_drained();
  }

  // True where the handshake is done, and the listener neither destroyed nor reset the stream.
  bool handshake() {
    if (!refusal_.empty()) {
      finish(StreamEnd::local, refusal_);
      return false;
    }
    clear_errors();
    const int rc = SSL_do_handshake(ssl_.get());
    const int error = SSL_get_error(ssl_.get(), rc);
    if (rc == 1) {
      open_ = true;
      bool alive = true;
      alive_ = &alive;
      listener_.on_open();
      if (alive) alive_ = nullptr;
      return alive && !ended_;
    }
    if (error != SSL_ERROR_WANT_READ) fail(ERR_peek_error());
    return false;
  }

  void read_plain() {
    // One call for all records together: a peer may send hundreds of small ones at once.
    const auto plain = tcp_->loop().plain_buffer();
    int error = SSL_ERROR_NONE;
    unsigned long reason = 0;
    bool alive = true;
    alive_ = &alive;
    while (error == SSL_ERROR_NONE) {
      clear_errors();
      std::size_t size = 0;
      while (size < plain.size() && error == SSL_ERROR_NONE) {
        std::size_t n = 0;
        const int rc = SSL_read_ex(ssl_.get(), plain.data() + size, plain.size() - size, &n);
        size += n;
        if (rc != 1) error = SSL_get_error(ssl_.get(), rc);
      }
      reason = ERR_peek_error();  // the listener may use other sessions
      if (size > 0) listener_.on_data(plain.first(size));
      if (!alive) return;
      if (ended_) break;  // reset by the listener
    }
    alive_ = nullptr;
    if (ended_) return;
    if (error == SSL_ERROR_ZERO_RETURN)
      finish(StreamEnd::eof, "closed by the peer");
    else if (error != SSL_ERROR_WANT_READ)
      fail(reason);
  }

  void fail(unsigned long code) {
    const auto failure = tls_failure(*ssl_, code);
    finish(failure.end, failure.detail);
  }

  // The listener may destroy this stream, so nothing of it is used afterwards.
  void finish(StreamEnd end, std::string_view detail) {
    tcp_->pause();
    if (!std::exchange(ended_, true)) listener_.on_end(end, detail);
  }

  SslPtr ssl_;
  std::span<const char> in_;  // not yet read by OpenSSL; only during on_data
  Stream::Listener& listener_;
  std::unique_ptr<TcpStream> tcp_;
  std::string refusal_;  // why there is no handshake; empty: there is one
  bool open_ = false;
  bool ended_ = false;
  bool* alive_ = nullptr;  // set while the listener runs
};

}  // namespace

std::unique_ptr<Stream> connect_tls(Loop& loop, const TlsContext& context,
                                    const std::string& server_name, const base::Endpoint& to,
                                    Stream::Listener& listener, const ConnectOptions& options) {
  auto stream = std::make_unique<TlsStream>(context, listener);
  stream->connect(loop, server_name, to, options);
  return stream;
}

std::unique_ptr<Stream> start_tls(const TlsContext& context, const std::string& server_name,
                                  std::unique_ptr<TcpStream> tcp, Stream::Listener& listener) {
  auto stream = std::make_unique<TlsStream>(context, listener);
  stream->start(server_name, std::move(tcp));
  return stream;
}

std::unique_ptr<Stream> accept_tls(const TlsContext& context, std::unique_ptr<TcpStream> tcp,
                                   Stream::Listener& listener) {
  auto stream = std::make_unique<TlsStream>(context, listener);
  stream->accept(std::move(tcp));
  return stream;
}

}  // namespace rampart::net
