#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "probe/module/address_choice.h"
#include "probe/module/dns_exchange.h"
#include "probe/module/dns_message.h"
#include "probe/module/module_context.h"
#include "probe/module/module_probe.h"

namespace rampart::probe {

// "host", "host:port", "[address]", "[address]:port" or a bare IPv6 address.
struct DnsTarget {
  std::string host;                   // without brackets
  std::optional<std::uint16_t> port;  // none: the text has none
  bool bad_port = false;              // what stands there is no port

  static DnsTarget parse(std::string_view text);
};

// The dns module of blackbox_exporter: asks the target for a name, and looks at the reply. A reply
// to another question, and a query that comes back, fail; their exporter takes both.
class DnsModuleProbe final : public ModuleProbe,
                             private AddressChoice::Listener,
                             private DnsExchange::Listener {
 public:
  DnsModuleProbe(const ModuleContext& context, ModuleAsk ask);

  void start(ModuleProbe::Listener& listener) override;

 private:
  void on_address(const base::IpAddress& address) override;
  void on_no_address(model::ProbeReason reason, std::string detail) override;
  void on_exchanged(DnsExchanged&& exchanged) override;
  base::Result<std::string> make_query();
  [[nodiscard]] base::Status check_question(const DnsReply& reply) const;
  void look_at(const DnsReply& reply);
  void add_families();
  void fail(model::ProbeReason reason, std::string detail);
  void finish();

  const ModuleContext& context_;
  const ModuleAsk ask_;
  const model::DnsModule& module_;
  const DnsTarget target_;
  AddressChoice choice_;
  DnsExchange exchange_;
  ModuleProbe::Listener* listener_ = nullptr;
  ModuleOutcome out_;
  std::uint16_t type_ = 0;
  std::uint16_t klass_ = 0;
  base::Nanos connect_{0};
  std::optional<DnsReply> reply_;
  std::optional<net::TlsInfo> tls_;
  std::optional<net::PeerChain> chain_;
};

}  // namespace rampart::probe
