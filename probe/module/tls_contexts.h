#pragma once

#include <array>
#include <list>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/file_stamp.h"
#include "base/result.h"
#include "model/blackbox.h"
#include "net/tls.h"

namespace rampart::probe {

// The TLS contexts of modules. Each is made once, and anew when one of its files has changed, so
// that a probe reads no certificates of CAs. Probe thread only.
class TlsContexts {
 public:
  // Its wall clock is that of the files' system.
  explicit TlsContexts(const base::Clock& clock) : clock_(clock) {}

  // server_name is not part of it. Shared, as a probe goes on with the context that it began with.
  // Errc::config names the option or the file; what failed is tried again each time.
  base::Result<std::shared_ptr<const net::TlsContext>> of(const model::ModuleTls& tls);
  // Contexts that are kept now.
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  using FileStates = std::array<base::FileStamp, 4>;
  struct Entry {
    model::ModuleTls tls;
    FileStates files;
    bool settled = false;  // all of them, when they were read
    std::shared_ptr<const net::TlsContext> context;
  };
  static FileStates states_of(const model::ModuleTls& tls);

  const base::Clock& clock_;
  std::list<Entry> entries_;  // the one that was used last comes first
};

}  // namespace rampart::probe
