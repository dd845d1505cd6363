#include "cli/outputs.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "reports/html.h"
#include "reports/junit.h"
#include "reports/terminal.h"

namespace rampart::cli {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

base::Status failed(const std::string& path, int error) {
  return base::fail(base::Errc::io, fmt::format("write {}: {}", path, std::strerror(error)));
}

base::Status write_all(std::FILE* file, std::string_view text, const std::string& path) {
  const bool whole = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (whole && std::fflush(file) == 0) return {};
  return failed(path, errno);
}

// A device, a pipe: there already, and not to be replaced.
bool is_special(const std::filesystem::file_status& status) {
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

// To `place`; errors speak of `path`.
base::Status write_to(const std::string& place, std::string_view text, const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(place.c_str(), "wb"));
  return file ? write_all(file.get(), text, path) : failed(path, errno);
}

}  // namespace

void Outputs::add_to(CLI::App& command) {
  command.add_option("--db", database, "where runs are kept")
      ->default_str("$XDG_STATE_HOME/rampart/rampart.db");
  command.add_option("--json", json, "write the result as JSON; - is standard output");
  command.add_option("--html", html, "write the report as one HTML file");
  command.add_option("--junit", junit, "write the objectives as JUnit XML");
  command.add_flag("-q,--quiet", quiet, "no progress and no summary");
}

base::Status Outputs::check() const {
  namespace fs = std::filesystem;
  std::vector<std::string> taken;
  for (const auto& path : {json, html, junit}) {
    if (path.empty()) continue;
    if (std::find(taken.begin(), taken.end(), path) != taken.end())
      return base::fail(base::Errc::config,
                        fmt::format("{} takes one document: send the others elsewhere",
                                    path == "-" ? "standard output" : path));
    taken.push_back(path);
    std::error_code ignored;
    const auto status = fs::status(path, ignored);
    if (fs::is_directory(status))
      return base::fail(base::Errc::config, fmt::format("write {}: is a folder", path));
    if (path == "-" || is_special(status)) continue;
    if (auto made = make_folder_of(path); !made)
      return base::fail(base::Errc::config, std::move(made).error().text);
    const auto parent = fs::path(path).parent_path();
    const auto folder = parent.empty() ? fs::path(".") : parent;
    if (access(folder.c_str(), W_OK | X_OK) != 0)
      return base::fail(base::Errc::config, fmt::format("write {}: the folder {}: {}", path,
                                                        folder.string(), std::strerror(errno)));
  }
  return {};
}

std::string default_database() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state != '\0') return fmt::format("{}/rampart/rampart.db", state);
  const char* home = std::getenv("HOME");
  return fmt::format("{}/.local/state/rampart/rampart.db", home != nullptr ? home : "");
}

Terminal terminal(int descriptor) {
  Terminal out;
  out.interactive = isatty(descriptor) == 1;
  out.colour = out.interactive && std::getenv("NO_COLOR") == nullptr;
  winsize size{};
  if (out.interactive && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    out.width = std::max<int>(size.ws_col, 60);
  return out;
}

base::Status make_folder_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (path == "-" || parent.empty()) return {};
  std::filesystem::create_directories(parent, error);
  if (!error) return {};
  return base::fail(base::Errc::io, fmt::format("write {}: cannot make the folder {}: {}", path,
                                                parent.string(), error.message()));
}

base::Status write_file(const std::string& path, std::string_view text) {
  if (path == "-") return write_all(stdout, text, "standard output");
  std::error_code ignored;
  if (is_special(std::filesystem::status(path, ignored))) return write_to(path, text, path);
  RAMPART_CHECK(make_folder_of(path));
  const auto unfinished = fmt::format("{}.{}.tmp", path, getpid());
  if (auto written = write_to(unfinished, text, path); !written) {
    static_cast<void>(std::remove(unfinished.c_str()));
    return written;
  }
  if (std::rename(unfinished.c_str(), path.c_str()) == 0) return {};
  const int error = errno;
  static_cast<void>(std::remove(unfinished.c_str()));
  return failed(path, error);
}

void say(std::FILE* to, std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), to));
  static_cast<void>(std::fflush(to));
}

base::Status write_outputs(const Outputs& outputs, const model::RunResult& result,
                           const model::Evidence& evidence, Summary summary) {
  base::Status first;
  const auto keep_first = [&](base::Status status) {
    if (first && !status) first = std::move(status);
  };
  if (!outputs.html.empty())
    keep_first(write_file(outputs.html, reports::render_html(result, evidence)));
  if (!outputs.junit.empty()) keep_first(write_file(outputs.junit, reports::render_junit(result)));
  if (!outputs.json.empty()) keep_first(write_file(outputs.json, model::to_json(result)));
  if (outputs.quiet) return first;
  const bool taken = outputs.json == "-" || outputs.html == "-" || outputs.junit == "-";
  std::FILE* to = taken ? stderr : stdout;
  const auto screen = terminal(fileno(to));
  const reports::TerminalOptions options{.colour = screen.colour, .width = screen.width};
  const auto text = summary == Summary::load ? reports::render_load_summary(result, options)
                                             : reports::render_terminal(result, options);
  say(to, text);
  return first;
}

}  // namespace rampart::cli
