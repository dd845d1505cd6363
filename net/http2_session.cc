#include "net/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <cstring>

#include "base/assert.h"
#include "net/loop.h"

namespace rampart::net {
namespace {

constexpr std::size_t kMaxQueued = 1
                                   << 18;  // unsent bytes above which nghttp2 is not asked for more
constexpr std::size_t kMaxHeaderSent = 1 << 20;
// Eight frames, nghttp2's own choice. It counts how often it looks for the next byte of their
// heads, which are nine bytes: a frame that comes byte by byte counts as nine.
constexpr std::size_t kMaxContinuations = 8 * 9;

}  // namespace

Http2Session::Http2Session(Side side, nghttp2_session_callbacks* callbacks, void* user) {
  nghttp2_mem memory{
      &memory_,
      [](std::size_t size, void* from) { return static_cast<Http2Memory*>(from)->allocate(size); },
      [](void* block, void* from) { static_cast<Http2Memory*>(from)->release(block); },
      [](std::size_t count, std::size_t size, void* from) {
        return static_cast<Http2Memory*>(from)->allocate_zeroed(count, size);
      },
      [](void* block, std::size_t size, void* from) {
        return static_cast<Http2Memory*>(from)->reallocate(block, size);
      }};
  nghttp2_option* option = nullptr;
  RAMPART_ASSERT(nghttp2_option_new(&option) == 0);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_send_header_block_length(option, kMaxHeaderSent);
  nghttp2_option_set_max_continuations(option, kMaxContinuations);
  nghttp2_session* out = nullptr;
  const auto make =
      side == Side::client ? nghttp2_session_client_new3 : nghttp2_session_server_new3;
  RAMPART_ASSERT(make(&out, callbacks, user, option, &memory) == 0);
  native_.reset(out);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
}

void Http2Session::Free::operator()(nghttp2_session* session) const noexcept {
  nghttp2_session_del(session);
}

void Http2Session::abandon() {
  abandoned_ = true;
  nghttp2_session_set_user_data(native(), nullptr);
}

int Http2Session::verdict() const {
  return abandoned_ && receiving_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

Http2Session::Outcome Http2Session::outcome(std::ptrdiff_t result) {
  running_ = receiving_ = false;
  if (abandoned_) return Outcome::abandoned;
  if (result < 0) {
    if (error_.empty()) error_ = nghttp2_strerror(static_cast<int>(result));
    return Outcome::over;
  }
  return Outcome::done;
}

Http2Session::Outcome Http2Session::receive(std::span<const char> bytes) {
  running_ = receiving_ = true;
  return outcome(nghttp2_session_mem_recv(
      native(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

Http2Session::Outcome Http2Session::send(Loop& loop, Stream& stream) {
  const auto buffer = loop.write_buffer();
  std::size_t used = 0;
  ssize_t size = 0;
  while (stream.queued() <= kMaxQueued) {
    const std::uint8_t* frame = nullptr;
    running_ = true;
    size = nghttp2_session_mem_send(native(), &frame);
    if (const auto step = outcome(size); step == Outcome::abandoned) return step;
    if (size <= 0) break;
    const auto length = static_cast<std::size_t>(size);
    if (length > buffer.size() - used) {
      stream.write(buffer.first(used));
      used = 0;
    }
    if (length > buffer.size()) {
      stream.write({reinterpret_cast<const char*>(frame), length});
    } else {
      std::memcpy(buffer.data() + used, frame, length);
      used += length;
    }
  }
  if (used > 0) stream.write(buffer.first(used));
  if (size < 0) return Outcome::over;
  const bool over = leaving_ && nghttp2_session_want_read(native()) == 0 &&
                    nghttp2_session_want_write(native()) == 0;
  return over ? Outcome::over : Outcome::done;
}

}  // namespace rampart::net
