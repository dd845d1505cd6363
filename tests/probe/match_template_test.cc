#include "probe/module/match_template.h"

#include <gtest/gtest.h>

namespace rampart::probe {
namespace {

// As Go's Regexp.Expand: https://pkg.go.dev/regexp#Regexp.Expand
TEST(MatchTemplate, ExpandsAsGoDoes) {
  const Match match{{"the whole", "one", "", "three"}, {{"name", 3}, {"_x", 1}}};
  const struct {
    const char* text;
    const char* expanded;
  } cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"$1", "one"},
      {"${1}", "one"},
      {"a${1}b", "aoneb"},
      {"$0", "the whole"},
      {"${2}", ""},
      {"${9}", ""},
      {"$name", "three"},
      {"${name}!", "three!"},
      {"$_x", "one"},
      {"$unknown", ""},
      {"$1x", ""},  // the group "1x"
      {"$1 x", "one x"},
      {"$01", ""},  // a name that is none
      {"$$", "$"},
      {"$$1", "$1"},
      {"cost: $", "cost: $"},
      {"$ 1", "$ 1"},
      {"$-1", "$-1"},
      {"${1", "${1"},
      {"${}", "${}"},
      {"${1 }", "${1 }"},
      {"$1$3", "onethree"},
      {"$99999999999999999999", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(expand(c.text, match), c.expanded) << c.text;
}

}  // namespace
}  // namespace rampart::probe
