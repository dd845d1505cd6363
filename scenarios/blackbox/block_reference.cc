#include "scenarios/blackbox/block_reference.h"

#include <fmt/core.h>

#include <algorithm>

#include "scenarios/blackbox/block.h"
#include "scenarios/blackbox_config.h"
#include "scenarios/options.h"

namespace rampart::scenarios {
namespace {

using blackbox::Field;
using blackbox::Form;
using blackbox::Kind;

std::string_view noun(Kind kind) {
  switch (kind) {
    case Kind::text: return "text";
    case Kind::secret: return "secret";
    case Kind::header: return "header's value";
    case Kind::parameter: return "text";
    case Kind::pattern: return "regular expression";
    case Kind::file: return "file";
    case Kind::boolean: return "`true` or `false`";
    case Kind::integer: return "whole number";
    case Kind::size: return "size: `10MB`";
    case Kind::duration: return "duration: `5s`";
    case Kind::proxy:
    case Kind::url: return "URL";
    case Kind::choice: return "word";
    case Kind::address: return "IP address";
  }
  return "value";
}

std::string one_value(const Field& field) {
  if (field.kind == Kind::integer)
    return fmt::format("whole number, {} to {}", field.min, field.max);
  if (field.kind != Kind::choice) return std::string(noun(field.kind));
  std::string out;
  for (const auto word : words(field.choices))
    out += fmt::format("{}`{}`", out.empty() ? "" : ", ", word);
  return out;
}

std::string link_to(const blackbox::Block& block) {
  std::string anchor(block.name);
  std::replace(anchor.begin(), anchor.end(), ' ', '-');
  return fmt::format("[{}](#{})", block.name, anchor);
}

std::string value_column(const Field& field) {
  const auto block = field.block == nullptr ? std::string() : link_to(*field.block);
  switch (field.form) {
    case Form::one: return one_value(field);
    case Form::list: return fmt::format("list: {}", one_value(field));
    case Form::pairs: return fmt::format("map of names: {} each", one_value(field));
    case Form::lists: return fmt::format("map of names: list of {} each", one_value(field));
    case Form::block: return block;
    case Form::blocks: return fmt::format("list of {}", block);
    case Form::named: return fmt::format("map of names: {} each", block);
  }
  return {};
}

std::string default_column(const Field& field) {
  if (field.required) return "required";
  return field.fallback.empty() ? "" : fmt::format("`{}`", field.fallback);
}

}  // namespace

std::string blackbox::reference_of(std::span<const Block* const> blocks) {
  std::string out;
  std::string refused;
  for (const auto* block : blocks) {
    out += fmt::format("\n### {}\n\n| key | value | default | meaning |\n|---|---|---|---|\n",
                       block->name);
    for (const auto& field : block->fields) {
      if (field.refused.empty())
        out += fmt::format("| `{}` | {} | {} | {} |\n", field.key, value_column(field),
                           default_column(field), field.help);
      else
        refused += fmt::format("| `{}` | {} | {} |\n", field.key, block->name, field.refused);
    }
  }
  return out + "\n### Refused\n\n| key | of | why |\n|---|---|---|\n" + refused;
}

std::string blackbox_reference_markdown() { return blackbox::reference_of(blackbox::all_blocks()); }

}  // namespace rampart::scenarios
