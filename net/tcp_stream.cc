#include "net/tcp_stream.h"

#include <fmt/core.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <optional>
#include <string>
#include <utility>

#include "net/loop.h"
#include "net/sockaddr.h"
#include "net/socket_error.h"

namespace rampart::net {
namespace {

constexpr int kBacklog = 4096;
constexpr std::size_t kNoLimit = SIZE_MAX;

struct Failure {
  StreamEnd end;
  std::string detail;
};

// The kernel chooses the port when the socket connects and knows the peer: so two connections to
// different peers may share one (ip(7)).
std::optional<Failure> bind_to(int fd, const base::IpAddress& from, const base::Endpoint& to) {
  const auto failed = [&from](StreamEnd end, std::string_view why) {
    return Failure{end, fmt::format("leave from {}: {}", base::to_string(from), why)};
  };
  if (from.v6 != to.address.v6)
    return failed(StreamEnd::local,
                  fmt::format("{} is of another family", base::to_string(to.address)));
  constexpr int kOn = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &kOn, sizeof kOn);
  const auto address = to_sockaddr({from, 0});
  if (bind(fd, address.get(), address.length) == 0) return std::nullopt;
  if (errno == EADDRNOTAVAIL) return failed(StreamEnd::local, "not an address of this host");
  return failed(end_of_socket_error(errno), socket_error_text(errno));
}

// Owned by the handle from here, or closed.
std::optional<Failure> take_socket(uv_tcp_t* tcp, int fd) {
  const int error = -uv_tcp_open(tcp, fd);
  if (error == 0) return std::nullopt;
  close(fd);
  return Failure{end_of_socket_error(error), socket_error_text(error)};
}

// A socket with what must be set before it connects: only then does the window that the handshake
// offers fit the receive buffer (tcp(7)).
std::optional<Failure> open_socket(uv_tcp_t* tcp, const base::Endpoint& to,
                                   const ConnectOptions& options) {
  const int fd =
      socket(to.address.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Failure{end_of_socket_error(errno), socket_error_text(errno)};
  if (const int size = static_cast<int>(std::min<std::size_t>(options.receive_buffer, INT_MAX));
      size > 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  std::optional<Failure> failure;
  if (options.from) failure = bind_to(fd, *options.from, to);
  if (!failure) return take_socket(tcp, fd);
  close(fd);
  return failure;
}

}  // namespace

std::string_view to_string(StreamEnd end) {
  switch (end) {
    case StreamEnd::eof: return "closed by the peer";
    case StreamEnd::refused: return "connection refused";
    case StreamEnd::unreachable: return "unreachable";
    case StreamEnd::timed_out: return "no answer from the peer";
    case StreamEnd::reset: return "connection reset";
    case StreamEnd::tls: return "tls failure";
    case StreamEnd::tls_alert: return "tls alert from the peer";
    case StreamEnd::tls_untrusted: return "certificate not trusted";
    case StreamEnd::tls_expired: return "certificate expired or not yet valid";
    case StreamEnd::tls_name_mismatch: return "certificate for another name";
    case StreamEnd::no_ports: return "no local port left";
    case StreamEnd::no_descriptors: return "no file descriptor left";
    case StreamEnd::local: return "local failure";
    case StreamEnd::protocol: return "protocol error";
    case StreamEnd::truncated: return "answer cut short";
  }
  return "ended";
}

struct TcpStream::Handle {
  uv_tcp_t tcp;
  uv_connect_t request;
  uv_shutdown_t last;
  Loop* loop;
  TcpStream* owner;  // null once the stream is gone
  bool ended = false;
  bool eager = false;
  std::size_t may_read = kNoLimit;  // then reading stops
  bool reading = false;             // wanted, limit or not
  int write_error = 0;  // of a write that took it from the socket before a read could see it
  // What connect or open gave at once, reported from the loop: a failure, or none.
  std::optional<Failure> deferred;
  uv_idle_t idle;  // carries it
  int open = 1;    // handles to close before freeing

  // A copy of bytes that the kernel did not take at once. Owned by libuv until its callback.
  struct Pending {
    uv_write_t request;
    std::string bytes;
  };

  static Handle* of(void* data) { return static_cast<Handle*>(data); }

  static void closed(uv_handle_t* h) {
    auto* self = of(h->data);
    if (--self->open == 0) delete self;
  }
  static void allocate(uv_handle_t* h, std::size_t, uv_buf_t* buffer) {
    auto* self = of(h->data);
    const auto span = self->loop->read_buffer();
    *buffer =
        uv_buf_init(span.data(), static_cast<unsigned>(std::min(span.size(), self->may_read)));
  }
  // hot
  static void read(uv_stream_t* s, ssize_t size, const uv_buf_t* buffer) {
    auto* self = of(s->data);
    self->loop->note_event();
    if (self->owner == nullptr || self->ended || size == 0) return;
    if (self->may_read != kNoLimit && size > 0) {
      self->may_read -= static_cast<std::size_t>(size);
      if (self->may_read == 0) uv_read_stop(s);
    }
    if (size < 0)
      self->owner->fail(size == UV_EOF ? self->true_end() : static_cast<int>(size));
    else
      self->owner->listener_->on_data({buffer->base, static_cast<std::size_t>(size)});
    if (self->eager) self->read_more(*buffer);
  }
  // hot: what came while the listener was busy; an end or error is left to libuv.
  void read_more(const uv_buf_t& buffer) {
    constexpr int kRounds = 4;  // then it is the others' turn
    uv_os_fd_t fd = -1;
    for (int i = 0; i < kRounds && owner != nullptr && !ended; ++i) {
      uv_fileno(reinterpret_cast<const uv_handle_t*>(&tcp), &fd);
      const auto size = recv(fd, buffer.base, buffer.len, MSG_DONTWAIT);
      if (size <= 0) return;
      owner->listener_->on_data({buffer.base, static_cast<std::size_t>(size)});
    }
  }
  // A peer that tears the connection down may have said why: a TLS alert, a status.
  void fail_after_last_words(int error) {
    if (reading) {
      const auto span = loop->read_buffer();
      read_more(uv_buf_init(span.data(), static_cast<unsigned>(span.size())));
    }
    if (owner != nullptr && !ended) owner->fail(error);
  }
  // libuv says EOF where data and a reset came in one turn; the socket knows better.
  int true_end() const {
    if (write_error != 0) return write_error;
    int error = 0;
    socklen_t length = sizeof error;
    uv_os_fd_t fd = -1;
    uv_fileno(reinterpret_cast<const uv_handle_t*>(&tcp), &fd);
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error == 0 ? static_cast<int>(UV_EOF) : uv_translate_sys_error(error);
  }
  static void connected(uv_connect_t* request, int status) {
    auto* self = of(request->handle->data);
    self->loop->note_event();
    if (self->owner == nullptr) return;
    if (status < 0)
      self->owner->fail(status);
    else
      self->owner->opened();
  }
  static void written(uv_write_t* request, int status) {
    const std::unique_ptr<Pending> done_with(static_cast<Pending*>(request->data));
    auto* self = of(request->handle->data);
    self->loop->note_event();
    if (self->owner == nullptr || self->ended) return;
    if (status < 0)
      self->fail_after_last_words(status);
    else if (self->tcp.write_queue_size == 0)
      self->owner->listener_->on_drained();
  }
  static void report_deferred(uv_idle_t* idle) {
    auto* self = of(idle->data);
    uv_idle_stop(idle);
    if (self->owner == nullptr) return;
    if (self->deferred)
      self->owner->end(self->deferred->end, self->deferred->detail);
    else
      self->owner->opened();
  }
  void defer(int error) { defer(Failure{end_of_socket_error(error), uv_strerror(error)}); }
  void defer(std::optional<Failure> outcome) {
    if (deferred) return;  // the first failure is the one to report
    deferred = std::move(outcome);
    if (open > 1) {
      uv_idle_start(&idle, report_deferred);
      return;
    }
    uv_idle_init(tcp.loop, &idle);
    idle.data = this;
    ++open;
    uv_idle_start(&idle, report_deferred);
  }
  void shut() {
    owner = nullptr;
    if (open > 1) uv_close(reinterpret_cast<uv_handle_t*>(&idle), closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&tcp), closed);
  }
};

TcpStream::TcpStream(Loop& loop) : handle_(new Handle{}) {
  handle_->loop = &loop;
  handle_->owner = this;
  uv_tcp_init(loop.native(), &handle_->tcp);
  handle_->tcp.data = handle_;
}

TcpStream::~TcpStream() {
  if (handle_ != nullptr) handle_->shut();
}

void TcpStream::reset() {
  if (handle_ == nullptr) return;
  constexpr linger kAtOnce{1, 0};
  uv_os_fd_t fd = -1;
  if (uv_fileno(reinterpret_cast<const uv_handle_t*>(&handle_->tcp), &fd) == 0)
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &kAtOnce, sizeof kAtOnce);
  std::exchange(handle_, nullptr)->shut();
}

