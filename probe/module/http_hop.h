#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "model/blackbox.h"
#include "model/probe.h"
#include "net/tls_witness.h"
#include "probe/curl_multi.h"
#include "probe/module/address_choice.h"
#include "probe/module/http_head.h"
#include "probe/module/http_url.h"
#include "probe/module/module_context.h"

namespace rampart::probe {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

// One request. What it points to outlives the hop.
struct HopAsk {
  HttpUrl url;              // http or https, with a port that can be
  std::string host;         // the Host header
  std::string server_name;  // what its certificate must be for, and SNI where that is a name
  std::string method = "GET";
  HttpFields fields;  // all but Host
  std::string_view body;
  std::vector<std::string> cookies;  // as HopEnd::cookies
  bool keep_cookies = false;
  // Whoever leads here is beyond loopback, and has no business there: not_permitted.
  bool no_loopback = false;
  std::optional<HttpUrl> proxy;                // with its port
  const HttpFields* connect_fields = nullptr;  // for CONNECT
  // The host's name is looked up for the permission alone: the time is not counted.
  bool hide_lookup = false;
  const model::ModuleTls* tls = nullptr;
  bool http2 = false;  // where TLS agrees upon it
  model::IpPreference ip;
  base::MonoTime deadline;
  base::Nanos limit{0};  // how long the probe may take, for words
};

// What came of it.
struct HopEnd {
  // none: as much of the answer came as was wanted.
  model::ProbeReason reason = model::ProbeReason::none;
  std::string detail;
  std::optional<HttpHead> head;  // where a whole one came
  // Completed ones; those of a connection count only once it is ready for the request.
  model::ProbePhases phases;
  // Of the TLS connection to the server, else of the one to the proxy.
  std::optional<net::TlsWitness::Handshake> tls;
  std::vector<std::string> cookies;  // of the answer and those that were given, as libcurl has them
  std::string peer;                  // what was connected to
  bool beyond_loopback = false;      // the host whose answer it is
};

// One HTTP request and its answer on a connection of its own, by way of a proxy where there is one.
// Names are resolved by the context's resolver. A proxy is asked for the address that was found and
// is permitted, never for a name, which it might resolve otherwise. Destroyed while it runs, it is
// unheard. Probe thread only.
class HttpHop final : private CurlMulti::Transfer, private AddressChoice::Listener {
 public:
  class Listener {
   public:
    // The whole head. False: its body is not wanted, and the hop ends.
    virtual bool on_head(const HttpHead& head) = 0;
    // Of the body, as it was sent. False: no more of it.
    virtual bool on_body(std::string_view bytes) = 0;
    // Once, possibly from inside start(). The hop may be destroyed in it.
    virtual void on_hop_end(HopEnd&& end) = 0;

   protected:
    ~Listener() = default;
  };

  // All outlive it.
  HttpHop(const ModuleContext& context, Listener& listener);
  ~HttpHop();
  HttpHop(const HttpHop&) = delete;
  HttpHop& operator=(const HttpHop&) = delete;

  // Once.
  void start(HopAsk ask);

 private:
  struct Easy;

  void on_address(const base::IpAddress& address) override;
  void on_no_address(model::ProbeReason reason, std::string detail) override;
  void on_transfer_done(int curl_code) override;
  void on_socket(int fd) override;

  // Looks for the next address that is missing, and goes on when there is none.
  void prepare();
  void count_lookup();
  void connect();
  void set_way();
  void set_request();
  void add_phases(int curl_code);
  void take_cookies();
  void explain(int curl_code);
  void fail(model::ProbeReason reason, std::string detail);
  void finish();
  [[nodiscard]] bool tunnels() const;
  [[nodiscard]] std::string address_text() const;
  // What of the request could not be sent as one field.
  [[nodiscard]] base::Status check_words() const;
  [[nodiscard]] base::Status check_proxied() const;

  const ModuleContext& context_;
  Listener& listener_;
  HopAsk ask_;
  HopEnd end_;
  AddressChoice choice_;
  enum class Wanted : std::uint8_t { host, proxy };
  Wanted wanted_ = Wanted::host;  // whose address is looked for
  std::optional<base::IpAddress> host_;
  std::optional<base::IpAddress> proxy_;
  std::uint32_t scope_ = 0;  // of the host's address
  std::unique_ptr<Easy> easy_;
};

}  // namespace rampart::probe
