#include "base/error.h"

namespace rampart::base {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::io: return "io";
    case Errc::timeout: return "timeout";
    case Errc::tls: return "tls";
    case Errc::protocol: return "protocol";
    case Errc::parse: return "parse";
    case Errc::config: return "config";
    case Errc::permission: return "permission";
    case Errc::cancelled: return "cancelled";
    case Errc::not_found: return "not_found";
    case Errc::internal: return "internal";
  }
  return "internal";
}

}  // namespace rampart::base
