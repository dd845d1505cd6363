#include "sniffer/detect/pattern_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>

#include "sniffer/digest.h"

namespace rampart::sniffer {
namespace {

using base::Errc;
using base::fail;

// A file: kMagic, the SHA-256 of what follows, the key, the number of blobs, their sizes, and the
// blobs. Numbers are 64 bits, as this machine writes them: the key knows the machine.
constexpr std::string_view kMagic = "rampart patterns 1\n";
constexpr std::size_t kDigestSize = 32;
constexpr std::string_view kSuffix = ".patterns";
constexpr std::string_view kUnfinished = ".new";  // and the number of its process

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd(Fd&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  Fd& operator=(const Fd&) = delete;
  Fd& operator=(Fd&&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  [[nodiscard]] bool good() const { return fd_ >= 0; }

 private:
  int fd_;
};

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

tl::unexpected<base::Error> io_error(std::string_view what, const std::string& path) {
  return fail(Errc::io, fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

// Why what is there could be another's work; empty: it could not. A group that may write shows for
// access control lists too: their mask is in its bits.
std::string_view suspicion(const struct stat& status, uid_t user) {
  if (status.st_uid != 0 && status.st_uid != user) return "belongs to another user";
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "can be written by other users";
  return {};
}

Fd open_folder(const std::string& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

base::Status check_folder(const Fd& fd, const std::string& path, uid_t user) {
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return io_error("look at", path);
  if (const auto why = suspicion(status, user); !why.empty())
    return fail(Errc::permission, fmt::format("{} {}; it is not used as a cache", path, why));
  return {};
}

// With what is above it, each for its owner alone.
base::Status make_folder(const std::string& path) {
  std::filesystem::path part;
  for (const auto& name : std::filesystem::path(path)) {
    part /= name;
    if (::mkdir(part.c_str(), S_IRWXU) == 0 || errno == EEXIST) continue;
    auto failure = io_error("make", part.string());
    std::error_code code;
    if (!std::filesystem::is_directory(part, code)) return failure;
  }
  return {};
}

std::string name_of(const PatternKey& key) { return to_hex(key) + std::string(kSuffix); }

bool is_ours(std::string_view name) {
  constexpr std::size_t kDigits = 2 * kDigestSize;
  if (name.find_first_not_of("0123456789abcdef") != kDigits) return false;
  name.remove_prefix(kDigits);
  if (!name.starts_with(kSuffix)) return false;
  name.remove_prefix(kSuffix.size());
  return name.empty() || name.starts_with(kUnfinished);
}

base::Result<std::string> read_all(const Fd& fd, std::size_t size, const std::string& path) {
  std::string out(size, '\0');
  for (std::size_t done = 0; done < size;) {
    const auto n = ::read(fd.get(), out.data() + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("read", path);
    if (n == 0) return fail(Errc::io, fmt::format("{} became shorter", path));
    done += static_cast<std::size_t>(n);
  }
  return out;
}

bool write_all(const Fd& fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd.get(), text.data(), text.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void append(std::string& out, std::uint64_t number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t out = 0;
  if (text.size() < sizeof out) return std::nullopt;
  std::memcpy(&out, text.data(), sizeof out);
  text.remove_prefix(sizeof out);
  return out;
}

std::string pack(const PatternKey& key, std::span<const std::string> blobs) {
  std::string body(reinterpret_cast<const char*>(key.data()), key.size());
  append(body, blobs.size());
  for (const auto& blob : blobs) append(body, blob.size());
  for (const auto& blob : blobs) body += blob;
  const auto digest = digest_of(DigestKind::sha256, bytes_of(body));
  std::string out(kMagic);
  out.append(reinterpret_cast<const char*>(digest.bytes.data()), kDigestSize);
  return out + body;
}

// Nothing where the text is not what pack() wrote under that key.
std::optional<std::vector<std::string>> unpack(const PatternKey& key, std::string_view text) {
  if (!text.starts_with(kMagic) || text.size() < kMagic.size() + kDigestSize + key.size())
    return std::nullopt;
  text.remove_prefix(kMagic.size());
  const auto digest = digest_of(DigestKind::sha256, bytes_of(text.substr(kDigestSize)));
  if (digest.size != kDigestSize || std::memcmp(digest.bytes.data(), text.data(), kDigestSize) != 0)
    return std::nullopt;
  text.remove_prefix(kDigestSize);
  if (std::memcmp(key.data(), text.data(), key.size()) != 0) return std::nullopt;
  text.remove_prefix(key.size());
  const auto count = take_number(text);
  if (!count || *count > text.size() / sizeof(std::uint64_t)) return std::nullopt;
  std::vector<std::uint64_t> sizes;
  for (std::uint64_t i = 0; i < *count; ++i) sizes.push_back(take_number(text).value_or(0));
  std::vector<std::string> out;
  for (const auto size : sizes) {
    if (size > text.size()) return std::nullopt;
    out.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  if (!text.empty()) return std::nullopt;
  return out;
}

struct Entry {
  timespec used{};
  std::string name;
  std::uint64_t bytes = 0;
};

// The entries of the folder but for `newest`, those not used for longest first.
std::vector<Entry> entries_of(const Fd& folder, std::string_view newest) {
  std::vector<Entry> out;
  Fd again(::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(
      again.good() ? ::fdopendir(again.release()) : nullptr, ::closedir);
  if (!listing) return out;
  while (const auto* entry = ::readdir(listing.get())) {
    const std::string name(static_cast<const char*>(entry->d_name));
    struct stat status{};
    if (name == newest || !is_ours(name) ||
        ::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    out.push_back({status.st_mtim, name, static_cast<std::uint64_t>(status.st_size)});
  }
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.used.tv_sec, a.used.tv_nsec, a.name) <
           std::tie(b.used.tv_sec, b.used.tv_nsec, b.name);
  });
  return out;
}

void make_room(const Fd& folder, std::string_view newest, std::uint64_t newest_bytes,
               const PatternCache::Options& options) {
  const auto entries = entries_of(folder, newest);
  auto files = entries.size() + 1;
  auto bytes = newest_bytes;
  for (const auto& entry : entries) bytes += entry.bytes;
  for (const auto& entry : entries) {
    if (files <= options.most_files && bytes <= options.most_bytes) return;
    ::unlinkat(folder.get(), entry.name.c_str(), 0);
    --files;
    bytes -= entry.bytes;
  }
}

}  // namespace

uid_t trusted_user() { return ::getauxval(AT_SECURE) == 0 ? ::geteuid() : 0; }

std::string PatternCache::usual_folder(uid_t user) {
  if (user == 0) return "/var/cache/rampart";
  // A relative $XDG_CACHE_HOME does not count (XDG Base Directory Specification 0.8).
  if (const auto* set = std::getenv("XDG_CACHE_HOME"); set != nullptr && *set == '/')
    return (std::filesystem::path(set) / "rampart").string();
  const auto* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return {};
  return (std::filesystem::path(home) / ".cache" / "rampart").string();
}

std::string PatternCache::path_of(const PatternKey& key) const {
  return (std::filesystem::path(options_.folder) / name_of(key)).string();
}

base::Result<std::optional<std::vector<std::string>>> PatternCache::read(
    const PatternKey& key) const {
  const auto folder = open_folder(options_.folder);
  if (!folder.good() && errno == ENOENT) return std::nullopt;
  if (!folder.good()) return io_error("open", options_.folder);
  RAMPART_CHECK(check_folder(folder, options_.folder, options_.user));
  const auto path = path_of(key);
  const Fd fd(
      ::openat(folder.get(), name_of(key).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.good() && errno == ENOENT) return std::nullopt;
  if (!fd.good()) return io_error("open", path);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return io_error("look at", path);
  if (const auto why = suspicion(status, options_.user); !why.empty())
    return fail(Errc::permission, fmt::format("{} {}; it is not loaded", path, why));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size > options_.most_bytes)
    return fail(Errc::parse, fmt::format("{} is not what was written there", path));
  RAMPART_TRY(const auto text, read_all(fd, size, path));
  auto blobs = unpack(key, text);
  if (!blobs) return fail(Errc::parse, fmt::format("{} is damaged; it is not loaded", path));
  ::futimens(fd.get(), nullptr);  // it is in use: others go first
  return blobs;
}

base::Status PatternCache::write(const PatternKey& key, std::span<const std::string> blobs) const {
  const auto text = pack(key, blobs);
  if (text.size() > options_.most_bytes)
    return fail(Errc::io,
                fmt::format("{} bytes of patterns are more than the cache may hold", text.size()));
  RAMPART_CHECK(make_folder(options_.folder));
  const auto folder = open_folder(options_.folder);
  if (!folder.good()) return io_error("open", options_.folder);
  RAMPART_CHECK(check_folder(folder, options_.folder, options_.user));
  const auto name = name_of(key);
  const auto unfinished = fmt::format("{}{}{}", name, kUnfinished, ::getpid());
  ::unlinkat(folder.get(), unfinished.c_str(), 0);  // of a process that did not come to its end
  const auto path = path_of(key);
  Fd fd(::openat(folder.get(), unfinished.c_str(),
                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!fd.good()) return io_error("write", path);
  const bool written =
      write_all(fd, text) && ::close(fd.release()) == 0 &&
      ::renameat(folder.get(), unfinished.c_str(), folder.get(), name.c_str()) == 0;
  if (!written) {
    const auto failure = io_error("write", path);
    ::unlinkat(folder.get(), unfinished.c_str(), 0);
    return failure;
  }
  make_room(folder, name, text.size(), options_);
  return {};
}

}  // namespace rampart::sniffer
