#pragma once

#include <string>

#include "base/result.h"
#include "model/plan.h"

namespace CLI {
class App;
}

namespace rampart::cli {

// What `rampart load` takes for tcp://, udp:// and icmp:// beside the flags of every load.
struct SocketFlags {
  std::string mode;
  std::string bytes;
  std::string close;

  void add_to(CLI::App& command);
  [[nodiscard]] bool given() const { return !mode.empty() || !bytes.empty() || !close.empty(); }
};

// The protocol that a URL asks for; with a mode, any http or https URL is loaded as TCP.
model::Protocol socket_protocol(const model::Url& url, const SocketFlags& flags);

// Fills in protocol and socket; errors name the flag. Streams and timeout are the caller's.
base::Status read_socket_flags(const SocketFlags& flags, const model::Url& url,
                               model::LoadSpec& load);

}  // namespace rampart::cli
