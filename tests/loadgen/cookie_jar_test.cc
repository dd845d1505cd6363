#include "loadgen/cookie_jar.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <string>
#include <vector>

#include "base/reuse.h"
#include "tests/support/fake_clock.h"

namespace rampart::loadgen {
namespace {

using namespace std::chrono_literals;

struct Jar {
  explicit Jar(bool secure = false) : jar(secure) {}
  void store(std::string_view cookie, std::string_view target = "/") {
    jar.store(cookie, target, clock.wall());
  }
  std::string sent(std::string_view target = "/") {
    std::string out;
    jar.append_to(out, target, clock.wall());
    return out;
  }
  testing::FakeClock clock;  // November 2023
  CookieJar jar;
};

TEST(CookieJar, SendsNameAndValue) {
  struct Case {
    const char* stored;
    const char* sent;
  };
  for (const auto& [stored, sent] : {
           Case{"a=b", "a=b"},
           Case{"  a = b c ; HttpOnly; SameSite=Lax; Domain=elsewhere.test", "a=b c"},
           Case{"a=", "a="},
           Case{"a=b=c", "a=b=c"},
           Case{"a=\"b, c\"", "a=\"b, c\""},
           Case{"a", ""},
           Case{"=b", ""},
           Case{"", ""},
           Case{";;;", ""},
           Case{"a=b\x01", ""},
           Case{"a=b\r\nX: y", ""},
           Case{"a=b; x=\x7f", ""},
           Case{"a=b; Max-Age=0", ""},
           Case{"a=b; Max-Age=-5", ""},
           Case{"a=b; max-age=1", "a=b"},
           Case{"a=b; Max-Age=x1", "a=b"},
           Case{"a=b; Max-Age=", "a=b"},
           Case{"a=b; Max-Age=99999999999999999999999999", "a=b"},
           Case{"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""},
           Case{"a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT", "a=b"},
           Case{"a=b; Expires=never", "a=b"},
           Case{"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", "a=b"},
           Case{"a=b; Max-Age=0; Expires=Fri, 31 Dec 9999 23:59:59 GMT", ""},
           Case{"a=b; Max-Age=0; Max-Age=9", "a=b"},
           Case{"a=b; Secure", ""},
           Case{"a=b; Path=relative", "a=b"},
           Case{"a=b; Path=/other", ""},
       }) {
    Jar jar;
    jar.store(stored);
    EXPECT_EQ(jar.sent(), sent) << stored;
  }
  Jar tls(true);
  tls.store("a=b; secure");
  EXPECT_EQ(tls.sent(), "a=b");
}

TEST(CookieJar, MatchesPaths) {
  struct Case {
    const char* cookie_path;
    const char* answered;
    const char* target;
    bool sent;
  };
  for (const auto& [path, answered, target, sent] : {
           Case{"/", "/", "/any/thing?x", true},
           Case{"/a", "/", "/a", true},
           Case{"/a", "/", "/a?q=/b", true},
           Case{"/a", "/", "/a/b", true},
           Case{"/a", "/", "/ab", false},
           Case{"/a/", "/", "/a", false},
           Case{"/a/", "/", "/a/b", true},
           Case{"", "/x/y/z?q=/1", "/x/y/other", true},
           Case{"", "/x/y/z", "/x", false},
           Case{"", "/x", "/other", true},
           Case{"", "*", "/other", true},
       }) {
    Jar jar;
    jar.store(std::string("a=b; Path=") + path, answered);
    EXPECT_EQ(jar.sent(target) == "a=b", sent) << path << " " << answered << " " << target;
  }
}

TEST(CookieJar, ReplacesNamesakesOfTheSamePath) {
  Jar jar;
  jar.store("a=1");
  jar.store("b=2");
  jar.store("a=3");
  jar.store("a=4; Path=/deep");
  EXPECT_EQ(jar.sent("/deep"), "a=4; a=3; b=2");  // the longest path, then the oldest
  jar.store("a=; Max-Age=0");
  EXPECT_EQ(jar.sent("/deep"), "a=4; b=2");
  jar.store("none=; Max-Age=0");
  EXPECT_EQ(jar.sent("/deep"), "a=4; b=2");
  jar.jar.clear();
  EXPECT_TRUE(jar.jar.empty());
  EXPECT_EQ(jar.sent("/deep"), "");
  jar.store("c=5");
  EXPECT_EQ(jar.sent("/deep"), "c=5");
}

TEST(CookieJar, ForgetsWhatHasExpired) {
  Jar jar;
  jar.store("a=1; Max-Age=10");
  jar.clock.advance(9s);
  EXPECT_EQ(jar.sent(), "a=1");
  jar.clock.advance(1s);
  EXPECT_EQ(jar.sent(), "");
}

TEST(CookieJar, IsBounded) {
  Jar jar;
  const std::string most(CookieJar::kLongest - 1, 'v');
  jar.store("n=" + most + "v");
  EXPECT_TRUE(jar.jar.empty());
  jar.store("n=" + most);
  EXPECT_EQ(jar.sent().size(), CookieJar::kLongest + 1);
  for (std::size_t i = 0; i < CookieJar::kMost; ++i) jar.store(fmt::format("c{}={}", i, i));
  const auto all = jar.sent();
  EXPECT_TRUE(all.starts_with("c0=0; c1=1; ")) << all;  // the oldest one had to go
  EXPECT_TRUE(all.ends_with("c49=49")) << all;
  jar.store("c7=; Max-Age=0");
  jar.store("short=1; Max-Age=1");
  jar.clock.advance(2s);
  jar.store("next=1");  // in the place of the one that has expired
  EXPECT_TRUE(jar.sent().starts_with("c0=0; ")) << jar.sent();
  EXPECT_TRUE(jar.sent().ends_with("c49=49; next=1")) << jar.sent();
  jar.store("a=1; Path=/" + std::string(2000, 'p'), "/x/y");
  EXPECT_EQ(jar.sent("/x/z").substr(0, 4), "a=1;");  // for the default path
}

TEST(CookieJar, KeepsLittleMemoryOfTheLastFlow) {
  Jar jar;
  const auto before = mallinfo2().uordblks;
  const std::string path = "; Path=/" + std::string(1000, 'p');
  for (std::size_t i = 0; i < CookieJar::kMost; ++i)
    jar.store(fmt::format("c{}={}", i, std::string(4000, 'v')) + path);
  jar.jar.clear();
  EXPECT_LT(mallinfo2().uordblks, before + base::kMostKept + 16384);
  jar.store("a=1");
  EXPECT_EQ(jar.sent(), "a=1");
}

}  // namespace
}  // namespace rampart::loadgen
