#include "sniffer/app/app_proto.h"

namespace rampart::sniffer {

std::string_view to_string(AppProto proto) {
  switch (proto) {
    case AppProto::unknown: return "unknown";
    case AppProto::failed: return "failed";
    case AppProto::http1: return "http";
    case AppProto::http2: return "http2";
    case AppProto::tls: return "tls";
    case AppProto::dns: return "dns";
    case AppProto::smtp: return "smtp";
    case AppProto::ftp: return "ftp";
    case AppProto::ssh: return "ssh";
    case AppProto::smb: return "smb";
    case AppProto::ftp_data: return "ftp-data";
  }
  return "unknown";
}

}  // namespace rampart::sniffer
