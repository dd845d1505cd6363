#pragma once

#include <string>
#include <string_view>

namespace rampart::base {

// One member of gzip (RFC 1952), compressed as fast as zlib can: for pages that are made anew each
// time.
std::string gzip(std::string_view text);

// The bytes begin as those of gzip do.
bool is_gzip(std::string_view bytes);

}  // namespace rampart::base
