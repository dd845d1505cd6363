#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ip_address.h"

struct ssl_st;

namespace rampart::net {

// Why a stream ended.
enum class StreamEnd : std::uint8_t {
  eof,                // the peer closed in order
  refused,            // no listener
  unreachable,        // no route, or the network said so
  timed_out,          // the kernel gave up on a peer that does not answer
  reset,              // the peer or the network tore the connection down
  tls,                // handshake or record failure that the next four do not name
  tls_alert,          // the peer gave up with an alert, which the detail names
  tls_untrusted,      // the certificate has no chain to a trusted one, or not the pinned key
  tls_expired,        // the certificate has expired, or is not yet valid
  tls_name_mismatch,  // the certificate is for another name or address
  no_ports,           // every local port towards this peer is taken
  no_descriptors,     // this process or this host has no file descriptor left
  local,              // other trouble on this side: memory, a packet filter, a bad source address
  protocol,           // bytes that the protocol above does not allow
  truncated,          // the protocol's answer ends before its announced length
};
std::string_view to_string(StreamEnd end);

constexpr bool is_tls(StreamEnd end) {
  return end >= StreamEnd::tls && end <= StreamEnd::tls_name_mismatch;
}

// Where a connection leaves from.
struct ConnectOptions {
  // An address of this host, of the peer's family; empty: the kernel chooses. With several of them
  // one host has more connections to one peer than it has ports.
  std::optional<base::IpAddress> from = {};
  // TLS: the one protocol to offer (ALPN), such as "h2"; a server that refuses it is
  // StreamEnd::protocol.
  std::string alpn = {};
  // Bytes of the socket's receive buffer (SO_RCVBUF, of which the kernel makes twice as many), so
  // that the peer soon notices a slow reader; 0: the kernel's choice, which grows.
  std::size_t receive_buffer = 0;
  // A TCP socket of the peer's family, not yet connected, which is the stream's from then on, also
  // where connecting fails; the two above are then left to whoever made it. -1: the stream makes
  // one.
  int socket = -1;
  // Of the peer's address, where it is an IPv6 one with a zone (net::zone_index).
  std::uint32_t scope = 0;
};

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
  // Closes at once with RST instead of FIN, and throws away what is queued: no TIME_WAIT holds the
  // port, and the peer sees a torn connection. No call to the listener after it, and every other
  // call does nothing.
  virtual void reset() = 0;
  // From now on looks after each on_data whether more has come meanwhile, before the loop goes on:
  // one system call more, and fewer, larger answers of a listener that gathers them until the loop
  // waits. Not together with back-pressure.
  virtual void read_eagerly() {}
  // From now on reads that many bytes (at least 1) and then no more until the next call, which sets
  // the number anew: so a reader is as slow as it wants to be, and the peer feels it. Of the
  // transport; with TLS from on_open on. Only after on_open. The peer's end is not noticed while no
  // byte may be read.
  virtual void limit_reading(std::size_t /*bytes*/) {}
  // Bytes that wait to be sent.
  [[nodiscard]] virtual std::size_t queued() const = 0;
  // Known as soon as connecting has begun; 0 where that failed at once, and for accepted streams.
  [[nodiscard]] virtual std::uint16_t local_port() const = 0;
  // For net's own files; null without TLS.
  [[nodiscard]] virtual ssl_st* native_tls() const { return nullptr; }
  // The protocol that the TLS handshake chose (ALPN, RFC 7301), such as "h2"; else empty.
  [[nodiscard]] virtual std::string_view alpn() const { return {}; }
};

}  // namespace rampart::net