bool TcpStream::over() const { return handle_ == nullptr || handle_->ended; }

std::unique_ptr<TcpStream> TcpStream::connect(Loop& loop, const base::Endpoint& to,
                                              Listener& listener, const ConnectOptions& options) {
  std::unique_ptr<TcpStream> stream(new TcpStream(loop));
  stream->listener_ = &listener;
  stream->begin_connect(to, options);
  return stream;
}

std::unique_ptr<TcpStream> TcpStream::open(Loop& loop, int fd, Listener& listener) {
  std::unique_ptr<TcpStream> stream(new TcpStream(loop));
  stream->listener_ = &listener;
  auto failure = take_socket(&stream->handle_->tcp, fd);
  if (!failure) stream->resume();
  stream->handle_->defer(std::move(failure));
  return stream;
}

void TcpStream::begin_connect(const base::Endpoint& to, const ConnectOptions& options) {
  if (options.socket >= 0 || options.from || options.receive_buffer > 0) {
    if (auto failure = options.socket >= 0 ? take_socket(&handle_->tcp, options.socket)
                                           : open_socket(&handle_->tcp, to, options)) {
      handle_->defer(std::move(failure));
      return;
    }
  }
  const auto address = to_sockaddr(to, options.scope);
  const int rc = uv_tcp_connect(&handle_->request, &handle_->tcp, address.get(), Handle::connected);
  if (rc < 0) {
    handle_->defer(rc);
    return;
  }
  // Now, while libuv waits for the connection: to begin later costs it two system calls more.
  resume();
  uv_tcp_nodelay(&handle_->tcp, 1);
  SocketAddress local;
  int length = sizeof local.storage;
  if (uv_tcp_getsockname(&handle_->tcp, reinterpret_cast<sockaddr*>(&local.storage), &length) == 0)
    local_port_ = from_sockaddr(local.get()).port;
}

