#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "net/http2_memory.h"
#include "net/stream.h"

struct nghttp2_session;
struct nghttp2_session_callbacks;

namespace rampart::net {

class Loop;

// What both ends of an HTTP/2 connection need around nghttp2; private to net. nghttp2 must not be
// deleted inside its own callbacks, where a listener may destroy the connection: so the connection
// holds this by shared_ptr, keeps a copy for the length of each receive() and send(), and calls
// abandon() when it is destroyed. Each callback that called a listener returns verdict().
class Http2Session {
 public:
  enum class Side : std::uint8_t { client, server };
  // Takes the callbacks, which get `user`.
  Http2Session(Side side, nghttp2_session_callbacks* callbacks, void* user);

  enum class Outcome : std::uint8_t {
    done,
    over,       // nothing more can be said on this connection: error() tells why
    abandoned,  // the connection is gone: touch nothing of it
  };
  // hot: hands bytes of the peer to nghttp2, which calls back for what they hold.
  Outcome receive(std::span<const char> bytes);
  // hot: writes all that nghttp2 has to say, in pieces as large as the loop's write buffer. Leaves
  // off while the stream has much queued: to be called again when that has drained.
  Outcome send(Loop& loop, Stream& stream);

  [[nodiscard]] nghttp2_session* native() const { return native_.get(); }
  // Inside receive() or send(), which send what is submitted meanwhile.
  [[nodiscard]] bool running() const { return running_; }
  // Callbacks get no user data from here on.
  void abandon();
  // For callbacks: makes nghttp2 return from receive() at once where the connection is gone. Not
  // from send(): it would lose the frame in its hands, and returns after that one anyway.
  [[nodiscard]] int verdict() const;
  // A GOAWAY was sent or received: once all streams have ended, the session is over.
  void leave(std::string error = {}) {
    leaving_ = true;
    if (error_.empty()) error_ = std::move(error);
  }
  // What this side found wrong; empty where the session ended in order.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  struct Free {
    void operator()(nghttp2_session* session) const noexcept;
  };
  Outcome outcome(std::ptrdiff_t result);

  Http2Memory memory_;
  std::unique_ptr<nghttp2_session, Free> native_;
  std::string error_;
  bool running_ = false;
  bool receiving_ = false;
  bool abandoned_ = false;
  bool leaving_ = false;
};

}  // namespace rampart::net
