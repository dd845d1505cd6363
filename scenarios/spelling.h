#pragma once

#include <span>
#include <string_view>

namespace rampart::scenarios {

// The candidate that `word` was probably meant to be: the least optimal string alignment distance
// (insert, delete, replace, swap neighbours; case counts nothing), at most a third of the longer
// length. Empty where none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace rampart::scenarios
