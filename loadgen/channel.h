#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "loadgen/exchange.h"
#include "loadgen/intrusive_list.h"
#include "model/load.h"

namespace rampart::net {
class Stream;
}

namespace rampart::loadgen {

struct Request;

// What came back for one request.
struct Answer {
  std::uint16_t status = 0;
  bool keep_alive = true;  // where false the channel takes no more
  std::uint64_t bytes = 0;
  std::optional<model::LoadError> wrong = {};  // where the channel itself judges it: tcp, udp, icmp
};

// One connection or socket of a load's pool, for the whole run: it is opened, carries requests on
// its exchanges, ends and is opened again. One derived class per protocol; the Driver decides what
// happens when. Loop thread only.
class Channel {
 public:
  enum class State : std::uint8_t { closed, queued, connecting, open, draining, backing_off };

  // No call of these comes from inside open(), cancel() or close(), and of send() only on_sent and
  // on_blocked. The channel may be closed in each other.
  class Listener {
   public:
    // Open; that many exchanges can be used, which may change by a later call.
    virtual void on_open(Channel& channel, std::uint32_t usable) = 0;
    // Of slow clients, which send in pieces: that many bytes of a request have left.
    virtual void on_sent(Exchange& /*exchange*/, std::size_t /*bytes*/) {}
    virtual void on_answer(Exchange& exchange, const Answer& answer) = 0;
    // What was just sent waits for room in the socket's send buffer. From inside send().
    virtual void on_blocked(Exchange& exchange) = 0;
    // One exchange's request is lost; the channel goes on. Nullopt: the peer never looked at it, so
    // that it can be sent again.
    virtual void on_lost(Exchange& exchange, std::optional<model::LoadError> why) = 0;
    // The peer wants no more requests; those out may still be answered.
    virtual void on_draining(Channel& channel) = 0;
    // The channel has ended, and every request on it. Reported once per open().
    virtual void on_end(Channel& channel, model::LoadError why) = 0;

   protected:
    ~Listener() = default;
  };

  Channel(std::uint32_t exchanges, Listener& listener)
      : listener_(listener), exchanges_(exchanges) {
    for (std::uint32_t i = 0; i < exchanges; ++i) {
      exchanges_[i].channel = this;
      exchanges_[i].index = i;
    }
  }
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  virtual void open(const base::Endpoint& to, const std::optional<base::IpAddress>& from) = 0;
  // hot. Only while open.
  virtual void send(Exchange& exchange, const Request& request) = 0;
  // Gives up the exchange's request. False where the channel cannot be used after that.
  virtual bool cancel(Exchange& exchange) = 0;
  // Whether any byte of the answer has come.
  [[nodiscard]] virtual bool heard(const Exchange& exchange) const = 0;
  // Without a word to the listener.
  virtual void close() = 0;
  // 0: none was taken.
  [[nodiscard]] virtual std::uint16_t local_port() const = 0;
  // The connection, for what its TLS handshake agreed upon; only while open. Null: it has none.
  [[nodiscard]] virtual const net::Stream* stream() const { return nullptr; }

  // Answers that came and that this host had no room for: they will look lost.
  [[nodiscard]] virtual std::uint64_t answers_dropped() const { return 0; }

  [[nodiscard]] std::span<Exchange> exchanges() { return exchanges_; }

  // The Driver's bookkeeping.
  State state = State::closed;
  std::uint32_t usable = 0;    // exchanges
  std::uint32_t failures = 0;  // opened in a row without an answer after it
  std::uint32_t endpoint = 0;  // index into the target's addresses
  std::uint32_t source = 0;    // index into the local addresses
  std::uint32_t busy = 0;      // exchanges with a request out
  std::uint64_t requests = 0;  // sent since it was opened
  base::MonoTime deadline;     // connecting: give up; backing off: try again
  ListLink<Channel> link;
  IntrusiveList<Exchange, &Exchange::link> waiting;  // requests that it carries while it connects

 protected:
  [[nodiscard]] Listener& listener() const { return listener_; }

 private:
  Listener& listener_;
  std::vector<Exchange> exchanges_;
};

}  // namespace rampart::loadgen
