#include "net/socket_error.h"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace rampart::net {

StreamEnd end_of_socket_error(int os_error) {
  switch (std::abs(os_error)) {
    case ECONNREFUSED: return StreamEnd::refused;
    case ETIMEDOUT: return StreamEnd::timed_out;
    case EAFNOSUPPORT:  // this host has no IPv6
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:  // this and the next two: what rare ICMP errors become, ip(7)
    case EPROTO:
    case EOPNOTSUPP: return StreamEnd::unreachable;
    case EADDRNOTAVAIL:
    case EADDRINUSE: return StreamEnd::no_ports;
    case EMFILE:
    case ENFILE: return StreamEnd::no_descriptors;
    case EINVAL:
    case ENOBUFS:
    case ENOMEM:
    case EPERM:  // also a packet filter of this host
    case EACCES: return StreamEnd::local;
    default: return StreamEnd::reset;
  }
}

std::string socket_error_text(int os_error) {
  std::string text = std::strerror(std::abs(os_error));
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace rampart::net
