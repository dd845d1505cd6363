#include "cli/man_page.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <string_view>

#include "base/version.h"

namespace rampart::cli {
namespace {

// Text that roff sets as it stands.
std::string plain(std::string_view text) {
  std::string out;
  bool line_starts = true;
  for (const char c : text) {
    if (line_starts && (c == '.' || c == '\'')) out += "\\&";
    line_starts = c == '\n';
    switch (c) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;
      case '\'': out += "\\(aq"; break;
      case '^': out += "\\(ha"; break;
      case '~': out += "\\(ti"; break;
      default: out += c;
    }
  }
  return out;
}

// A footer: paragraphs, of which those that begin with a word for examples keep their lines.
std::string paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find("\n\n");
    auto paragraph = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
    paragraph.remove_prefix(std::min(paragraph.find_first_not_of('\n'), paragraph.size()));
    if (paragraph.empty()) continue;
    const auto first_line = paragraph.substr(0, paragraph.find('\n'));
    if (first_line == "Example:" || first_line == "Examples:") {
      const auto lines = paragraph.substr(std::min(first_line.size() + 1, paragraph.size()));
      out += fmt::format(".PP\n{}\n.PP\n.nf\n{}\n.fi\n", plain(first_line), plain(lines));
    } else {
      out += fmt::format(".PP\n{}\n", plain(paragraph));
    }
  }
  return out;
}

std::string value_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return {};
  return fmt::format(" \\fI{}\\fR", option.get_type_name() == "UINT" ? "N" : "VALUE");
}

std::string names_of(const CLI::Option& option) {
  if (option.get_positional())
    return fmt::format("\\fI{}\\fR", plain(option.get_name(true, false)));
  std::string out;
  for (const auto& name : option.get_snames())
    out += fmt::format("{}\\fB\\-{}\\fR", out.empty() ? "" : ", ", plain(name));
  for (const auto& name : option.get_lnames())
    out += fmt::format("{}\\fB\\-\\-{}\\fR", out.empty() ? "" : ", ", plain(name));
  return out + value_of(option);
}

std::string options_of(const CLI::App& app) {
  std::string out;
  for (const auto* option : app.get_options()) {
    if (option == app.get_help_ptr() && app.get_parent() != nullptr) continue;  // said once
    out += fmt::format(".TP\n{}\n{}", names_of(*option), plain(option->get_description()));
    if (const auto value = option->get_default_str();
        !value.empty() && option->get_description().find("(default") == std::string::npos)
      out += fmt::format(" (default {})", plain(value));
    out += '\n';
  }
  return out;
}

std::string synopsis_of(const CLI::App& command) {
  auto out = fmt::format("\\fBrampart {}\\fR [\\fIOPTION\\fR]...", plain(command.get_name()));
  for (const auto* option : command.get_options())
    if (option->get_positional()) {
      const auto name = plain(option->get_name(true, false));
      const auto* more = option->get_items_expected_max() > 1 ? "..." : "";
      const bool must = option->get_required();
      out += fmt::format(" {}\\fI{}\\fR{}{}", must ? "" : "[", name, must ? "" : "]", more);
    }
  return out;
}

}  // namespace

std::string man_page(const CLI::App& app) {
  std::string out = fmt::format(
      ".TH RAMPART 1 \"\" \"rampart {}\" \"User Commands\"\n.SH NAME\nrampart \\- load testing and "
      "intrusion detection that explain each other\n.SH SYNOPSIS\n",
      plain(base::version()));
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const auto* command : commands) out += synopsis_of(*command) + "\n.br\n";
  out += fmt::format(".SH DESCRIPTION\n{}\n{}", plain(app.get_description()),
                     paragraphs(app.get_footer()));
  out += fmt::format(".SH OPTIONS\n{}.SH COMMANDS\n", options_of(app));
  for (const auto* command : commands)
    out +=
        fmt::format(".SS {}\n{}.\n{}{}", synopsis_of(*command), plain(command->get_description()),
                    options_of(*command), paragraphs(command->get_footer()));
  return out;
}

}  // namespace rampart::cli
