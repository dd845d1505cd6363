#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probe/module/address_choice.h"
#include "probe/module/body_reader.h"
#include "probe/module/http_checks.h"
#include "probe/module/http_families.h"
#include "probe/module/http_hop.h"
#include "probe/module/http_url.h"
#include "probe/module/module_context.h"
#include "probe/module/module_probe.h"
#include "probe/module/token_request.h"

namespace rampart::probe {

// The http module of blackbox_exporter: asks the target for a page, follows redirects, and looks at
// the last answer. As there, the name in the target's URL gives way to its address, so that an
// absolute redirect to the name leads to another host, and basic_auth or authorization go with
// every request. Otherwise than there, a proxy is asked for an address that was found here and is
// permitted, the certificate of a proxy is checked for the proxy's name, a token is waited for no
// longer than the probe, and expressions see the first 4 MiB of a body.
class HttpModuleProbe final : public ModuleProbe,
                              private AddressChoice::Listener,
                              private TokenRequest::Listener,
                              private HttpHop::Listener {
 public:
  HttpModuleProbe(const ModuleContext& context, ModuleAsk ask);

  void start(ModuleProbe::Listener& listener) override;

 private:
  // What comes in place of an answer's body.
  enum class Body : std::uint8_t { wanted, redirect, refused_redirect, bad_redirect };

  void on_address(const base::IpAddress& address) override;
  void on_no_address(model::ProbeReason reason, std::string detail) override;
  void on_token(std::string authorization) override;
  void on_no_token(model::ProbeReason reason, std::string detail) override;
  bool on_head(const HttpHead& head) override;
  bool on_body(std::string_view bytes) override;
  void on_hop_end(HopEnd&& end) override;

  // Errors are this host's, or the target's URL.
  base::Status prepare();
  base::Status read_fields();
  void begin();
  void hop();
  base::Result<HopAsk> make_hop();
  base::Result<std::string> authorization();
  Body look_for_redirect(const HttpHead& head);
  void redirect(int status);
  void judge(const HopEnd& end);
  std::optional<HttpComplaint> complaint_of(const HopEnd& end);
  [[nodiscard]] std::optional<HttpComplaint> broken_body(const HopEnd& end) const;
  void note(std::string step);
  void fail(model::ProbeReason reason, std::string detail);
  void finish();

  const ModuleContext& context_;
  const ModuleAsk ask_;
  const model::HttpModule& module_;
  ModuleProbe::Listener* listener_ = nullptr;
  base::MonoTime deadline_;
  AddressChoice choice_;
  bool chosen_ = false;          // an address was looked for, and the page tells of it
  HttpUrl url_;                  // of this hop
  std::string name_;             // the target's host
  std::string host_;             // the Host header
  std::string first_authority_;  // of the URL that server_name_ holds for
  std::string first_zone_;
  std::string server_name_;
  std::string method_;
  HttpFields fields_;                             // but Host
  std::shared_ptr<const std::string> body_file_;  // as it was when the probe began; null: none
  std::string_view body_;
  std::string token_;                       // an Authorization header
  std::optional<std::string> credentials_;  // the module's, once they were wanted
  std::vector<std::string> cookies_;
  bool beyond_loopback_ = false;  // a hop so far was
  std::string referer_;           // empty: none but a header of the module
  Body awaits_ = Body::wanted;
  HttpUrl next_;
  std::string next_host_;
  std::unique_ptr<BodyReader> reader_;
  std::unique_ptr<TokenRequest> token_request_;
  std::unique_ptr<HttpHop> hop_;
  HttpFindings findings_;
  ModuleOutcome out_;
};

}  // namespace rampart::probe
