#include "net/resolv_options.h"

#include <gtest/gtest.h>

namespace rampart::net {
namespace {

using namespace std::chrono_literals;

TEST(ResolvOptions, Table) {
  struct Case {
    std::string_view text;
    ResolvOptions wanted;
  };
  for (const auto& [text, wanted] : {
           Case{"", {5s, 2}},
           Case{"nameserver 127.0.0.1\nsearch a.test\n", {5s, 2}},
           Case{"options timeout:1 attempts:3\n", {1s, 3}},
           Case{"options\ttimeout:1\t attempts:3", {1s, 3}},
           Case{"nameserver 127.0.0.1\r\noptions timeout:2\r\noptions rotate attempts:1\r\n",
                {2s, 1}},
           Case{"options timeout:1 timeout:2\n", {2s, 2}},
           Case{"options timeout:31 attempts:6\n", {30s, 5}},
           Case{"options timeout:99999999999999999999 attempts:-99999999999999999999\n", {30s, 2}},
           Case{"options timeout:0 attempts:-1\n", {1s, 1}},
           Case{"options timeout: attempts:x timeout:1s attempts:2.5 timeout\n", {5s, 2}},
           Case{"#options timeout:1\n; options timeout:1\nsortlist options timeout:1\n", {5s, 2}},
           Case{"  options timeout:1\n", {1s, 2}},
           Case{"options", {5s, 2}},
       })
    EXPECT_EQ(resolv_options(text), wanted) << text;
}

}  // namespace
}  // namespace rampart::net
