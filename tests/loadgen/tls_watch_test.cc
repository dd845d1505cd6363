// What the handshakes of real loads are said to have agreed upon.
#include "loadgen/tls_watch.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/loadgen/load_lab.h"
#include "tests/loadgen/loop_thread.h"

namespace rampart::loadgen {
namespace {

using testing::TargetThread;
using namespace std::chrono_literals;

model::Plan tls_load(const base::Endpoint& at, model::Arrival arrival, std::uint32_t connections) {
  auto plan = one_load(at, std::move(arrival), connections);
  plan.targets[0].url.scheme = "https";
  plan.targets[0].tls.insecure = true;
  return plan;
}

TEST(TlsWatch, SaysWhatWasAgreedUpon) {
  struct Case {
    const char* name;
    model::TlsOptions options;
    model::Protocol protocol;
    std::string version, cipher, group, alpn;
  };
  const std::vector<Case> cases = {
      {"1.2",
       {.ca_file = {},
        .server_name = {},
        .insecure = true,
        .max_version = model::TlsVersion::tls1_2,
        .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256",
        .groups = "P-256"},
       model::Protocol::http1,
       "TLSv1.2",
       "ECDHE-ECDSA-AES128-GCM-SHA256",
       "secp256r1",
       ""},
      {"1.3 and h2",
       {.ca_file = {},
        .server_name = {},
        .insecure = true,
        .min_version = model::TlsVersion::tls1_3,
        .ciphersuites = "TLS_CHACHA20_POLY1305_SHA256",
        .groups = "X25519"},
       model::Protocol::http2,
       "TLSv1.3",
       "TLS_CHACHA20_POLY1305_SHA256",
       "x25519",
       "h2"},
  };
  TargetThread server({.tls = true});
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto plan = tls_load(server.endpoint(), exactly(30, 100), 3);
    plan.targets[0].tls = c.options;
    plan.loads[0].protocol = c.protocol;
    LoadLab lab(std::move(plan));
    lab.run();
    const auto total = lab.total();
    EXPECT_EQ(total.counters.completed, 30U);
    EXPECT_EQ(total.counters.handshakes, 3U);
    EXPECT_EQ(total.counters.resumed, 0U);
    const auto seconds = lab.intervals();
    ASSERT_TRUE(seconds.at(0)->tls);
    EXPECT_EQ(seconds[0]->tls->version, c.version);
    EXPECT_EQ(seconds[0]->tls->cipher, c.cipher);
    EXPECT_EQ(seconds[0]->tls->group, c.group);
    EXPECT_EQ(seconds[0]->tls->alpn, c.alpn);
    EXPECT_EQ(seconds[0]->tls->key_type, "EC");
    EXPECT_EQ(seconds[0]->tls->key_bits, 256U);
  }
}

// Ten connections one after another: each but the first can go on with what the one before agreed.
TEST(TlsWatch, CountsFullAndResumedHandshakes) {
  using enum model::TlsVersion;
  using enum model::Protocol;
  struct Case {
    model::TlsVersion version;
    model::Protocol protocol;
    bool resumption;
  };
  TargetThread server({.tls = true});
  for (const auto& [version, protocol, resumption] :
       {Case{tls1_2, http1, true}, Case{tls1_2, http1, false}, Case{tls1_3, http1, true},
        Case{tls1_3, http1, false}, Case{tls1_3, http2, true}}) {
    SCOPED_TRACE(std::string(model::to_string(protocol)) +
                 (version == tls1_2 ? ", TLS 1.2" : ", TLS 1.3") + (resumption ? ", resumed" : ""));
    model::Arrival arrival;
    arrival.replay.resize(10);  // all at once; the rest of the time is for slow machines
    arrival.duration = 1s;
    auto plan = tls_load(server.endpoint(), arrival, 1);
    plan.loads[0].protocol = protocol;
    plan.loads[0].requests_per_connection = 1;
    plan.targets[0].tls.resumption = resumption;
    plan.targets[0].tls.max_version = version;
    LoadLab lab(std::move(plan));
    lab.run();
    const auto total = lab.total();
    EXPECT_EQ(total.counters.completed, 10U);
    EXPECT_EQ(total.counters.handshakes, 10U);
    EXPECT_EQ(total.counters.resumed, resumption ? 9U : 0U);
  }
}

// Facts belong to the seconds in which a connection was opened.
TEST(TlsWatch, ASecondWithoutAHandshakeHasNoFacts) {
  TargetThread server({.tls = true});
  LoadLab lab(tls_load(server.endpoint(), open_at(20, 2s), 2));
  lab.run();
  const auto seconds = lab.intervals();
  ASSERT_EQ(seconds.size(), 2U);
  EXPECT_TRUE(seconds[0]->tls);
  EXPECT_EQ(seconds[0]->counters.handshakes, 2U);
  EXPECT_FALSE(seconds[1]->tls);
  EXPECT_EQ(seconds[1]->counters.handshakes, 0U);
}

TEST(TlsWatch, PlainConnectionsAndFailedHandshakesCountNothing) {
  TargetThread plain;
  LoadLab lab(one_load(plain.endpoint(), open_at(100, 200ms), 2));
  lab.run();
  EXPECT_EQ(lab.total().counters.connects, 2U);
  EXPECT_EQ(lab.total().counters.handshakes, 0U);
  EXPECT_FALSE(lab.intervals().at(0)->tls);

  TargetThread server({.tls = true});
  auto plan = tls_load(server.endpoint(), open_at(100, 200ms), 2);
  plan.targets[0].tls.insecure = false;
  LoadLab untrusting(std::move(plan));
  untrusting.run();
  EXPECT_GT(untrusting.total().counters.connect_failures, 0U);
  EXPECT_EQ(untrusting.total().counters.handshakes, 0U);
  EXPECT_FALSE(untrusting.intervals().at(0)->tls);
}

}  // namespace
}  // namespace rampart::loadgen