void TcpStream::opened() { listener_->on_open(); }

void TcpStream::fail(int uv_error) {
  end(uv_error == UV_EOF ? StreamEnd::eof : end_of_socket_error(uv_error), uv_strerror(uv_error));
}

void TcpStream::end(StreamEnd why, std::string_view detail) {
  if (std::exchange(handle_->ended, true)) return;
  uv_read_stop(reinterpret_cast<uv_stream_t*>(&handle_->tcp));
  listener_->on_end(why, detail);
}

void TcpStream::listen_with(Listener& listener) {
  listener_ = &listener;
  resume();
}

Loop& TcpStream::loop() const { return *handle_->loop; }

void TcpStream::pause() {
  if (handle_ == nullptr) return;
  handle_->reading = false;
  uv_read_stop(reinterpret_cast<uv_stream_t*>(&handle_->tcp));
}

void TcpStream::resume() {
  if (over()) return;
  handle_->reading = true;
  uv_read_start(reinterpret_cast<uv_stream_t*>(&handle_->tcp), Handle::allocate, Handle::read);
}

void TcpStream::write(std::span<const char> bytes) {
  if (over()) return;
  auto* stream = reinterpret_cast<uv_stream_t*>(&handle_->tcp);
  auto buffer = uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  const int sent = uv_try_write(stream, &buffer, 1);
  if (sent < 0 && sent != UV_EAGAIN) handle_->write_error = sent;
  const auto done = sent > 0 ? static_cast<std::size_t>(sent) : 0;
  if (done == bytes.size()) return;
  // EAGAIN and partial writes queue the rest; a real error comes back through the callback.
  auto pending = std::make_unique<Handle::Pending>();
  pending->bytes.assign(bytes.begin() + static_cast<std::ptrdiff_t>(done), bytes.end());
  pending->request.data = pending.get();
  auto rest = uv_buf_init(pending->bytes.data(), static_cast<unsigned>(pending->bytes.size()));
  const int rc = uv_write(&pending->request, stream, &rest, 1, Handle::written);
  if (rc < 0)
    handle_->defer(rc);
  else
    pending.release();  // to its callback
}

