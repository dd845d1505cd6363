#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "cli/nowhere.h"
#include "model/owner.h"
#include "net/loop.h"
#include "net/name_resolver.h"
#include "probe/curl_multi.h"
#include "probe/module/kept_files.h"
#include "probe/module/module_context.h"
#include "probe/module/tls_contexts.h"
#include "probe/own_sockets.h"

namespace rampart::cli {

// What probes by modules work with, and their loop. One thread's.
class ProbeEquipment {
 public:
  // Both outlive it.
  static base::Result<std::unique_ptr<ProbeEquipment>> open(const model::Permitted& permitted,
                                                            const base::Clock& clock);

  [[nodiscard]] net::Loop& loop() { return loop_; }
  // References to this.
  [[nodiscard]] probe::ModuleContext context() {
    return {loop_, *names_, sockets_, clock_, tls_, curl_, files_};
  }

 private:
  ProbeEquipment(const model::Permitted& permitted, const base::Clock& clock)
      : clock_(clock), sockets_(permitted, tuples_, clock), curl_(loop_, clock), files_(clock) {}

  const base::Clock& clock_;
  net::Loop loop_;
  std::unique_ptr<net::NameResolver> names_;
  Nowhere<model::OwnTuple> tuples_;
  probe::OwnSockets sockets_;
  probe::TlsContexts tls_;
  probe::CurlMulti curl_;
  probe::KeptFiles files_;
};

}  // namespace rampart::cli
