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

}  // namespace

ShownTarget::ShownTarget(std::string_view target) : text_(target) {
  const auto scheme = target.find("://");
  const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto end = std::min(target.find_first_of("/?#", begin), target.size());
  const auto authority = target.substr(begin, end - begin);
  const auto at = authority.rfind('@');
  const auto colon = authority.substr(0, at).find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos) return;
  secret_ = authority.substr(colon, at - colon + 1);
  text_.replace(begin + colon, secret_.size(), kMask);
}

std::string ShownTarget::mask(std::string said) const {
  if (secret_.empty()) return said;
  replace_all(said, secret_, kMask);
  const auto escaped = quoted(secret_);
  replace_all(said, std::string_view(escaped).substr(1, escaped.size() - 2), kMask);
  return said;
}

}  // namespace rampart::exporter
