#include "net/ip_families.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace rampart::net {

bool speaks_ipv6() {
  const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno != EAFNOSUPPORT;  // a shortage of descriptors says nothing
  close(fd);
  return true;
}

}  // namespace rampart::net
