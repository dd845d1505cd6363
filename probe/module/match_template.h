#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rampart::probe {

// What a regular expression found in a line: the whole match, then its groups. A group that took
// no part is empty.
struct Match {
  std::vector<std::string_view> groups;  // of the line
  std::map<std::string, int> names;      // of groups that have one
};

// Puts groups into a text as Go's Regexp.Expand does: $1, ${1}, $name, ${name}, $$ for a dollar
// sign. A name is as long as it can be, so $1x is the group "1x"; one that does not exist is empty;
// a dollar sign with nothing of this behind it stands for itself.
std::string expand(std::string_view text, const Match& match);

}  // namespace rampart::probe
