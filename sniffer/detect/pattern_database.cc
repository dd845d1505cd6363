#include "sniffer/detect/pattern_database.h"

#include <fmt/core.h>
#include <hs.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/deleter.h"

namespace rampart::sniffer {
namespace {

using base::Errc;
using base::fail;

// What is searched for.
std::string_view end_of(const Literal& literal) {
  const auto size = std::min(literal.bytes.size(), PatternDatabase::kLongest);
  return std::string_view(literal.bytes).substr(literal.bytes.size() - size);
}

unsigned flags_of(const Literal& literal) {
  return HS_FLAG_SINGLEMATCH | (literal.nocase ? HS_FLAG_CASELESS : 0U);
}

void append(std::string& out, std::uint32_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    out += static_cast<char>((number >> shift) & 0xFFU);
}

}  // namespace

PatternDatabase::~PatternDatabase() { clear(); }

void PatternDatabase::clear() noexcept {
  hs_free_database(database_);
  database_ = nullptr;
}

base::Status PatternDatabase::compile(std::span<const Literal> literals) {
  RAMPART_ASSERT(database_ == nullptr);
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  std::vector<unsigned> flags;
  std::vector<unsigned> ids;
  for (const auto& literal : literals) {
    const auto text = end_of(literal);
    texts.push_back(text.data());
    sizes.push_back(text.size());
    flags.push_back(flags_of(literal));
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  hs_compile_error_t* error = nullptr;
  const auto rc = hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), sizes.data(),
                                       static_cast<unsigned>(literals.size()), HS_MODE_BLOCK,
                                       nullptr, &database_, &error);
  if (rc == HS_SUCCESS) return {};
  const std::string text = error == nullptr ? "unknown reason" : error->message;
  hs_free_compile_error(error);
  return fail(Errc::internal, fmt::format("cannot compile {} patterns: {}", literals.size(), text));
}

base::Status PatternDatabase::restore(Bytes bytes) {
  RAMPART_ASSERT(database_ == nullptr);
  const auto rc = hs_deserialize_database(reinterpret_cast<const char*>(bytes.data()), bytes.size(),
                                          &database_);
  if (rc == HS_SUCCESS) return {};
  database_ = nullptr;
  return fail(Errc::internal, fmt::format("not a database for this machine (error {})", rc));
}

base::Result<std::string> PatternDatabase::serialize() const {
  char* bytes = nullptr;
  std::size_t size = 0;
  if (hs_serialize_database(database_, &bytes, &size) != HS_SUCCESS)
    return fail(Errc::internal, "no memory for a copy of the compiled patterns");
  const std::unique_ptr<char, base::Deleter<std::free>> owner(bytes);
  return std::string(bytes, size);
}

std::size_t PatternDatabase::bytes() const {
  std::size_t size = 0;
  return hs_database_size(database_, &size) == HS_SUCCESS ? size : 0;
}

std::string describe(std::span<const Literal> literals) {
  std::string out;
  append(out, static_cast<std::uint32_t>(literals.size()));
  for (const auto& literal : literals) {
    const auto text = end_of(literal);
    append(out, flags_of(literal));
    append(out, static_cast<std::uint32_t>(text.size()));
    out += text;
  }
  return out;
}

std::string pattern_platform() {
  hs_platform_info_t platform{};
  hs_populate_platform(&platform);
  return fmt::format("hyperscan {}, tune {}, features {:x}", hs_version(), platform.tune,
                     platform.cpu_features);
}

base::Status check_platform() {
  if (hs_valid_platform() == HS_SUCCESS) return {};
  return fail(Errc::config,
              "this processor lacks SSSE3, which pattern matching needs; run without rules");
}

}  // namespace rampart::sniffer
