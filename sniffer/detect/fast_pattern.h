#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "sniffer/detect/pattern_database.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// How rare a literal is in traffic, roughly, in bits: zeros, blanks and letters are frequent, and a
// byte that repeats the one before it hardly counts. Of its last kLooked bytes alone, which is what
// a search for many literals looks at first.
inline constexpr std::size_t kLooked = 8;
unsigned rarity(std::string_view bytes, bool nocase);

// The content to search for among those that must occur: the one that the rule names, else the
// rarest, and among those that are rare enough the longest. Null where there is none.
const Content* fast_pattern_of(std::span<const PayloadMatch> matches);
// Whether `a` is the better one to search for.
bool is_rarer(const Content& a, const Content& b);

// The whole content, lower-case where case does not count.
Literal literal_of(const Content& content);

// What is searched for in its place: a part of its last PatternDatabase::kLongest bytes, so that
// zeros at its end do not make each of thousands of zeros look like it. Where the content ends
// behind `fresh`, this part begins at most kLongest - 1 bytes before it.
Literal searched_part(const Content& content);

}  // namespace rampart::sniffer
