#include "probe/module/peer_words.h"

#include <gtest/gtest.h>

namespace rampart::probe {
namespace {

TEST(PeerWords, AreShortAndHarmless) {
  EXPECT_EQ(peer_words("220 ready"), "220 ready");
  EXPECT_EQ(peer_words(std::string_view("\x1b[2J\0\r\n\t\x7f", 9)), ".[2J.....");
  EXPECT_EQ(peer_words("a\xC2\x9B"
                       "2J\xC2\xA7"),
            "a..2J\xC2\xA7");
  EXPECT_EQ(peer_words("J\xC3\xBCrgen"), "J\xC3\xBCrgen");
  EXPECT_EQ(peer_words(std::string(200, 'x')), std::string(200, 'x'));
  EXPECT_EQ(peer_words(std::string(5000, 'x')), std::string(200, 'x') + "...");
}

}  // namespace
}  // namespace rampart::probe
