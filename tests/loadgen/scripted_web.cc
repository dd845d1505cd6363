#include "tests/loadgen/scripted_web.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "base/assert.h"

namespace rampart::testing {
namespace {

bool wait_readable(int fd, int stop_fd) {
  std::array<pollfd, 2> fds{{{fd, POLLIN, 0}, {stop_fd, POLLIN, 0}}};
  return poll(fds.data(), fds.size(), 10'000) > 0 && fds[1].revents == 0;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

std::string ScriptedWeb::Request::header(std::string_view name) const {
  std::string out;
  for (const auto& [key, value] : headers)
    if (key == name) out += (out.empty() ? "" : "|") + value;
  return out;
}

// One connection of HTTP/1.1.
class ScriptedWeb::Http1 {
 public:
  Http1(ScriptedWeb& web, int fd, unsigned number, std::string first)
      : web_(web), fd_(fd), number_(number), input_(std::move(first)) {}

  void run() {
    for (;;) {
      if (!fill_until("\r\n\r\n")) return;
      Request request;
      request.connection = number_;
      const auto end = input_.find("\r\n\r\n");
      const auto head = input_.substr(0, end + 2);
      input_.erase(0, end + 4);
      read_head(head, request);
      const auto length = request.header("content-length");
      std::size_t size = 0;
      std::from_chars(length.data(), length.data() + length.size(), size);
      while (input_.size() < size)
        if (!more()) return;
      request.body = input_.substr(0, size);
      input_.erase(0, size);
      const auto reply = web_.answer(request);
      if (reply.silent) continue;
      if (reply.vanish || !send_all(fd_, text_of(reply)) || reply.close) return;
    }
  }

 private:
  static void read_head(const std::string& head, Request& request) {
    const auto line = head.substr(0, head.find("\r\n"));
    request.method = line.substr(0, line.find(' '));
    request.path = line.substr(request.method.size() + 1);
    request.path = request.path.substr(0, request.path.rfind(' '));
    for (std::size_t at = line.size() + 2; at < head.size();) {
      const auto end = head.find("\r\n", at);
      const auto colon = head.find(": ", at);
      RAMPART_ASSERT(colon < end);
      request.headers.emplace_back(lower(head.substr(at, colon - at)),
                                   head.substr(colon + 2, end - colon - 2));
      at = end + 2;
    }
  }
  static std::string text_of(const Reply& reply) {
    auto out = fmt::format("HTTP/1.1 {} Status\r\n", reply.status);
    for (const auto& [name, value] : reply.headers) out += fmt::format("{}: {}\r\n", name, value);
    if (reply.close) out += "Connection: close\r\n";
    if (!reply.chunked)
      return out + fmt::format("Content-Length: {}\r\n\r\n", reply.body.size()) + reply.body;
    out += "Transfer-Encoding: chunked\r\n\r\n";
    constexpr std::size_t kChunk = 7;
    for (std::size_t at = 0; at < reply.body.size(); at += kChunk) {
      const auto chunk = reply.body.substr(at, kChunk);
      out += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
    }
    return out + "0\r\n\r\n";
  }
  bool more() {
    const auto bytes = web_.read_some(fd_);
    input_ += bytes;
    return !bytes.empty();
  }
  bool fill_until(std::string_view end) {
    while (input_.find(end) == std::string::npos)
      if (!more()) return false;
    return true;
  }

  ScriptedWeb& web_;
  const int fd_;
  const unsigned number_;
  std::string input_;
};

// One connection of HTTP/2.
class ScriptedWeb::Http2 {
 public:
  Http2(ScriptedWeb& web, int fd, unsigned number) : web_(web), fd_(fd), number_(number) {
    nghttp2_session_callbacks* callbacks = nullptr;
    RAMPART_ASSERT(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* user) {
          static_cast<Http2*>(user)->on_header(frame->hd.stream_id,
                                               {reinterpret_cast<const char*>(name), name_size},
                                               {reinterpret_cast<const char*>(value), value_size});
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t stream,
                      const std::uint8_t* bytes, std::size_t size, void* user) {
          static_cast<Http2*>(user)->streams_[stream].request.body.append(
              reinterpret_cast<const char*>(bytes), size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
          const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
          if (ends && (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA))
            static_cast<Http2*>(user)->on_request(frame->hd.stream_id);
          return 0;
        });
    RAMPART_ASSERT(nghttp2_session_server_new(&session_, callbacks, this) == 0);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~Http2() { nghttp2_session_del(session_); }
  Http2(const Http2&) = delete;
  Http2& operator=(const Http2&) = delete;

  void run(std::string bytes) {
    while (!bytes.empty()) {
      const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
      if (nghttp2_session_mem_recv(session_, data, bytes.size()) < 0 || vanish_) return;
      const std::uint8_t* out = nullptr;
      for (ssize_t n = 0; (n = nghttp2_session_mem_send(session_, &out)) > 0;)
        if (!send_all(fd_, {reinterpret_cast<const char*>(out), static_cast<std::size_t>(n)}))
          return;
      if (nghttp2_session_want_read(session_) == 0) return;
      bytes = web_.read_some(fd_);
    }
  }

 private:
  struct Stream {
    Request request;
    std::string body;
    std::size_t sent = 0;
  };

  void on_header(std::int32_t stream, std::string_view name, std::string_view value) {
    auto& request = streams_[stream].request;
    if (name == ":method")
      request.method = value;
    else if (name == ":path")
      request.path = value;
    else if (name == ":authority")
      request.headers.emplace_back("host", value);
    else if (!name.starts_with(':'))
      request.headers.emplace_back(name, value);
  }
  void on_request(std::int32_t id) {
    auto& stream = streams_[id];
    stream.request.connection = number_;
    auto reply = web_.answer(stream.request);
    if (reply.vanish) {
      vanish_ = true;
      return;
    }
    if (reply.silent) return;
    reply.headers.emplace(reply.headers.begin(), ":status", fmt::format("{}", reply.status));
    std::vector<nghttp2_nv> fields;
    for (auto& [name, value] : reply.headers)
      fields.push_back({reinterpret_cast<std::uint8_t*>(name.data()),
                        reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(),
                        NGHTTP2_NV_FLAG_NONE});
    stream.body = reply.body;
    nghttp2_data_provider body{};
    body.source.ptr = &stream;
    body.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t size,
                            std::uint32_t* flags, nghttp2_data_source* source, void*) {
      auto& from = *static_cast<Stream*>(source->ptr);
      const auto n = from.body.copy(reinterpret_cast<char*>(to), size, from.sent);
      from.sent += n;
      if (from.sent == from.body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(n);
    };
    nghttp2_submit_response(session_, id, fields.data(), fields.size(), &body);
    if (reply.close)
      nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR, nullptr, 0);
  }

  ScriptedWeb& web_;
  const int fd_;
  const unsigned number_;
  bool vanish_ = false;
  std::map<std::int32_t, Stream> streams_;
  nghttp2_session* session_ = nullptr;
};

ScriptedWeb::ScriptedWeb(Script script)
    : script_(std::move(script)), stop_fd_(eventfd(0, EFD_CLOEXEC)) {
  listen_fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof at;
  auto* address = reinterpret_cast<sockaddr*>(&at);
  RAMPART_ASSERT(bind(listen_fd_, address, length) == 0 && listen(listen_fd_, 128) == 0);
  RAMPART_ASSERT(getsockname(listen_fd_, address, &length) == 0);
  port_ = ntohs(at.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedWeb::~ScriptedWeb() {
  const std::uint64_t one = 1;
  RAMPART_ASSERT(write(stop_fd_, &one, sizeof one) == sizeof one);
  thread_.join();
  close(listen_fd_);
  close(stop_fd_);
}

std::vector<ScriptedWeb::Request> ScriptedWeb::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedWeb::serve() {
  for (unsigned number = 0;;) {
    std::array<pollfd, 2> fds{{{listen_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}}};
    poll(fds.data(), fds.size(), -1);
    if (fds[1].revents != 0) break;
    const int fd = accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_.emplace_back([this, fd, n = number++] { serve_one(fd, n); });
  }
  for (auto& connection : connections_) connection.join();
}

void ScriptedWeb::serve_one(int fd, unsigned number) {
  auto first = read_some(fd);
  if (first.starts_with("PRI "))
    Http2(*this, fd, number).run(std::move(first));
  else if (!first.empty())
    Http1(*this, fd, number, std::move(first)).run();
  close(fd);
}

ScriptedWeb::Reply ScriptedWeb::answer(const Request& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
  return script_(request);
}

std::string ScriptedWeb::read_some(int fd) const {
  if (!wait_readable(fd, stop_fd_)) return {};
  std::string out(65536, '\0');
  const auto n = recv(fd, out.data(), out.size(), 0);
  out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return out;
}

}  // namespace rampart::testing
