#include "probe/module/host_port.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "probe/module/kept_files.h"

namespace rampart::probe {
namespace {

TEST(HostPort, SplitsAsGoDoes) {
  const struct {
    const char* text;
    const char* host;
    const char* port;
  } cases[] = {{"web.test:80", "web.test", "80"},
               {"127.0.0.1:80", "127.0.0.1", "80"},
               {"[::1]:80", "::1", "80"},
               {"[fe80::1%lo]:80", "fe80::1%lo", "80"},
               {"[web.test]:80", "web.test", "80"},
               {":80", "", "80"},
               {"web.test:", "web.test", ""},
               {"web.test:http", "web.test", "http"},
               {"[]:80", "", "80"}};
  for (const auto& c : cases) {
    const auto split = HostPort::parse(c.text);
    ASSERT_TRUE(split) << split.error().text;
    EXPECT_EQ(split->host, c.host) << c.text;
    EXPECT_EQ(split->port, c.port) << c.text;
  }
}

TEST(HostPort, SaysWhatIsWrong) {
  const struct {
    const char* text;
    const char* why;
  } cases[] = {{"", "no port"},
               {"web.test", "no port"},
               {"tcp://web.test:80", "scheme"},
               {"::1:80", "too many"},
               {"web.test:80:80", "too many"},
               {"[::1]", "right behind"},
               {"[::1]80", "right behind"},
               {"[::1]x:80", "right behind"},
               {"[::1:80", "missing"},
               {"we]b:80", "bracket"},
               {"web:8[0", "bracket"},
               {"[[::1]:80", "bracket"}};
  for (const auto& c : cases) {
    const auto split = HostPort::parse(c.text);
    ASSERT_FALSE(split) << c.text;
    EXPECT_EQ(split.error().code, base::Errc::config);
    EXPECT_NE(split.error().text.find(c.why), std::string::npos) << split.error().text;
    EXPECT_NE(split.error().text.find(c.text), std::string::npos) << split.error().text;
  }
}

class TcpPort : public ::testing::Test {
 protected:
  base::Result<std::uint16_t> port(const std::string& text) { return tcp_port(text, files_); }
  // As if no file could be opened.
  base::Result<std::uint16_t> without_descriptors(const std::string& text) {
    rlimit before{};
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{0, before.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    auto out = port(text);
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    return out;
  }

  base::SystemClock clock_;
  KeptFiles files_{clock_};
};

TEST_F(TcpPort, IsANumberOrAService) {
  EXPECT_EQ(port("80"), std::uint16_t{80});
  EXPECT_EQ(port("0"), std::uint16_t{0});
  EXPECT_EQ(port(""), std::uint16_t{0});
  EXPECT_EQ(port("65535"), std::uint16_t{65535});
  EXPECT_EQ(port("00080"), std::uint16_t{80});
  EXPECT_EQ(port("http"), std::uint16_t{80});
  EXPECT_EQ(port("www"), std::uint16_t{80}) << "its other name";
  EXPECT_EQ(port("domain"), std::uint16_t{53});
  for (const auto* text : {"65536", "99999999999", "-1", "+1", "8x", " 80", "no-such-service",
                           "80/tcp", "#", "tftp"}) {
    const auto none = port(text);
    ASSERT_FALSE(none) << text;
    EXPECT_EQ(none.error().code, base::Errc::config) << text;
    EXPECT_NE(none.error().text.find(text), std::string::npos);
  }
}

// A probe must not fail where no file can be opened; and what could not be read is no table.
TEST_F(TcpPort, ServicesAreReadOnceButAsAWhole) {
  const auto failed = without_descriptors("https");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, base::Errc::io);
  EXPECT_EQ(port("https"), std::uint16_t{443});
  EXPECT_EQ(without_descriptors("https"), std::uint16_t{443});
}

}  // namespace
}  // namespace rampart::probe
