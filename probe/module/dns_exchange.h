#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ip_address.h"
#include "model/blackbox.h"
#include "model/probe.h"
#include "net/fd_watcher.h"
#include "net/peer_chain.h"
#include "net/stream.h"
#include "net/timer.h"
#include "net/tls.h"
#include "probe/descriptor.h"
#include "probe/module/module_context.h"

namespace rampart::probe {

struct DnsAsk {
  base::Endpoint to;
  std::uint32_t scope = 0;                   // of that address
  const model::DnsModule* module = nullptr;  // outlives the exchange
  std::string server_name;                   // for TLS, where the module has none
  std::string query;                         // a DNS message
  base::MonoTime deadline;
};

struct DnsExchanged {
  // none: a reply with the query's id came, which may be anything else.
  model::ProbeReason reason = model::ProbeReason::none;
  std::string detail;
  std::string reply;
  base::Nanos connect{0};  // with the TLS handshake; where it failed there, how long it tried
  base::Nanos request{0};  // from the query sent to the reply, or to giving up
  std::optional<net::TlsInfo> tls;      // after a good handshake
  std::optional<net::PeerChain> chain;  // also after a bad one
};

// Sends one query by UDP, TCP or TLS, and waits for the reply. By UDP replies of another id are
// passed over, as late ones of earlier queries may come; one of more than 512 bytes, which nobody
// asked for, is a protocol failure. Destroyed while it runs, it is unheard. Probe thread only.
class DnsExchange final : private net::FdWatcher::Listener,
                          private net::Stream::Listener,
                          private net::Timer::Listener {
 public:
  class Listener {
   public:
    // Once per start, possibly from inside start(). The exchange may be destroyed in it.
    virtual void on_exchanged(DnsExchanged&& exchanged) = 0;

   protected:
    ~Listener() = default;
  };

  DnsExchange(const ModuleContext& context, Listener& listener);

  // Once.
  void start(DnsAsk ask);

 private:
  void start_udp(const std::optional<base::IpAddress>& from);
  void start_stream(const std::optional<base::IpAddress>& from);
  void connected();
  void receive_udp();
  void on_ready(int fd, bool readable, bool writable) override;
  void on_open() override;
  void on_data(std::span<const char> bytes) override;
  void on_end(net::StreamEnd end, std::string_view detail) override;
  void on_timer(net::Timer& timer) override;
  [[nodiscard]] bool has_query_id(std::string_view reply) const;
  [[nodiscard]] std::string peer() const;
  void fail(model::ProbeReason reason, std::string detail);
  void finish();

  const ModuleContext& context_;
  Listener& listener_;
  DnsAsk ask_;
  DnsExchanged out_;
  base::MonoTime start_;
  base::MonoTime sent_;
  bool connected_ = false;
  net::Timer timer_;
  Descriptor fd_;                          // of UDP; closed after its watcher
  std::optional<net::FdWatcher> watcher_;  // of UDP
  std::shared_ptr<const net::TlsContext> tls_;
  std::unique_ptr<net::Stream> stream_;
  int stream_fd_ = -1;  // the stream's
  std::string in_;      // from the stream
};

}  // namespace rampart::probe
