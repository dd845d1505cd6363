#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "sniffer/app/file_facts.h"
#include "sniffer/rules/rule_parser.h"

// Keywords on a file: its name, its ending, its size. All of a rule ask about one and the same.

namespace rampart::sniffer {
namespace {

using base::Status;

void add_test(RuleBuilder& b, const Located& keyword, PayloadMatch match) {
  b.add_to(BufferId::file_facts, std::move(match), keyword);
}

// filename:"part of the name"  fileext:"pdf"  Both without regard to case; '!' before the quotes.
Status add_name(RuleBuilder& b, Located value, std::string_view before, bool endswith) {
  const auto where = value;
  Content content;
  content.negated = value.take("!");
  value = value.trimmed();
  if (value.text.starts_with('"')) {
    RAMPART_TRY(value, unquote(value, b.complaint));
  }
  if (value.empty()) return b.complaint.about(where, "the text is empty");
  content.bytes.append(before).append(value.text);
  content.nocase = true;
  content.offset = static_cast<std::int32_t>(kFactsName);
  content.endswith = endswith;
  add_test(b, where, std::move(content));
  return {};
}

Status add_filename(RuleBuilder& b, Located value) { return add_name(b, value, "", false); }
Status add_fileext(RuleBuilder& b, Located value) { return add_name(b, value, ".", true); }

constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {{"KB", std::uint64_t{1} << 10U},
                                                                 {"MB", std::uint64_t{1} << 20U},
                                                                 {"GB", std::uint64_t{1} << 30U}};

// "100", "4KB"
base::Result<std::uint64_t> read_size(RuleBuilder& b, const Located& text) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 40U;
  auto number = text.text;
  std::uint64_t unit = 1;
  for (const auto& [name, bytes] : kUnits) {
    const auto same = [](char a, char c) { return (a >= 'a' && a <= 'z' ? a - 32 : a) == c; };
    if (number.size() <= name.size()) continue;
    const auto end = number.substr(number.size() - name.size());
    if (!std::equal(end.begin(), end.end(), name.begin(), same)) continue;
    unit = bytes;
    number.remove_suffix(name.size());
    break;
  }
  const auto read = to_number(Located{number, text.at}.trimmed().text, kMost / unit);
  if (!read)
    return b.complaint.about(
        text, fmt::format("'{}' is not a size like 100, 4KB, 2MB or 1GB", text.text));
  return *read * unit;
}

ByteTest on_size(ByteTest::Op op, std::uint64_t value) {
  ByteTest test;
  test.field.size = kFactsSize;
  test.op = op;
  test.value = value;
  return test;
}

ByteTest on_whole() {
  ByteTest test;
  test.field.size = 1;
  test.field.offset = static_cast<std::int32_t>(kFactsSize);
  test.value = 1;
  return test;
}

// filesize:100  filesize:>1MB  filesize:100<>200, both ends left out. What may still change with
// what is to come, or was lost, is asked of whole files only.
Status add_filesize(RuleBuilder& b, Located value) {
  using Op = ByteTest::Op;
  const auto where = value;
  const auto between = value.text.find("<>");
  if (between != std::string_view::npos) {
    RAMPART_TRY(const auto low, read_size(b, value.sub(0, between).trimmed()));
    RAMPART_TRY(const auto high, read_size(b, value.sub(between + 2).trimmed()));
    if (high < low + 2)
      return b.complaint.about(where,
                               fmt::format("nothing lies between the ends of '{}'", where.text));
    add_test(b, where, on_size(Op::greater, low));
    add_test(b, where, on_size(Op::less, high));
    add_test(b, where, on_whole());
    return {};
  }
  const bool greater = value.take(">");
  const bool less = !greater && value.take("<");
  RAMPART_TRY(const auto size, read_size(b, value.trimmed()));
  if (less && size == 0) return b.complaint.about(where, "no file is smaller than 0 bytes");
  add_test(b, where, on_size(greater ? Op::greater : less ? Op::less : Op::equal, size));
  if (!greater) add_test(b, where, on_whole());
  return {};
}

// filestore:request,tx asks to keep a file on disk. rampart keeps no files: what is asked is
// checked, and that there is one in the rule's own direction, whichever is named here.
Status check_filestore(RuleBuilder& b, Located value) {
  static constexpr std::string_view kDirections[] = {
      "request", "to_server", "toserver", "response", "to_client", "toclient", "both"};
  static constexpr std::string_view kScopes[] = {"file", "tx", "ssn", "flow"};
  const auto is_in = [](auto& list, const Located& word) {
    return std::find(std::begin(list), std::end(list), word.text) != std::end(list);
  };
  if (!value.empty()) {
    const auto parts = split(value, ',');
    if (!is_in(kDirections, parts[0]))
      return b.complaint.about(parts[0],
                               fmt::format("'{}' is not request, response or both", parts[0].text));
    if (parts.size() > 2) return b.complaint.about(parts[2], "expected filestore:direction,scope");
    if (parts.size() == 2 && !is_in(kScopes, parts[1]))
      return b.complaint.about(parts[1],
                               fmt::format("'{}' is not file, tx, ssn or flow", parts[1].text));
  }
  add_test(b, value, on_size(ByteTest::Op::greater_equal, 0));
  return {};
}

// ftpdata_command:retr, or stor: what asked for the file. stor stands for all that send one to the
// server.
Status add_ftpdata_command(RuleBuilder& b, Located value) {
  if (value.text != "retr" && value.text != "stor")
    return b.complaint.about(value, fmt::format("'{}' is not retr or stor", value.text));
  Content content;
  content.bytes = value.text == "retr" ? "RETR" : "STOR";
  content.startswith = content.endswith = true;
  b.add_to(BufferId::ftpdata_command, std::move(content), value);
  return {};
}

constexpr auto kRequired = Keyword::Value::required;

constexpr Keyword kKeywords[] = {
    {"filename", kRequired, add_filename},
    {"fileext", kRequired, add_fileext},
    {"filesize", kRequired, add_filesize},
    {"filestore", Keyword::Value::optional, check_filestore},
    {"ftpdata_command", kRequired, add_ftpdata_command},
};

}  // namespace

std::span<const Keyword> file_keywords() { return kKeywords; }

}  // namespace rampart::sniffer
