#include "net/socket_error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace rampart::net {
namespace {

TEST(SocketError, TellsWhoseTroubleItIs) {
  const struct {
    int error;
    StreamEnd end;
  } cases[] = {
      {ECONNREFUSED, StreamEnd::refused},
      {ETIMEDOUT, StreamEnd::timed_out},
      {EHOSTUNREACH, StreamEnd::unreachable},
      {ENETUNREACH, StreamEnd::unreachable},
      {EAFNOSUPPORT, StreamEnd::unreachable},
      {ECONNRESET, StreamEnd::reset},
      {EPIPE, StreamEnd::reset},
      {EADDRNOTAVAIL, StreamEnd::no_ports},
      {EADDRINUSE, StreamEnd::no_ports},
      {EMFILE, StreamEnd::no_descriptors},
      {ENFILE, StreamEnd::no_descriptors},
      {ENOBUFS, StreamEnd::local},
      {ENOMEM, StreamEnd::local},
      {EPERM, StreamEnd::local},
      {EACCES, StreamEnd::local},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(end_of_socket_error(c.error), c.end) << c.error;
    EXPECT_EQ(end_of_socket_error(-c.error), c.end) << "libuv's form of " << c.error;
  }
  EXPECT_EQ(socket_error_text(ECONNREFUSED), "connection refused");
  EXPECT_EQ(socket_error_text(-ECONNREFUSED), "connection refused");
}

TEST(StreamEnd, EachHasAName) {
  EXPECT_EQ(to_string(StreamEnd::tls_alert), "tls alert from the peer");
  for (int i = 0; i <= static_cast<int>(StreamEnd::protocol); ++i) {
    const auto end = static_cast<StreamEnd>(i);
    EXPECT_NE(to_string(end), "ended") << i;
    EXPECT_EQ(is_tls(end), end == StreamEnd::tls || end == StreamEnd::tls_alert ||
                               end == StreamEnd::tls_untrusted || end == StreamEnd::tls_expired ||
                               end == StreamEnd::tls_name_mismatch)
        << i;
  }
}

}  // namespace
}  // namespace rampart::net
