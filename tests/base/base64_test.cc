#include "base/base64.h"

#include <gtest/gtest.h>

#include <utility>

namespace rampart::base {
namespace {

// RFC 4648, section 10, and a byte with all bits set.
TEST(Base64, TestVectors) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xFF\xFF\xFE", "///+"},
  };
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, RefusesWhatIsNot) {
  for (const auto* text :
       {"Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zh==", "Zm9=", "Zm9v\n", "Z-9v", "Zg= ="})
    EXPECT_FALSE(from_base64(text)) << text;
}

}  // namespace
}  // namespace rampart::base
