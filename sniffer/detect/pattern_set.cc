#include "sniffer/detect/pattern_set.h"

#include <fmt/core.h>
#include <hs.h>

#include <algorithm>
#include <utility>

namespace rampart::sniffer {

using base::Errc;
using base::fail;

struct PatternSet::Sink {
  std::vector<std::uint32_t>& hits;
  std::vector<std::uint32_t>& marks;
  std::uint32_t scan;
};

namespace {

int on_match(unsigned id, unsigned long long, unsigned long long, unsigned, void* context) {
  auto* sink = static_cast<PatternSet::Sink*>(context);
  if (sink->marks[id] != sink->scan) {
    sink->marks[id] = sink->scan;
    sink->hits.push_back(id);
  }
  return 0;
}

}  // namespace

ScanScratch::~ScanScratch() { hs_free_scratch(scratch_); }

base::Status ScanScratch::fit(const hs_database* database) {
  if (hs_alloc_scratch(database, &scratch_) != HS_SUCCESS)
    return fail(Errc::internal, "no memory for pattern matching");
  return {};
}

base::Result<PatternSet> PatternSet::compile(const std::vector<Literal>& literals, Mode mode,
                                             ScanScratch& scratch) {
  PatternSet out;
  if (literals.empty()) return out;
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  std::vector<unsigned> flags;
  std::vector<unsigned> ids;
  for (const auto& literal : literals) {
    const auto size = std::min(literal.bytes.size(), kLongest);
    texts.push_back(literal.bytes.data() + (literal.bytes.size() - size));
    sizes.push_back(size);
    flags.push_back((literal.nocase ? HS_FLAG_CASELESS : 0U) |
                    (mode == Mode::block ? HS_FLAG_SINGLEMATCH : 0U));
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  hs_compile_error_t* error = nullptr;
  const auto rc = hs_compile_lit_multi(
      texts.data(), flags.data(), ids.data(), sizes.data(), static_cast<unsigned>(literals.size()),
      mode == Mode::block ? HS_MODE_BLOCK : HS_MODE_STREAM, nullptr, &out.database_, &error);
  if (rc != HS_SUCCESS) {
    const std::string text = error == nullptr ? "unknown reason" : error->message;
    hs_free_compile_error(error);
    return fail(Errc::internal,
                fmt::format("cannot compile {} patterns: {}", literals.size(), text));
  }
  RAMPART_CHECK(scratch.fit(out.database_));
  out.marks_.assign(literals.size(), 0);
  return out;
}

PatternSet::~PatternSet() { clear(); }

PatternSet::PatternSet(PatternSet&& o) noexcept
    : database_(std::exchange(o.database_, nullptr)),
      idle_(std::exchange(o.idle_, {})),
      marks_(std::move(o.marks_)),
      scan_(o.scan_) {}

PatternSet& PatternSet::operator=(PatternSet&& o) noexcept {
  if (this != &o) {
    clear();
    database_ = std::exchange(o.database_, nullptr);
    idle_ = std::exchange(o.idle_, {});
    marks_ = std::move(o.marks_);
    scan_ = o.scan_;
  }
  return *this;
}

void PatternSet::clear() noexcept {
  for (auto* stream : idle_) hs_close_stream(stream, nullptr, nullptr, nullptr);
  idle_.clear();
  hs_free_database(database_);
  database_ = nullptr;
}

bool PatternSet::scan(Bytes data, const ScanScratch& scratch, std::vector<std::uint32_t>& hits) {
  if (empty() || data.empty()) return true;
  Sink sink{hits, marks_, ++scan_};
  return hs_scan(database_, reinterpret_cast<const char*>(data.data()),
                 static_cast<unsigned>(data.size()), 0, scratch.get(), on_match,
                 &sink) == HS_SUCCESS;
}

bool PatternSet::scan(hs_stream* stream, Bytes data, const ScanScratch& scratch,
                      std::vector<std::uint32_t>& hits) {
  if (empty() || data.empty()) return true;
  if (stream == nullptr) return false;
  Sink sink{hits, marks_, ++scan_};
  return hs_scan_stream(stream, reinterpret_cast<const char*>(data.data()),
                        static_cast<unsigned>(data.size()), 0, scratch.get(), on_match,
                        &sink) == HS_SUCCESS;
}

hs_stream* PatternSet::open_stream() {
  if (empty()) return nullptr;
  if (!idle_.empty()) {
    auto* stream = idle_.back();
    idle_.pop_back();
    return stream;
  }
  hs_stream* stream = nullptr;
  return hs_open_stream(database_, 0, &stream) == HS_SUCCESS ? stream : nullptr;
}

void PatternSet::close_stream(hs_stream* stream) {
  if (stream == nullptr) return;
  reset_stream(stream);
  idle_.push_back(stream);
}

void PatternSet::reset_stream(hs_stream* stream) {
  if (stream != nullptr) hs_reset_stream(stream, 0, nullptr, nullptr, nullptr);
}

base::Status check_platform() {
  if (hs_valid_platform() == HS_SUCCESS) return {};
  return fail(Errc::config,
              "this processor lacks SSSE3, which pattern matching needs; run without rules");
}

}  // namespace rampart::sniffer
