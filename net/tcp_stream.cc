#include "net/tcp_stream.h"

#include <fmt/core.h>
#include <uv.h>

#include <string>
#include <utility>

#include "net/loop.h"
#include "net/sockaddr.h"

namespace rampart::net {
namespace {

constexpr int kBacklog = 4096;

StreamEnd end_of(int uv_error) {
  switch (uv_error) {
    case UV_EOF: return StreamEnd::eof;
    case UV_ECONNREFUSED: return StreamEnd::refused;
    case UV_EAFNOSUPPORT:  // this host has no IPv6
    case UV_ENETDOWN:
    case UV_ENETUNREACH:
    case UV_EHOSTDOWN:
    case UV_EHOSTUNREACH:
    case UV_ETIMEDOUT: return StreamEnd::unreachable;
    case UV_EADDRNOTAVAIL:
    case UV_EADDRINUSE:
    case UV_EMFILE:
    case UV_ENFILE:
    case UV_ENOBUFS:
    case UV_ENOMEM:
    case UV_EPERM:
    case UV_EACCES: return StreamEnd::local;
    default: return StreamEnd::reset;
  }
}

}  // namespace

std::string_view to_string(StreamEnd end) {
  switch (end) {
    case StreamEnd::eof: return "closed by the peer";
    case StreamEnd::refused: return "connection refused";
    case StreamEnd::unreachable: return "unreachable";
    case StreamEnd::reset: return "connection reset";
    case StreamEnd::tls: return "tls failure";
    case StreamEnd::local: return "out of local resources";
    case StreamEnd::protocol: return "protocol error";
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
  int deferred = 0;  // an error that connect gave at once, reported from the loop
  uv_idle_t idle;    // carries the deferred error
  int open = 1;      // handles to close before freeing

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
    const auto span = of(h->data)->loop->read_buffer();
    *buffer = uv_buf_init(span.data(), static_cast<unsigned>(span.size()));
  }
  // hot
  static void read(uv_stream_t* s, ssize_t size, const uv_buf_t* buffer) {
    auto* self = of(s->data);
    self->loop->note_event();
    if (self->owner == nullptr || self->ended || size == 0) return;
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
  // libuv says EOF where data and a reset came in one turn; the socket knows better.
  int true_end() const {
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
      self->owner->fail(status);
    else if (self->tcp.write_queue_size == 0)
      self->owner->listener_->on_drained();
  }
  static void report_deferred(uv_idle_t* idle) {
    auto* self = of(idle->data);
    uv_idle_stop(idle);
    if (self->owner != nullptr) self->owner->fail(self->deferred);
  }
  void defer(int error) {
    if (open > 1) return;  // the first error is the one to report
    deferred = error;
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

TcpStream::~TcpStream() { handle_->shut(); }

std::unique_ptr<TcpStream> TcpStream::connect(Loop& loop, const base::Endpoint& to,
                                              Listener& listener) {
  std::unique_ptr<TcpStream> stream(new TcpStream(loop));
  stream->listener_ = &listener;
  stream->begin_connect(to);
  return stream;
}

void TcpStream::begin_connect(const base::Endpoint& to) {
  const auto address = to_sockaddr(to);
  const int rc = uv_tcp_connect(&handle_->request, &handle_->tcp, address.get(), Handle::connected);
  if (rc < 0) {
    handle_->defer(rc);
    return;
  }
  uv_tcp_nodelay(&handle_->tcp, 1);
  SocketAddress local;
  int length = sizeof local.storage;
  if (uv_tcp_getsockname(&handle_->tcp, reinterpret_cast<sockaddr*>(&local.storage), &length) == 0)
    local_port_ = from_sockaddr(local.get()).port;
}

void TcpStream::opened() {
  resume();
  listener_->on_open();
}

void TcpStream::fail(int uv_error) {
  if (std::exchange(handle_->ended, true)) return;
  uv_read_stop(reinterpret_cast<uv_stream_t*>(&handle_->tcp));
  listener_->on_end(end_of(uv_error), uv_strerror(uv_error));
}

void TcpStream::listen_with(Listener& listener) {
  listener_ = &listener;
  resume();
}

Loop& TcpStream::loop() const { return *handle_->loop; }

void TcpStream::pause() { uv_read_stop(reinterpret_cast<uv_stream_t*>(&handle_->tcp)); }

void TcpStream::resume() {
  if (handle_->ended) return;
  uv_read_start(reinterpret_cast<uv_stream_t*>(&handle_->tcp), Handle::allocate, Handle::read);
}

void TcpStream::write(std::span<const char> bytes) {
  if (handle_->ended) return;
  auto* stream = reinterpret_cast<uv_stream_t*>(&handle_->tcp);
  auto buffer = uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  const int sent = uv_try_write(stream, &buffer, 1);
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
  auto* stream = reinterpret_cast<uv_stream_t*>(&handle_->tcp);
  // An error means that the connection is gone, which the read reports.
  uv_shutdown(&handle_->last, stream, [](uv_shutdown_t* request, int) {
    Handle::of(request->handle->data)->loop->note_event();
  });
}

void TcpStream::read_eagerly() { handle_->eager = true; }

std::size_t TcpStream::queued() const { return handle_->tcp.write_queue_size; }

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
