#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/ip_address.h"

namespace rampart::net {

// Why a stream ended.
enum class StreamEnd : std::uint8_t {
  eof,          // the peer closed in order
  refused,      // no listener
  unreachable,  // no route, or the network said so
  reset,        // the peer or the network tore the connection down
  tls,          // handshake, certificate or record failure
  local,        // out of descriptors, ports or memory on this side
  protocol,     // bytes that the protocol above does not allow
};
std::string_view to_string(StreamEnd end);

// A byte stream to one peer, plain TCP or TLS over it. Loop thread only.
class Stream {
 public:
  class Listener {
   public:
    // Connected, for TLS with the handshake done and the certificate accepted.
    virtual void on_open() = 0;
    // `bytes` hold only during the call.
    virtual void on_data(std::span<const char> bytes) = 0;
    // What a write had to queue has gone to the kernel.
    virtual void on_drained() {}
    // At most once, and the last call. The stream may be destroyed in it, as in the others.
    virtual void on_end(StreamEnd end, std::string_view detail) = 0;

   protected:
    ~Listener() = default;
  };

  virtual ~Stream() = default;  // closes; no call to the listener after it
  // After on_open; does nothing once the stream has ended. hot: sends at once what the kernel
  // takes; only the rest is copied and queued.
  virtual void write(std::span<const char> bytes) = 0;
  // Tells the peer, after all that is queued, that no more follows (FIN, for TLS with
  // close_notify). Reading goes on. Destroying a stream, in contrast, throws away what is queued.
  virtual void shutdown() = 0;
  // From now on looks after each on_data whether more has come meanwhile, before the loop goes on:
  // one system call more, and fewer, larger answers of a listener that gathers them until the loop
  // waits. Not together with back-pressure.
  virtual void read_eagerly() {}
  // Bytes that wait to be sent.
  [[nodiscard]] virtual std::size_t queued() const = 0;
  // Known as soon as connecting has begun; 0 where that failed at once, and for accepted streams.
  [[nodiscard]] virtual std::uint16_t local_port() const = 0;
  // The protocol that the TLS handshake chose (ALPN, RFC 7301), such as "h2"; else empty.
  [[nodiscard]] virtual std::string_view alpn() const { return {}; }
};

}  // namespace rampart::net
