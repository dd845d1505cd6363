#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "sniffer/rules/number_range.h"
#include "sniffer/rules/rule_parser.h"

// Keywords on what the frames of HTTP/2 say in numbers (RFC 9113, sections 6 and 7).

namespace rampart::sniffer {
namespace {

using base::Status;

struct Name {
  std::string_view name;
  std::uint32_t number;
};

constexpr Name kFrameTypes[] = {{"DATA", 0},         {"HEADERS", 1},       {"PRIORITY", 2},
                                {"RST_STREAM", 3},   {"RSTSTREAM", 3},     {"SETTINGS", 4},
                                {"PUSH_PROMISE", 5}, {"PUSHPROMISE", 5},   {"PING", 6},
                                {"GOAWAY", 7},       {"WINDOW_UPDATE", 8}, {"WINDOWUPDATE", 8},
                                {"CONTINUATION", 9}};
constexpr Name kErrors[] = {{"NO_ERROR", 0},
                            {"PROTOCOL_ERROR", 1},
                            {"INTERNAL_ERROR", 2},
                            {"FLOW_CONTROL_ERROR", 3},
                            {"SETTINGS_TIMEOUT", 4},
                            {"STREAM_CLOSED", 5},
                            {"FRAME_SIZE_ERROR", 6},
                            {"REFUSED_STREAM", 7},
                            {"CANCEL", 8},
                            {"COMPRESSION_ERROR", 9},
                            {"CONNECT_ERROR", 10},
                            {"ENHANCE_YOUR_CALM", 11},
                            {"INADEQUATE_SECURITY", 12},
                            {"HTTP_1_1_REQUIRED", 13}};
constexpr Name kSettings[] = {
    {"SETTINGS_HEADER_TABLE_SIZE", 1},      {"SETTINGS_ENABLE_PUSH", 2},
    {"SETTINGS_MAX_CONCURRENT_STREAMS", 3}, {"SETTINGS_INITIAL_WINDOW_SIZE", 4},
    {"SETTINGS_MAX_FRAME_SIZE", 5},         {"SETTINGS_MAX_HEADER_LIST_SIZE", 6}};

template <std::size_t N>
std::optional<std::uint32_t> find(const Name (&table)[N], std::string_view name) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  const auto* found = std::find_if(table, table + N, [&](const Name& n) {
    return std::equal(name.begin(), name.end(), n.name.begin(), n.name.end(),
                      [&](char a, char b) { return upper(a) == b; });
  });
  return found == table + N ? std::nullopt : std::optional(found->number);
}

// A number of `size` bytes that stands `offset` bytes behind the begin.
ByteTest test_of(std::uint32_t size, std::int32_t offset, ByteTest::Op op, std::uint64_t value) {
  ByteTest out;
  out.field.size = size;
  out.field.offset = offset;
  out.op = op;
  out.value = value;
  return out;
}

void add_range(const NumberRange& range, std::uint32_t size, std::int32_t offset,
               std::vector<PayloadMatch>& out) {
  using Op = ByteTest::Op;
  if (range.low == range.high) {
    auto test = test_of(size, offset, Op::equal, range.low);
    test.negated = range.negated;
    out.emplace_back(test);
    return;
  }
  out.emplace_back(test_of(size, offset, Op::greater_equal, range.low));
  out.emplace_back(test_of(size, offset, Op::less_equal, range.high));
}

// One of the names, in whatever case, or a number.
template <std::size_t N>
Status add_named(RuleBuilder& b, Located value, const Name (&table)[N], BufferId buffer,
                 std::uint32_t size, std::uint32_t most) {
  auto number = find(table, value.text);
  if (!number)
    if (const auto read = to_number(value.text, most)) number = static_cast<std::uint32_t>(*read);
  if (!number)
    return b.complaint.about(
        value, fmt::format("'{}' is no number of 0 to {}, and no name of HTTP/2 such as {}",
                           value.text, most, table[0].name));
  b.add_to(buffer, test_of(size, 0, ByteTest::Op::equal, *number), value);
  return {};
}

Status add_frametype(RuleBuilder& b, Located value) {
  return add_named(b, value, kFrameTypes, BufferId::http2_frametype, 1, 0xFF);
}
Status add_errorcode(RuleBuilder& b, Located value) {
  return add_named(b, value, kErrors, BufferId::http2_errorcode, 4, 0xFFFFFFFF);
}

// http2.priority:>100  http2.window:32-64
template <BufferId kBuffer, std::uint32_t kSize>
Status add_number(RuleBuilder& b, Located value) {
  constexpr std::uint32_t kMost = kSize == 1 ? 0xFF : 0xFFFFFFFF;
  RAMPART_TRY(const auto range, read_range(value, kMost, b.complaint));
  std::vector<PayloadMatch> tests;
  add_range(range, kSize, 0, tests);
  b.add_all_to(kBuffer, std::move(tests), value);
  return {};
}

// http2.settings:SETTINGS_ENABLE_PUSH=0  http2.settings:SETTINGS_HEADER_TABLE_SIZE>4096
Status add_setting(RuleBuilder& b, Located value) {
  constexpr std::uint32_t kIdSize = 2, kValueSize = 4;
  const auto end = value.text.find_first_of("=<>! ");
  const auto name = value.sub(0, end);
  const auto id = find(kSettings, name.text);
  if (!id)
    return b.complaint.about(name, fmt::format("'{}' is not a setting of HTTP/2, such as {}",
                                               name.text, kSettings[0].name));
  std::vector<PayloadMatch> tests{test_of(kIdSize, 0, ByteTest::Op::equal, *id)};
  if (end != std::string_view::npos) {
    RAMPART_TRY(const auto range, read_range(value.sub(end).trimmed(), 0xFFFFFFFF, b.complaint));
    add_range(range, kValueSize, kIdSize, tests);
  }
  b.add_all_to(BufferId::http2_settings, std::move(tests), value);
  return {};
}

constexpr auto kRequired = Keyword::Value::required;

constexpr Keyword kKeywords[] = {
    {"http2.frametype", kRequired, add_frametype},
    {"http2.errorcode", kRequired, add_errorcode},
    {"http2.priority", kRequired, add_number<BufferId::http2_priority, 1>},
    {"http2.window", kRequired, add_number<BufferId::http2_window, 4>},
    {"http2.size_update", kRequired, add_number<BufferId::http2_size_update, 8>},
    {"http2.settings", kRequired, add_setting},
};

}  // namespace

std::span<const Keyword> http2_keywords() { return kKeywords; }

}  // namespace rampart::sniffer
