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

base::Result<std::vector<std::uint8_t>> read_all(const Fd& fd, std::size_t size,
                                                 const std::string& path) {
  std::vector<std::uint8_t> out(size);
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

// Takes the first `size` bytes off; there must be so many.
Bytes take(Bytes& bytes, std::size_t size) {
  const auto out = bytes.first(size);
  bytes = bytes.subspan(size);
  return out;
}

bool take_equal(Bytes& bytes, Bytes expected) {
  return bytes.size() >= expected.size() &&
         std::memcmp(take(bytes, expected.size()).data(), expected.data(), expected.size()) == 0;
}

std::optional<std::uint64_t> take_number(Bytes& bytes) {
  std::uint64_t out = 0;
  if (bytes.size() < sizeof out) return std::nullopt;
  std::memcpy(&out, take(bytes, sizeof out).data(), sizeof out);
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

// Nothing where the bytes are not what pack() wrote under that key.
std::optional<std::vector<Bytes>> unpack(const PatternKey& key, Bytes bytes) {
  if (!take_equal(bytes, bytes_of(kMagic)) || bytes.size() < kDigestSize) return std::nullopt;
  const auto checksum = take(bytes, kDigestSize);
  const auto digest = digest_of(DigestKind::sha256, bytes);
  if (!std::ranges::equal(digest.view(), checksum)) return std::nullopt;
  if (!take_equal(bytes, key)) return std::nullopt;
  const auto count = take_number(bytes);
  if (!count || *count > bytes.size() / sizeof(std::uint64_t)) return std::nullopt;
  auto sizes = take(bytes, *count * sizeof(std::uint64_t));
  std::vector<Bytes> out;
  while (const auto size = take_number(sizes)) {
    if (*size > bytes.size()) return std::nullopt;
    out.push_back(take(bytes, *size));
  }
  if (!bytes.empty()) return std::nullopt;
  return out;
}

struct Listed {
  timespec used{};
  std::string name;
  std::uint64_t bytes = 0;
};

// The entries of the folder but for `newest`, those not used for longest first.
std::vector<Listed> entries_of(const Fd& folder, std::string_view newest) {
  std::vector<Listed> out;
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
  std::sort(out.begin(), out.end(), [](const Listed& a, const Listed& b) {
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

base::Result<std::optional<PatternCache::Entry>> PatternCache::read(const PatternKey& key) const {
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
  RAMPART_TRY(auto file, read_all(fd, size, path));
  auto blobs = unpack(key, file);
  if (!blobs) return fail(Errc::parse, fmt::format("{} is damaged; it is not loaded", path));
  ::futimens(fd.get(), nullptr);  // it is in use: others go first
  return Entry{std::move(file), *std::move(blobs)};
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
