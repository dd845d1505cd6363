#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "net/fd_watcher.h"
#include "net/timer.h"
#include "probe/module/address_choice.h"
#include "probe/module/module_context.h"
#include "probe/module/module_probe.h"
#include "probe/own_sockets.h"

namespace rampart::probe {

// The icmp module of blackbox_exporter: one echo request, and its reply with the same data. An
// ICMP error that quotes the request ends the probe at once; theirs waits for its time limit.
class IcmpModuleProbe final : public ModuleProbe,
                              private AddressChoice::Listener,
                              private net::FdWatcher::Listener,
                              private net::Timer::Listener {
 public:
  IcmpModuleProbe(const ModuleContext& context, ModuleAsk ask);

  void start(ModuleProbe::Listener& listener) override;

 private:
  void on_address(const base::IpAddress& address) override;
  void on_no_address(model::ProbeReason reason, std::string detail) override;
  void on_ready(int fd, bool readable, bool writable) override;
  void on_timer(net::Timer& timer) override;
  base::Result<OwnSockets::IcmpSocket> open_socket();
  // 0, or errno.
  [[nodiscard]] int set_options() const;
  void make_request();
  void send_request();
  // False where the probe is over, and where there is nothing more to read.
  bool read_reply();
  bool read_error();
  [[nodiscard]] bool is_reply(std::span<const std::uint8_t> bytes) const;
  [[nodiscard]] bool quotes_request(std::span<const std::uint8_t> bytes) const;
  [[nodiscard]] std::string peer() const { return base::to_string(address_); }
  void fail_with(int os_error);
  void fail(model::ProbeReason reason, std::string detail);
  void finish();

  const ModuleContext& context_;
  const ModuleAsk ask_;
  const model::IcmpModule& module_;
  AddressChoice choice_;
  net::Timer timer_;
  base::IpAddress address_;
  OwnSockets::IcmpSocket socket_;          // closed after its watcher
  std::optional<net::FdWatcher> watcher_;  // while a reply is waited for
  std::uint16_t id_ = 0;
  std::uint16_t sequence_ = 0;
  std::vector<std::uint8_t> request_;
  std::vector<std::uint8_t> buffer_;
  base::MonoTime setup_began_;
  base::MonoTime sent_;
  base::Nanos setup_{0};
  base::Nanos round_trip_{0};
  std::optional<int> hop_limit_;  // of the reply
  ModuleProbe::Listener* listener_ = nullptr;
  ModuleOutcome out_;
};

}  // namespace rampart::probe
