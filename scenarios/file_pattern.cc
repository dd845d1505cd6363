#include "scenarios/file_pattern.h"

#include <fmt/core.h>
#include <glob.h>

#include <memory>

namespace rampart::scenarios {
namespace {

using base::Errc;
using base::fail;

constexpr const char* kSpecial = "*?[";

struct FreeMatches {
  void operator()(glob_t* matches) const noexcept {
    globfree(matches);
    delete matches;
  }
};

// As a part of a pattern that stands for itself.
std::string literal(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

base::Result<std::vector<std::string>> matching_files(const std::filesystem::path& folder,
                                                      const std::string& text) {
  const auto slash = text.rfind('/');
  const auto last = slash == std::string::npos ? text : text.substr(slash + 1);
  const auto before = text.substr(0, text.size() - last.size());
  if (before.find('*') != std::string::npos)
    return fail(Errc::config, fmt::format("{}: * may stand in the last part of a path only", text));
  const auto at = folder / before;
  if (last.find_first_of(kSpecial) == std::string::npos)
    return std::vector<std::string>{(at / last).string()};
  const std::unique_ptr<glob_t, FreeMatches> matches(new glob_t{});
  // Names that begin with a dot as well, which are no exception to Prometheus.
  const auto pattern = literal((at / "").string()) + last;
  const int code = glob(pattern.c_str(), GLOB_ERR | GLOB_PERIOD, nullptr, matches.get());
  if (code != 0 && code != GLOB_NOMATCH)
    return fail(Errc::io, fmt::format("{}: the folder cannot be read", pattern));
  std::vector<std::string> out;
  for (std::size_t i = 0; i < matches->gl_pathc; ++i) {
    const std::string path = matches->gl_pathv[i];
    if (!path.ends_with("/.") && !path.ends_with("/..")) out.push_back(path);
  }
  if (out.empty()) return fail(Errc::not_found, fmt::format("{}: no file fits", text));
  if (out.size() > kMostMatches)
    return fail(Errc::config, fmt::format("{}: more than {} files fit", text, kMostMatches));
  return out;
}

}  // namespace rampart::scenarios
