#include "scenarios/file_kind.h"

#include <algorithm>
#include <optional>

#include "scenarios/yaml_tree.h"

namespace rampart::scenarios {
namespace {

struct Mark {
  std::string_view key;
  FileKind kind;
};
// The first one that is there counts.
constexpr Mark kMarks[] = {
    {"valid_until", FileKind::authorisation},     {"valid_from", FileKind::authorisation},
    {"vars", FileKind::rule_variables},           {"modules", FileKind::modules},
    {"tls_server_config", FileKind::web_config},  {"basic_auth_users", FileKind::web_config},
    {"http_server_config", FileKind::web_config}, {"rate_limit", FileKind::web_config}};

// Whether a line begins with "key:"; for a text whose mistake the reader of its kind will tell.
bool has_line(std::string_view text, std::string_view key) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (std::size_t at = text.find(key); at != text.npos; at = text.find(key, at + 1))
    if ((at == 0 || text[at - 1] == '\n') && text.substr(at + key.size()).starts_with(':'))
      return true;
  return false;
}

}  // namespace

FileKind kind_of_yaml(std::string_view text) {
  Diagnostics ignored("");
  const auto root = parse_yaml(text, ignored);
  const auto* found = std::find_if(std::begin(kMarks), std::end(kMarks), [&](const Mark& mark) {
    return root ? root->find(mark.key) != nullptr : has_line(text, mark.key);
  });
  return found == std::end(kMarks) ? FileKind::scenario : found->kind;
}

}  // namespace rampart::scenarios
