#include "sniffer/eve/eve_type.h"

#include <gtest/gtest.h>

#include <vector>

namespace rampart::sniffer {
namespace {

TEST(EveType, words_are_types) {
  const std::vector<std::string> words{"http", "alert", "ftp"};
  const auto types = eve_types_of(words);
  ASSERT_TRUE(types);
  EXPECT_EQ(*types, (EveTypes{EveType::alert, EveType::http, EveType::ftp}));
  EXPECT_FALSE(types->has(EveType::flow));
  EXPECT_EQ(to_string(EveType::smtp), "smtp");
}

TEST(EveType, other_words_are_refused_with_those_that_there_are) {
  const std::vector<std::string> words{"alert", "netflow"};
  const auto types = eve_types_of(words);
  ASSERT_FALSE(types);
  EXPECT_EQ(types.error().text,
            "'netflow' is no type of EVE events; there are: alert, anomaly, flow, stats, http, "
            "dns, tls, ssh, smtp, ftp");
}

}  // namespace
}  // namespace rampart::sniffer
