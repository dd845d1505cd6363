#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "model/blackbox.h"
#include "model/probe.h"
#include "probe/module/http_hop.h"
#include "probe/module/module_context.h"
#include "probe/module/proxy_choice.h"

namespace rampart::probe {

// Asks an OAuth 2.0 server for a token, at most twice: with the client's secret in a header, and
// where that gives no token in the form. Redirects are not followed. Destroyed while it runs, it is
// unheard. Probe thread only.
class TokenRequest final : private HttpHop::Listener {
 public:
  class Listener {
   public:
    // One of them, once, possibly from inside start(). The request may be destroyed in it.
    virtual void on_token(std::string authorization) = 0;  // the header's value
    virtual void on_no_token(model::ProbeReason reason, std::string detail) = 0;

   protected:
    ~Listener() = default;
  };
  struct Ask {
    const model::OAuth2* options = nullptr;  // outlives the request
    std::string user_agent;
    model::IpPreference ip;
    base::MonoTime deadline;
    base::Nanos limit{0};
  };

  // All outlive it.
  TokenRequest(const ModuleContext& context, Listener& listener)
      : context_(context), listener_(listener) {}

  // Once.
  void start(Ask ask);

 private:
  bool on_head(const HttpHead&) override { return true; }
  bool on_body(std::string_view bytes) override;
  void on_hop_end(HopEnd&& end) override;
  void ask();
  base::Result<HopAsk> make_hop();
  void fail(model::ProbeReason reason, const std::string& detail);

  const ModuleContext& context_;
  Listener& listener_;
  Ask ask_;
  std::string secret_;
  bool in_form_ = false;
  std::string form_;
  std::string answer_;
  std::unique_ptr<HttpHop> hop_;
};

}  // namespace rampart::probe
