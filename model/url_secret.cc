#include "model/url_secret.h"

#include <algorithm>

namespace rampart::model {
namespace {

// Whether it may be "host:port" or "[address]".
bool ends_like_host(std::string_view text) {
  const auto last = text.substr(text.rfind(':') + 1);
  return text.ends_with(']') || (!last.empty() && std::all_of(last.begin(), last.end(), [](char c) {
           return c >= '0' && c <= '9';
         }));
}

// Behind the scheme, also where its marks are not as they should be: "http:/", "https//".
std::size_t end_of_scheme(std::string_view target) {
  const auto word = target.find_first_of(":/?#@");
  if (word == std::string_view::npos) return 0;
  const auto scheme = target.substr(0, word);
  const auto end = std::min(target.find_first_not_of(":/", word), target.size());
  const auto marks = target.substr(word, end - word);
  const bool known = scheme == "http" || scheme == "https";
  const bool meant = marks.starts_with("://") || (known && marks.find('/') != marks.npos);
  return meant ? end : 0;
}

}  // namespace

std::string_view url_secret(std::string_view target) {
  const auto rest = target.substr(end_of_scheme(target));
  const auto host = rest.substr(0, rest.find_first_of("/?#"));
  const auto at = rest.rfind('@');
  const auto colon = host.find(':');
  if (at == std::string_view::npos || colon > at) return {};
  if (host.find('@') == std::string_view::npos && ends_like_host(host)) return {};
  return rest.substr(colon, at - colon + 1);
}

std::string shown_url(std::string_view target) {
  const auto secret = url_secret(target);
  if (secret.empty()) return std::string(target);
  const auto at = static_cast<std::size_t>(secret.data() - target.data());
  return std::string(target).replace(at, secret.size(), ":xxxxx@");
}

}  // namespace rampart::model
