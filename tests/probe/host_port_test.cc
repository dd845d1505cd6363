#include "probe/module/host_port.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

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

TEST(HostPort, APortIsANumberOrAService) {
  EXPECT_EQ(tcp_port("80"), std::uint16_t{80});
  EXPECT_EQ(tcp_port("0"), std::uint16_t{0});
  EXPECT_EQ(tcp_port(""), std::uint16_t{0});
  EXPECT_EQ(tcp_port("65535"), std::uint16_t{65535});
  EXPECT_EQ(tcp_port("00080"), std::uint16_t{80});
  for (const auto* text : {"65536", "99999999999", "-1", "+1", "8x", " 80", "no-such-service"}) {
    const auto port = tcp_port(text);
    ASSERT_FALSE(port) << text;
    EXPECT_NE(port.error().text.find(text), std::string::npos);
  }
}

// A probe must not wait for a file, nor fail where none can be opened.
TEST(HostPort, ServicesAreReadOnce) {
  EXPECT_EQ(tcp_port("http"), std::uint16_t{80});
  EXPECT_EQ(tcp_port("www"), std::uint16_t{80}) << "its other name";
  EXPECT_FALSE(tcp_port("tftp")) << "of UDP alone";
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto https = tcp_port("https");
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(https, std::uint16_t{443});
}

}  // namespace
}  // namespace rampart::probe
