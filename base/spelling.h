#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace rampart::base {

// The candidate that `word` was probably meant to be: the least optimal string alignment distance
// (insert, delete, replace, swap neighbours; case counts nothing), at most one in `right` letters
// of the longer. Empty where none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates,
                         std::size_t right = 3);

}  // namespace rampart::base
