#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/evidence.h"
#include "model/result.h"

namespace CLI {
class App;
}

namespace rampart::cli {

// Where a run is kept and what is written about it: the flags that run, load, correlate and report
// share.
struct Outputs {
  std::string database;
  std::string json;  // files; "-" is standard output; empty: not written
  std::string html;
  std::string junit;
  bool quiet = false;

  void add_to(CLI::App& command);
  // Asked before anything is sent, so that a long run does not end without its report. Makes
  // missing folders. Errc::config.
  [[nodiscard]] base::Status check() const;
};

enum class Summary { full, load };

// Writes every requested form, and the terminal's summary unless quiet. The summary goes to
// standard error where standard output carries a document.
base::Status write_outputs(const Outputs& outputs, const model::RunResult& result,
                           const model::Evidence& evidence, Summary summary);

// Makes the folder that the file is to be in, and those above it, where they are missing.
base::Status make_folder_of(const std::string& path);

// Makes missing folders and replaces the file in one step, so that a reader never sees half of it;
// what is no regular file, as /dev/null or a pipe, is written to. "-" is standard output.
base::Status write_file(const std::string& path, std::string_view text);

// For words to people, best effort: a reader who went away, as in `rampart run ... 2>&1 | head`,
// must not end a run.
void say(std::FILE* to, std::string_view text);

// $XDG_STATE_HOME/rampart/rampart.db, or ~/.local/state/rampart/rampart.db.
std::string default_database();

struct Terminal {
  bool interactive = false;
  bool colour = false;  // interactive and NO_COLOR unset
  int width = 100;
};
Terminal terminal(int descriptor);

}  // namespace rampart::cli
