#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "model/blackbox.h"
#include "model/metric.h"
#include "model/probe.h"
#include "net/peer_chain.h"
#include "net/stream.h"
#include "net/tcp_stream.h"
#include "net/timer.h"
#include "net/tls.h"
#include "probe/descriptor.h"
#include "probe/module/line_reader.h"
#include "probe/module/match_template.h"
#include "probe/module/module_context.h"

namespace rampart::probe {

// What to say to a service that speaks in lines. What it points at outlives the conversation.
struct ConversationAsk {
  Descriptor socket;                 // a stream socket
  std::optional<base::Endpoint> to;  // the socket is to be connected there; none: it is connected
  std::uint32_t scope = 0;           // of that address
  bool announced = true;             // the socket's port; else it is once it connects
  std::string peer;                  // for messages
  const std::vector<model::QueryResponse>* turns = nullptr;
  bool tls = false;  // from the beginning
  const model::ModuleTls* tls_options = nullptr;
  std::string server_name;  // for TLS, where the options have none
  base::MonoTime deadline;
};

struct Conversed {
  model::ProbeReason reason = model::ProbeReason::none;  // none: every turn was taken
  std::string detail;
  bool no_match = false;  // the peer ended in order, and no line was as expected
  // Each 0 where it was not reached; where it failed, how long it tried.
  base::Nanos connect{0};
  base::Nanos tls{0};
  base::Nanos exchange{0};               // without the handshake
  std::optional<net::TlsInfo> tls_info;  // after a good handshake
  std::optional<net::PeerChain> chain;   // also after a bad one
  bool tls_by_starttls = false;
  std::vector<model::MetricFamily::Series> labels;  // of probe_expect_info
  std::vector<std::string> log;
};

// probe_failed_due_to_regex, and where there is something to tell probe_expect_info,
// probe_tls_version_info and probe_ssl_*.
std::vector<model::MetricFamily> conversation_families(const Conversed& conversed);

// A conversation in lines with one peer: connects, and takes one turn after the other. A turn reads
// lines until one is as expected, then sends one, then begins TLS, each where the turn has it.
// Destroyed while it runs, it is unheard. Probe thread only.
class Conversation final : private net::Stream::Listener, private net::Timer::Listener {
 public:
  class Listener {
   public:
    // Once, possibly from inside start(). The conversation may be destroyed in it.
    virtual void on_conversed(Conversed&& conversed) = 0;

   protected:
    ~Listener() = default;
  };

  // Both outlive it.
  Conversation(const ModuleContext& context, Listener& listener);
  ~Conversation();

  // Once.
  void start(ConversationAsk ask);

 private:
  enum class State { connecting, handshake, talking, sending, over };
  struct Expectation;

  void on_open() override;
  void on_data(std::span<const char> bytes) override;
  void on_drained() override;
  void on_end(net::StreamEnd end, std::string_view detail) override;
  void on_timer(net::Timer& timer) override;
  void out_of_time();

  void begin_tls();
  void begin_talking();
  void go_on();
  // False where the turn has to wait, or the conversation is over.
  bool hear(const model::QueryResponse& turn, std::string& send);
  bool is_as_expected(const model::QueryResponse& turn, std::string_view line, std::string& send);
  void say(const std::string& line);
  void add_labels(const model::QueryResponse& turn, const Match& match);
  void no_match(const model::QueryResponse& turn);
  void note(std::string text);
  void fail(model::ProbeReason reason, std::string detail);
  void finish();
  net::Stream& stream();

  const ModuleContext& context_;
  Listener& listener_;
  ConversationAsk ask_;
  Conversed out_;
  State state_ = State::connecting;
  base::MonoTime since_;  // the state began
  net::Timer timer_;
  std::shared_ptr<const net::TlsContext> tls_context_;
  std::unique_ptr<net::TcpStream> plain_;  // until TLS takes it
  std::unique_ptr<net::Stream> tls_;
  LineReader lines_;
  bool ended_ = false;  // the peer, in order
  std::size_t turn_ = 0;
  std::unique_ptr<Expectation> expected_;  // of this turn
  std::size_t heard_ = 0;                  // lines, in this turn
  std::size_t noted_ = 0;                  // lines, in the log
};

}  // namespace rampart::probe
