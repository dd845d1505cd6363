#include "probe/curl_reason.h"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace rampart::probe {
namespace {

using model::ProbeReason;

TEST(CurlReason, Timeouts) {
  CurlEnd end{.code = CURLE_OPERATION_TIMEDOUT};
  EXPECT_EQ(reason_of(end), ProbeReason::connect_timeout);
  end.connected = true;
  EXPECT_EQ(reason_of(end), ProbeReason::timeout_first_byte);
  end.tls = true;
  end.first_byte = true;  // of an earlier hop cannot be: each hop has its own transfer
  EXPECT_EQ(reason_of(end), ProbeReason::timeout_first_byte);
  end.tls_done = true;
  EXPECT_EQ(reason_of(end), ProbeReason::timeout_transfer);
}

TEST(CurlReason, Table) {
  struct Case {
    CurlEnd end;
    ProbeReason reason;
  };
  const Case cases[] = {
      {{.code = CURLE_COULDNT_CONNECT, .os_error = ECONNREFUSED}, ProbeReason::connect_refused},
      {{.code = CURLE_COULDNT_CONNECT, .os_error = EHOSTUNREACH}, ProbeReason::unreachable},
      {{.code = CURLE_COULDNT_CONNECT, .os_error = ENETUNREACH}, ProbeReason::unreachable},
      {{.code = CURLE_COULDNT_CONNECT, .os_error = ETIMEDOUT}, ProbeReason::connect_timeout},
      {{.code = CURLE_COULDNT_CONNECT, .os_error = EADDRNOTAVAIL}, ProbeReason::local},
      {{.code = CURLE_PEER_FAILED_VERIFICATION, .verify_error = 10}, ProbeReason::tls_expired},
      {{.code = CURLE_PEER_FAILED_VERIFICATION, .verify_error = 9}, ProbeReason::tls_expired},
      {{.code = CURLE_PEER_FAILED_VERIFICATION, .verify_error = 18}, ProbeReason::tls_untrusted},
      {{.code = CURLE_PEER_FAILED_VERIFICATION, .verify_error = 20}, ProbeReason::tls_untrusted},
      {{.code = CURLE_PEER_FAILED_VERIFICATION,
        .verify_error = 1,
        .text = "SSL: certificate subject name 'a' does not match target host name 'b'"},
       ProbeReason::tls_name_mismatch},
      {{.code = CURLE_SSL_CONNECT_ERROR, .text = "wrong version number"},
       ProbeReason::tls_handshake},
      {{.code = CURLE_SSL_CONNECT_ERROR, .text = "tlsv1 alert internal error"},
       ProbeReason::tls_alert},
      {{.code = CURLE_SSL_CONNECT_ERROR, .text = "Connection reset by peer in connection to x"},
       ProbeReason::reset},
      {{.code = CURLE_SSL_CACERT_BADFILE}, ProbeReason::local},
      {{.code = CURLE_SSL_CIPHER}, ProbeReason::local},
      {{.code = CURLE_SSL_PINNEDPUBKEYNOTMATCH}, ProbeReason::tls_untrusted},
      {{.code = CURLE_RECV_ERROR, .text = "tlsv13 alert certificate required"},
       ProbeReason::tls_alert},
      {{.code = CURLE_GOT_NOTHING}, ProbeReason::reset},
      {{.code = CURLE_RECV_ERROR, .os_error = ECONNRESET}, ProbeReason::reset},
      {{.code = CURLE_RECV_ERROR, .text = "Illegal or missing hexadecimal in chunked-encoding"},
       ProbeReason::protocol},
      {{.code = CURLE_PARTIAL_FILE}, ProbeReason::protocol},
      {{.code = CURLE_WEIRD_SERVER_REPLY}, ProbeReason::protocol},
      {{.code = CURLE_UNSUPPORTED_PROTOCOL}, ProbeReason::protocol},
      {{.code = CURLE_OUT_OF_MEMORY, .first_byte = true}, ProbeReason::protocol},
      {{.code = CURLE_OUT_OF_MEMORY}, ProbeReason::local},
  };
  for (const auto& c : cases)
    EXPECT_EQ(reason_of(c.end), c.reason) << c.end.code << " " << c.end.os_error << c.end.text;
}

TEST(Printable, MakesWordsHarmless) {
  EXPECT_EQ(printable("plain words"), "plain words");
  EXPECT_EQ(printable("a\x1b[31m\n\xFFz"), "a?[31m??z");
  EXPECT_EQ(printable(std::string(1000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace rampart::probe
