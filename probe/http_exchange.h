#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "model/owner.h"
#include "model/plan.h"
#include "model/probe.h"
#include "probe/curl_multi.h"

namespace rampart::net {
class Loop;
}

namespace rampart::probe {

class OwnSockets;

// Host names whose addresses the plan knows: where a redirect may lead without a DNS query.
using HostTable = std::unordered_map<std::string, base::IpAddress>;

// What every check works with. All outlive it.
struct Context {
  net::Loop& loop;
  CurlMulti& curl;
  OwnSockets& sockets;
  const base::Clock& clock;
  const HostTable& hosts;
  const std::string& run_id;
};

// Of an answer whose body is about to come. Borrowed; the peer's words.
struct BodyHead {
  std::uint16_t status = 0;
  std::string_view content_type;
  std::string_view content_encoding;  // several joined by ", "
};

// Takes a body as it comes instead of having it handed back whole.
class BodySink {
 public:
  // Before the first byte of each answer's body, a redirect's as well; where there is none, at its
  // end.
  virtual void begin(const BodyHead& head) = 0;
  // How many of the bytes were taken. What was not is given again, with more behind it, after what
  // else is due on the loop. Nothing where no more is wanted: the exchange ends then, with
  // ProbeReason::protocol.
  virtual std::optional<std::size_t> take(std::string_view bytes) = 0;

 protected:
  ~BodySink() = default;
};

struct HttpAsk {
  model::Url url;  // http or https
  model::TlsOptions tls;
  std::vector<base::Endpoint> endpoints;  // the first is connected to
  model::HttpRequest request;
  base::Nanos timeout{0};
  model::Owner owner = model::Owner::probe;
  bool follow_redirects = true;
  bool keep_method = false;    // and the body, also where a redirect makes GET of POST
  std::size_t keep_body = 0;   // bytes of the body to hand back
  bool refuse_longer = false;  // a longer body is a failure; else the rest is only counted
  BodySink* sink = nullptr;    // takes the body; outlives the exchange
};

struct HttpAnswer {
  base::MonoTime start;
  base::Nanos duration{0};
  // none: a whole answer came, whatever its status.
  model::ProbeReason reason = model::ProbeReason::none;
  std::string detail;
  // Completed phases, summed over redirects. The phase that failed stays 0: `reason` names it.
  model::ProbePhases phases;
  std::uint16_t status = 0;  // 0: none came
  std::string body;
  std::uint64_t body_bytes = 0;
  // For how long what the sink had put off (BodySink::take) waited for others' turns, less the time
  // that passed after the sink had all that came. Part of the duration, and of the timeout.
  base::Nanos put_off{0};
  // What the peer's Date says; nothing where it has none.
  std::optional<std::chrono::sys_seconds> date;
};

// One HTTP/1.1 request and its answer, each on a new connection, with its redirects (at most 10,
// only to addresses that the plan permits). Header sections above 80 KiB are a protocol failure.
class HttpExchange final : private CurlMulti::Transfer {
 public:
  class Listener {
   public:
    // Once per start, possibly from inside start(). The exchange may be started again in it.
    virtual void on_answer(HttpAnswer&& answer) = 0;

   protected:
    ~Listener() = default;
  };

  HttpExchange(const Context& context, Listener& listener);
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  // Only when none runs.
  void start(HttpAsk ask);

 private:
  struct Easy;  // one hop

  void hop();
  void configure();
  void set_tls();
  void set_request();
  void on_transfer_done(int curl_code) override;
  void on_socket(int fd) override;
  void add_phases(int curl_code);
  // True where the next hop runs or the exchange has ended.
  bool redirect();
  bool redirect_to(const model::Url& to);
  void explain(int curl_code);
  void finish(model::ProbeReason reason, std::string detail);

  const Context& context_;
  Listener& listener_;
  HttpAsk ask_;
  HttpAnswer answer_;
  base::Endpoint to_;
  unsigned redirects_ = 0;
  std::unique_ptr<Easy> easy_;
};

}  // namespace rampart::probe
