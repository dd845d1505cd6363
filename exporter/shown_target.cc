#include "exporter/shown_target.h"

#include "exporter/request_target.h"
#include "model/url_secret.h"

namespace rampart::exporter {
namespace {

constexpr std::string_view kMask = ":xxxxx@";

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

ShownTarget::ShownTarget(std::string_view target)
    : text_(model::shown_url(target)), secret_(model::url_secret(target)) {}

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
