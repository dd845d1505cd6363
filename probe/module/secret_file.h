#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace rampart::probe {

constexpr std::size_t kMostOfFile = 16 << 20;
constexpr std::size_t kMostOfSecret = 64 << 10;

// A file's bytes, read now. Errc::io names the file: also where it has more than `most` bytes.
base::Result<std::string> read_whole(const std::string& path, std::size_t most = kMostOfFile);

// What a module is told in place or by a file: the value, or where `file` is set what that has now,
// without white space around it. A file of a
// secret has at most kMostOfSecret bytes.
base::Result<std::string> read_secret(const std::string& value, const std::string& file);

}  // namespace rampart::probe
