#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

// SHA-256 of all that decides what is kept under it.
using PatternKey = std::array<std::uint8_t, 32>;

// Whose files are believed beside root's: the caller's own. Root's alone where the program was
// given more privileges than its caller has, who must not bring code into it.
uid_t trusted_user();

// Compiled patterns on disk: one file for each rule set, in one folder. What is kept is as good as
// code, so a file counts only where nobody but root and `user` can have written it, and where its
// checksum and its key hold. Files are replaced as a whole: several processes may use one folder.
class PatternCache {
 public:
  struct Entry {
    std::vector<std::uint8_t> file;
    std::vector<Bytes> blobs;  // views of `file`
  };
  struct Options {
    std::string folder;  // made where it is missing, for its owner alone
    uid_t user = trusted_user();
    std::size_t most_files = 64;
    std::uint64_t most_bytes = std::uint64_t{256} << 20U;
  };
  explicit PatternCache(Options options) : options_(std::move(options)) {}

  // $XDG_CACHE_HOME/rampart or ~/.cache/rampart, for root /var/cache/rampart; empty where there is
  // no home.
  static std::string usual_folder(uid_t user = trusted_user());

  // What was written under that key; nothing where nothing was. An error where there is something
  // that is damaged or could be another's work.
  [[nodiscard]] base::Result<std::optional<Entry>> read(const PatternKey& key) const;
  // Then removes what was not used for longest, until the folder holds no more than it may.
  [[nodiscard]] base::Status write(const PatternKey& key, std::span<const std::string> blobs) const;
  [[nodiscard]] std::string path_of(const PatternKey& key) const;

 private:
  Options options_;
};

}  // namespace rampart::sniffer