void TcpStream::shutdown() {
  if (handle_ == nullptr) return;
  auto* stream = reinterpret_cast<uv_stream_t*>(&handle_->tcp);
  // An error means that the connection is gone, which the read reports.
  uv_shutdown(&handle_->last, stream, [](uv_shutdown_t* request, int) {
    Handle::of(request->handle->data)->loop->note_event();
  });
}

void TcpStream::read_eagerly() {
  if (handle_ != nullptr) handle_->eager = true;
}

void TcpStream::limit_reading(std::size_t bytes) {
  if (over()) return;
  handle_->may_read = bytes;
  resume();
}

std::size_t TcpStream::queued() const {
  return handle_ == nullptr ? 0 : handle_->tcp.write_queue_size;
}

struct TcpServer::Handle {
  uv_tcp_t tcp;
  Loop* loop;
  Listener* listener;  // null once the server is gone
};

base::Result<std::unique_ptr<TcpServer>> TcpServer::listen(Loop& loop, const base::Endpoint& at,
                                                           Listener& listener) {
  std::unique_ptr<TcpServer> server(new TcpServer);
  server->handle_ = new Handle{{}, &loop, &listener};
  auto& tcp = server->handle_->tcp;
  uv_tcp_init(loop.native(), &tcp);
  tcp.data = server->handle_;
  const auto address = to_sockaddr(at);
  int rc = uv_tcp_bind(&tcp, address.get(), 0);
  if (rc == 0)
    rc = uv_listen(reinterpret_cast<uv_stream_t*>(&tcp), kBacklog, [](uv_stream_t* s, int status) {
      auto* self = static_cast<Handle*>(s->data);
      self->loop->note_event();
      if (status < 0 || self->listener == nullptr) return;
      std::unique_ptr<TcpStream> stream(new TcpStream(*self->loop));
      auto* peer = &stream->handle_->tcp;
      if (uv_accept(s, reinterpret_cast<uv_stream_t*>(peer)) < 0) return;
      uv_tcp_nodelay(peer, 1);
      self->listener->on_accept(std::move(stream));
    });
  if (rc < 0)
    return base::fail(base::Errc::io,
                      fmt::format("listen on {}: {}", base::to_string(at), uv_strerror(rc)));
  SocketAddress local;
  int length = sizeof local.storage;
  uv_tcp_getsockname(&tcp, reinterpret_cast<sockaddr*>(&local.storage), &length);
  server->endpoint_ = from_sockaddr(local.get());
  return server;
}

TcpServer::~TcpServer() {
  handle_->listener = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->tcp),
           [](uv_handle_t* h) { delete static_cast<Handle*>(h->data); });
}

}  // namespace rampart::net
