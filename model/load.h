#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/histogram.h"

namespace rampart::model {

// Why a request failed: exactly one per failed request. docs/errors.md explains each; its number
// (code_of) is stable, its class (class_of) is what the result JSON sums up by.
enum class LoadError : std::uint8_t {
  connect_refused,
  connect_unreachable,
  connect_timeout,
  connect_reset,  // torn down or closed before it could be used
  tls_handshake,
  tls_alert,
  tls_untrusted,
  tls_expired,
  tls_name_mismatch,
  reset,            // RST in mid-request
  closed,           // closed in order in mid-request
  stream_reset,     // HTTP/2: RST_STREAM
  protocol,         // an answer that is not what the protocol allows, or too large
  truncated,        // an answer that ends early
  http_4xx,         // an unexpected status below 500
  http_5xx,         // an unexpected status of 500 and above
  unexpected_body,  // a flow's answer whose body is not as expected
  not_extracted,    // a flow's answer without the value that later steps need
  wrong_echo,       // other bytes came back than were sent
  first_byte_timeout,
  timeout,  // no complete answer within the limit
  no_ports,
  no_descriptors,
  local,  // another resource of this host
};
inline constexpr std::size_t kLoadErrors = 24;
std::string_view to_string(LoadError error);
unsigned code_of(LoadError error);  // 201
std::optional<LoadError> load_error_of(unsigned code);

enum class ErrorClass : std::uint8_t {
  connect,
  timeout,
  reset,
  tls,
  protocol,
  http_4xx,
  http_5xx,
  expectation,
  local
};
inline constexpr std::size_t kErrorClasses = 9;
std::string_view to_string(ErrorClass c);
ErrorClass class_of(LoadError error);

// What the handshakes of a load agreed upon, as its newest connection tells.
struct TlsFacts {
  std::string version;   // TLSv1.3
  std::string cipher;    // OpenSSL's name
  std::string group;     // of the key exchange
  std::string alpn;      // empty: none
  std::string key_type;  // of the server's certificate: RSA, EC, ED25519
  std::uint32_t key_bits = 0;
};

// Over a whole load: offered = started + missed, and started = completed + failed + in flight. In a
// single interval `offered` counts the arrivals that came due in it, started or still waiting for a
// connection; `missed` is set in the last one.
struct LoadCounters {
  std::uint64_t offered = 0;    // arrivals that came due
  std::uint64_t started = 0;    // sent, or tried on a connection that failed
  std::uint64_t completed = 0;  // answered as expected
  std::uint64_t failed = 0;     // everything else that ended
  std::uint64_t missed = 0;     // came due, never started: all connections were busy until the end
  std::uint64_t connects = 0;   // connections opened
  std::uint64_t connect_failures = 0;
  std::uint64_t connections_lost = 0;  // closed by the peer while nothing was asked of them
  std::uint64_t pushed_back =
      0;                         // requests that the peer refused to take, and that were sent again
  std::uint64_t handshakes = 0;  // TLS, completed
  std::uint64_t resumed = 0;     // of these, with an earlier session
  std::uint64_t send_blocked = 0;  // requests that waited for room in the socket's send buffer
  std::uint64_t bytes_in = 0;      // of the transport, TLS overhead left out
  std::uint64_t bytes_out = 0;
  std::array<std::uint64_t, kLoadErrors> errors{};

  LoadCounters& operator+=(const LoadCounters& other);
  [[nodiscard]] std::uint64_t error(LoadError kind) const {
    return errors[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::uint64_t error(ErrorClass kind) const;
};

// One step of one load on one worker during one interval (a second). Counters are what happened in
// the interval, those of connections with the first step; in_flight is the level at its end. A step
// after the first is offered when it is sent: what its predecessor prevents was never due.
struct LoadInterval {
  std::uint32_t load = 0;  // index into Plan::loads
  std::uint32_t step = 0;  // index into LoadSpec::steps; 0 where there are none
  std::uint32_t worker = 0;
  base::MonoTime start;
  base::Nanos length{0};
  LoadCounters counters;
  std::uint64_t in_flight = 0;
  std::optional<TlsFacts> tls;  // where a connection was opened in this interval
  // Histograms hold every request that got an answer or ran into its timeout (then with the time
  // until it was given up, a lower bound). Latency counts from the intended start, service from the
  // send.
  base::Histogram latency;
  base::Histogram service;
};

// How the load generator itself fared on one worker during one interval.
struct ClientInterval {
  std::uint32_t worker = 0;
  base::MonoTime start;
  base::Nanos length{0};
  base::Nanos busy{0};       // time not spent waiting for events
  base::Nanos cpu{0};        // CPU time of the thread
  base::Histogram loop_lag;  // length of each turn of the event loop
  base::Histogram
      schedule_lag;           // send - due, of requests for which a connection stood idle when due
  std::uint64_t starved = 0;  // requests that came due while every connection was busy
  base::Nanos steal{0};  // that the hypervisor gave to others, mean over all CPUs; of worker 0 only
};

}  // namespace rampart::model
