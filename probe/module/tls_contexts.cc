#include "probe/module/tls_contexts.h"

#include <algorithm>

#include "probe/module/module_tls.h"

namespace rampart::probe {
namespace {

constexpr std::size_t kMost = 256;  // the one that was not used for longest goes first

bool same(const model::ModuleTls& a, const model::ModuleTls& b) {
  return a.ca_file == b.ca_file && a.certificate_file == b.certificate_file &&
         a.key_file == b.key_file && a.insecure == b.insecure && a.min_version == b.min_version &&
         a.max_version == b.max_version;
}

}  // namespace

TlsContexts::FileStates TlsContexts::states_of(const model::ModuleTls& tls) {
  const auto store = net::system_trust();
  const bool system = tls.ca_file.empty();
  return {base::FileStamp::of(system ? store.file : tls.ca_file),
          base::FileStamp::of(system ? store.folder : ""),
          base::FileStamp::of(tls.certificate_file), base::FileStamp::of(tls.key_file)};
}

base::Result<std::shared_ptr<const net::TlsContext>> TlsContexts::of(const model::ModuleTls& tls) {
  const auto now = clock_.wall();
  const auto files = states_of(tls);
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&tls](const Entry& e) { return same(e.tls, tls); });
  if (entry != entries_.end()) {
    if (entry->settled && entry->files == files) {
      entries_.splice(entries_.begin(), entries_, entry);
      return entry->context;
    }
    entries_.erase(entry);
  }
  RAMPART_TRY(auto context, module_tls_context(tls));
  const bool settled = std::all_of(files.begin(), files.end(),
                                   [now](const auto& file) { return file.settled(now); });
  entries_.push_front(
      {tls, files, settled, std::make_shared<const net::TlsContext>(std::move(context))});
  if (entries_.size() > kMost) entries_.pop_back();
  return entries_.front().context;
}

}  // namespace rampart::probe
