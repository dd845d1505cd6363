#include "exporter/attempts.h"

#include <gtest/gtest.h>

namespace rampart::exporter {
namespace {

TEST(Attempts, AreReadFromTheParameters) {
  struct Case {
    const char* query;
    unsigned most, needed;  // 0: refused
  };
  for (const auto& c : {Case{"", 1, 1}, Case{"attempts=3", 3, 1}, Case{"attempts=3&need=2", 3, 2},
                        Case{"attempts=10&need=10", 10, 10}, Case{"need=1", 1, 1},
                        Case{"need=2", 0, 0}, Case{"attempts=11", 0, 0}, Case{"attempts=0", 0, 0},
                        Case{"attempts=-1", 0, 0}, Case{"attempts=2x", 0, 0},
                        Case{"attempts=99999999999", 0, 0}, Case{"attempts=3&need=0", 0, 0},
                        Case{"attempts=3&need=4", 0, 0}, Case{"attempts=3&need=two", 0, 0}}) {
    const auto read = attempts_of(*RequestTarget::parse(std::string("/probe?") + c.query));
    ASSERT_EQ(read.has_value(), c.most != 0) << c.query;
    if (!read) continue;
    EXPECT_EQ(read->most, c.most) << c.query;
    EXPECT_EQ(read->needed, c.needed) << c.query;
  }
}

}  // namespace
}  // namespace rampart::exporter
