#include "scenarios/file_kind.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace rampart::scenarios {
namespace {

// However it is written.
TEST(FileKind, IsToldByTheKeysAtItsRoot) {
  using enum FileKind;
  for (const auto& [text, kind] : std::vector<std::pair<std::string, FileKind>>{
           {"", scenario},
           {"duration: 1s\n", scenario},
           {"- modules\n", scenario},
           {"duration: 1s\nload: { modules: 1 }\n", scenario},
           {"duration: 1s\nload:\n  modules: 1\n", scenario},
           {"modules:\n  a: { prober: tcp }\n", modules},
           {"\xEF\xBB\xBFmodules:\n  a: { prober: tcp }\n", modules},
           {"{\"modules\": {\"a\": {\"prober\": \"tcp\"}}}\n", modules},
           {"  modules:\n    a: { prober: tcp }\n", modules},
           {"'modules': {}\n", modules},
           {"{ owner: x, valid_until: 2026-11-22 }", authorisation},
           {"valid_from: 2026-11-22\n", authorisation},
           {"{ vars: {} }", rule_variables},
           {"tls_server_config: { cert_file: a }\n", web_config},
           {"basic_auth_users: {}\n", web_config},
           {"{ http_server_config: { http2: false } }", web_config}})
    EXPECT_EQ(kind_of_yaml(text), kind) << text;
}

// The reader of its kind says what is wrong with it.
TEST(FileKind, OfATextThatIsNoYamlIsToldByItsLines) {
  using enum FileKind;
  for (const auto& [text, kind] :
       std::vector<std::pair<std::string, FileKind>>{{"duration: [\n", scenario},
                                                     {"modules: [\n", modules},
                                                     {"\xEF\xBB\xBFmodules: [\n", modules},
                                                     {"a: [\nvalid_until: 1\n", authorisation},
                                                     {"a: [ modules:\n", scenario},
                                                     {"modules", scenario},
                                                     {"\tmodules:\nmodules", scenario},
                                                     {std::string("\0modules:", 9), scenario}})
    EXPECT_EQ(kind_of_yaml(text), kind) << text;
}

}  // namespace
}  // namespace rampart::scenarios
