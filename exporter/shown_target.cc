#include "exporter/shown_target.h"

#include <algorithm>

#include "exporter/request_target.h"

namespace rampart::exporter {
namespace {

constexpr std::string_view kMask = ":xxxxx@";

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// Whether it may be "host:port" or "[address]".
bool ends_like_host(std::string_view text) {
  const auto last = text.substr(text.rfind(':') + 1);
  return text.ends_with(']') ||
         std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

// People do not escape passwords: one with a slash makes the target something else than they mean,
// and must not be seen for that.
ShownTarget::ShownTarget(std::string_view target) : text_(target) {
  const auto scheme = target.find("://");
  const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto rest = target.substr(begin);
  const auto host = rest.substr(0, rest.find_first_of("/?#"));
  const auto at = rest.rfind('@');
  const auto colon = host.find(':');
  if (at == std::string_view::npos || colon > at) return;
  if (host.find('@') == std::string_view::npos && ends_like_host(host)) return;
  secret_ = rest.substr(colon, at - colon + 1);
  text_.replace(begin + colon, secret_.size(), kMask);
}

std::string ShownTarget::mask(std::string said) const {
  if (secret_.empty()) return said;
  replace_all(said, secret_, kMask);
  // A port that is none is told without the colon before it.
  replace_all(said, "'" + secret_.substr(1), "'xxxxx@");
  const auto escaped = quoted(secret_);
  replace_all(said, std::string_view(escaped).substr(1, escaped.size() - 2), kMask);
  return said;
}

}  // namespace rampart::exporter
