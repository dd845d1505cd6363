#include "sniffer/rules/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/core.h>
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

namespace rampart::sniffer {
namespace {

// Far above what honest patterns need on a packet. PCRE2 counts the matches anew for each place at
// which one may begin, so that a hostile subject costs up to about a microsecond per byte: looking
// for a{1,3000}[bc] took 2.4 ms in 4 KiB and 89 ms in 100 KiB of "a" (PCRE2 10.42 with its JIT). A
// pattern that needs more at one place gives up there.
constexpr std::uint32_t kMatchLimit = 3500;
constexpr std::uint32_t kDepthLimit = 1500;

std::uint32_t flags_of(const RegexOptions& o) {
  return (o.caseless ? PCRE2_CASELESS : 0U) | (o.dotall ? PCRE2_DOTALL : 0U) |
         (o.multiline ? PCRE2_MULTILINE : 0U) | (o.extended ? PCRE2_EXTENDED : 0U) |
         (o.anchored ? PCRE2_ANCHORED : 0U) | (o.dollar_end_only ? PCRE2_DOLLAR_ENDONLY : 0U) |
         (o.ungreedy ? PCRE2_UNGREEDY : 0U);
}

bool may_look_ahead(std::string_view pattern) {
  constexpr std::array<std::string_view, 8> kMarks = {"(?=", "(?!", "(*",  "$",
                                                      "\\b", "\\B", "\\Z", "\\z"};
  return std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) {
    return pattern.find(mark) != std::string_view::npos;
  });
}

}  // namespace

RegexScratch::RegexScratch()
    : data_(pcre2_match_data_create_8(2, nullptr)),
      context_(pcre2_match_context_create_8(nullptr)) {
  if (data_ == nullptr || context_ == nullptr) {
    pcre2_match_data_free_8(data_);
    pcre2_match_context_free_8(context_);
    throw std::bad_alloc();
  }
  pcre2_set_match_limit_8(context_, kMatchLimit);
  pcre2_set_depth_limit_8(context_, kDepthLimit);
}

RegexScratch::~RegexScratch() {
  pcre2_match_data_free_8(data_);
  pcre2_match_context_free_8(context_);
}

base::Result<std::shared_ptr<const Regex>> Regex::compile(const std::string& pattern,
                                                          RegexOptions options) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  const auto* text = reinterpret_cast<PCRE2_SPTR8>(pattern.data());
  auto* code = pcre2_compile_8(text, pattern.size(), flags_of(options), &error, &offset, nullptr);
  if (code == nullptr) {
    PCRE2_UCHAR8 message[160] = {};
    pcre2_get_error_message_8(error, message, sizeof message);
    return base::fail(base::Errc::parse,
                      fmt::format("the regular expression is wrong at byte {}: {}", offset + 1,
                                  reinterpret_cast<const char*>(message)));
  }
  // Where the pattern or the machine has no JIT, pcre2_match interprets it.
  pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE);
  return std::shared_ptr<const Regex>(new Regex(code, may_look_ahead(pattern)));
}

Regex::~Regex() { pcre2_code_free_8(code_); }

// Null: nothing matched.
const std::size_t* Regex::match(std::span<const std::uint8_t> subject, std::size_t from,
                                RegexScratch& scratch) const {
  if (from > subject.size()) return nullptr;
  static constexpr PCRE2_UCHAR8 kNothing[1] = {};
  const auto* text = subject.empty() ? kNothing : subject.data();
  const int rc =
      pcre2_match_8(code_, text, subject.size(), from, 0, scratch.data_, scratch.context_);
  return rc < 0 ? nullptr : pcre2_get_ovector_pointer_8(scratch.data_);
}

std::optional<Regex::Match> Regex::find(std::span<const std::uint8_t> subject, std::size_t from,
                                        RegexScratch& scratch) const {
  const auto* ends = match(subject, from, scratch);
  // \K can put the begin after the end.
  if (ends == nullptr || ends[0] > ends[1]) return std::nullopt;
  return Match{ends[0], ends[1]};
}

std::uint32_t Regex::groups() const {
  std::uint32_t out = 0;
  pcre2_pattern_info_8(code_, PCRE2_INFO_CAPTURECOUNT, &out);
  return out;
}

std::optional<Regex::Match> Regex::find_first_group(std::span<const std::uint8_t> subject,
                                                    RegexScratch& scratch) const {
  const auto* ends = match(subject, 0, scratch);
  if (ends == nullptr || groups() == 0 || ends[2] == PCRE2_UNSET || ends[2] > ends[3])
    return std::nullopt;
  return Match{ends[2], ends[3]};
}

}  // namespace rampart::sniffer
