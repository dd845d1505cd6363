#pragma once

#include <string>
#include <string_view>

namespace rampart::model {

// Of a URL, with or without scheme, the password as people write it, with the ':' before it and the
// '@' behind it; a part of `target`, empty where it has none. People do not escape passwords: one
// with a slash makes the URL something else than they mean, and must not be seen for that.
std::string_view url_secret(std::string_view target);

// With "xxxxx" in its place, as Go's URL.Redacted writes it.
std::string shown_url(std::string_view target);

}  // namespace rampart::model
