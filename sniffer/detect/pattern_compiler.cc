#include "sniffer/detect/pattern_compiler.h"

#include <tuple>
#include <utility>

#include "sniffer/digest.h"

namespace rampart::sniffer {
namespace {

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

PatternCompiler::PatternCompiler(const std::string& cache_folder) {
  if (!cache_folder.empty()) cache_.emplace(PatternCache::Options{.folder = cache_folder});
}

PatternCompiler::~PatternCompiler() = default;

PatternSet PatternCompiler::add(std::vector<Literal> literals) {
  if (literals.empty()) return {};
  auto description = describe(literals);
  auto& known = known_[description];
  if (!known) {
    auto database = std::make_shared<PatternDatabase>();
    known = database;
    wanted_.push_back({std::move(description), std::move(literals), std::move(database)});
  }
  return PatternSet(known);
}

base::Status PatternCompiler::finish(ScanScratch& scratch) {
  if (!wanted_.empty()) RAMPART_CHECK(fill());
  for (const auto& [description, database] : known_) RAMPART_CHECK(scratch.fit(*database));
  return {};
}

base::Status PatternCompiler::fill() {
  const auto wanted = key();
  if (wanted && restore(*wanted)) {
    load_.source = PatternLoad::Source::cache;
  } else {
    RAMPART_CHECK(compile());
    load_.source = PatternLoad::Source::compiled;
    if (wanted) keep(*wanted);
  }
  for (const auto& each : wanted_) load_.bytes += each.database->bytes();
  load_.databases += wanted_.size();
  wanted_.clear();
  return {};
}

// Nothing where there is no cache.
std::optional<PatternKey> PatternCompiler::key() const {
  if (!cache_) return std::nullopt;
  auto text = pattern_platform();
  text += '\0';
  for (const auto& each : wanted_) text += each.description;
  const auto digest = digest_of(DigestKind::sha256, bytes_of(text));
  if (digest.size != std::tuple_size_v<PatternKey>) return std::nullopt;
  return digest.bytes;
}

void PatternCompiler::report(const base::Error& error) {
  if (load_.problem.empty()) load_.problem = error.text;
}

bool PatternCompiler::restore(const PatternKey& key) {
  const auto entry = cache_->read(key);
  if (!entry) report(entry.error());
  if (!entry || !*entry || (*entry)->blobs.size() != wanted_.size()) return false;
  for (std::size_t i = 0; i < wanted_.size(); ++i)
    if (const auto done = wanted_[i].database->restore((*entry)->blobs[i]); !done) {
      report(done.error());
      for (const auto& each : wanted_) each.database->clear();
      return false;
    }
  load_.cache_file = cache_->path_of(key);
  return true;
}

base::Status PatternCompiler::compile() {
  for (const auto& each : wanted_) RAMPART_CHECK(each.database->compile(each.literals));
  return {};
}

void PatternCompiler::keep(const PatternKey& key) {
  std::vector<std::string> blobs;
  for (const auto& each : wanted_) {
    auto blob = each.database->serialize();
    if (!blob) return report(blob.error());
    blobs.push_back(*std::move(blob));
  }
  if (const auto written = cache_->write(key, blobs))
    load_.cache_file = cache_->path_of(key);
  else
    report(written.error());
}

}  // namespace rampart::sniffer
