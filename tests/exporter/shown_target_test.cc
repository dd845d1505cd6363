#include "exporter/shown_target.h"

#include <gtest/gtest.h>

namespace rampart::exporter {
namespace {

TEST(ShownTarget, HasNoPassword) {
  struct Case {
    const char* target;
    const char* shown;
  };
  for (const auto& [target, shown] : {
           Case{"http://me:hunter2@h.test/a?b=c", "http://me:xxxxx@h.test/a?b=c"},
           Case{"me:hunter2@h.test:80", "me:xxxxx@h.test:80"},
           Case{"http://me:h:u@nter2@h.test", "http://me:xxxxx@h.test"},
           Case{"http://me:@h.test", "http://me:xxxxx@h.test"},
           Case{"http://me:pa/ss@h.test/", "http://me:xxxxx@h.test/"},
           Case{"http://me:pa?ss@h.test/", "http://me:xxxxx@h.test/"},
           Case{"http://me:pa#ss@h.test/", "http://me:xxxxx@h.test/"},
           Case{"me:a/2@3@h.test:80", "me:xxxxx@h.test:80"},
           Case{"http://me:p@ss/word@h.test/", "http://me:xxxxx@h.test/"},
           Case{"http://me:8080x/@h.test/", "http://me:xxxxx@h.test/"},
           Case{"http://me@h.test:80/", "http://me@h.test:80/"},
           Case{"http://h.test:80/a@b", "http://h.test:80/a@b"},
           Case{"http://h.test:80?a:b@c", "http://h.test:80?a:b@c"},
           Case{"http://h.test/a:b@c", "http://h.test/a:b@c"},
           Case{"http://[::1]/a@b", "http://[::1]/a@b"},
           Case{"http://[::1]:80/a@b", "http://[::1]:80/a@b"},
           Case{"/run/a:b@c", "/run/a:b@c"},
           Case{"[::1]:80", "[::1]:80"},
           Case{"192.0.2.1", "192.0.2.1"},
           Case{"@", "@"},
           Case{"", ""},
       })
    EXPECT_EQ(ShownTarget(target).text(), shown);
}

TEST(ShownTarget, IsMaskedWhereItIsRepeated) {
  const ShownTarget shown("http://me:a\"b@h.test/");
  EXPECT_EQ(shown.mask("get http://me:a\"b@h.test/ and me:a\"b@h.test"),
            "get http://me:xxxxx@h.test/ and me:xxxxx@h.test");
  EXPECT_EQ(shown.mask("get \"http://me:a\\\"b@h.test/\""), "get \"http://me:xxxxx@h.test/\"");
  EXPECT_EQ(shown.mask("a \"b@ me"), "a \"b@ me");
  EXPECT_EQ(ShownTarget("h.test").mask("http://me:hunter2@h.test"), "http://me:hunter2@h.test");
  EXPECT_EQ(ShownTarget("me:hunter2@h").mask("port 'hunter2@h': no"), "port 'xxxxx@h': no");
  // What stands in for it is none of it.
  EXPECT_EQ(ShownTarget("me:x@h").mask(":x@:x@"), ":xxxxx@:xxxxx@");
}

}  // namespace
}  // namespace rampart::exporter
