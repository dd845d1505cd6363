#include "sniffer/capture/alert_pcap.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>

namespace rampart::sniffer {
namespace {

constexpr int kSnaplen = 262144;
constexpr std::size_t kFileHeader = 24;
constexpr std::size_t kPacketHeader = 16;

// 20231114T221321
std::string file_time(base::WallTime time) {
  const auto seconds = static_cast<std::time_t>(
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

void AlertPcap::Close::operator()(pcap_dumper* dumper) const noexcept { pcap_dump_close(dumper); }
void AlertPcap::ClosePcap::operator()(pcap* handle) const noexcept { pcap_close(handle); }

AlertPcap::AlertPcap(AlertPcapOptions options) : options_(std::move(options)) {
  bytes_.resize(options_.ring_bytes);
  entries_.resize(std::max<std::size_t>(options_.ring_packets, 1));
}
AlertPcap::~AlertPcap() = default;  // closes what is open
AlertPcap::AlertPcap(AlertPcap&&) noexcept = default;

base::Result<AlertPcap> AlertPcap::open(AlertPcapOptions options, int link) {
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error || access(options.folder.c_str(), W_OK | X_OK) != 0)
    return base::fail(base::Errc::io,
                      fmt::format("cannot write pcap files into {}: {}", options.folder,
                                  error ? error.message() : std::strerror(errno)));
  AlertPcap out(std::move(options));
  out.handle_.reset(
      pcap_open_dead_with_tstamp_precision(link, kSnaplen, PCAP_TSTAMP_PRECISION_NANO));
  if (!out.handle_) return base::fail(base::Errc::io, "cannot write pcap files: out of memory");
  return out;
}

void AlertPcap::drop_oldest() {
  oldest_ = (oldest_ + 1) % entries_.size();
  --count_;
}

// Frames lie in one piece each, so that the end of the memory may stay unused.
void AlertPcap::make_room(std::size_t size) {
  if (next_ + size > bytes_.size()) {
    while (count_ != 0 && entry(0).at >= next_) drop_oldest();
    next_ = 0;
  }
  const auto overlaps = [&](const Entry& e) {
    return e.at < next_ + size && next_ < e.at + e.size;
  };
  while (count_ != 0 && (count_ == entries_.size() || overlaps(entry(0)))) drop_oldest();
}

void AlertPcap::frame(const Frame& frame) {
  current_ = frame.bytes.size() <= bytes_.size() && !frame.bytes.empty();
  if (!current_) return;
  make_room(frame.bytes.size());
  auto& added = entry(count_++);
  added = {frame.time, 0, next_, static_cast<std::uint32_t>(frame.bytes.size()), frame.wire_length};
  std::copy(frame.bytes.begin(), frame.bytes.end(),
            bytes_.begin() + static_cast<std::ptrdiff_t>(next_));
  next_ += frame.bytes.size();
}

void AlertPcap::belongs(std::uint64_t flow) {
  if (!current_) return;
  auto& newest = entry(count_ - 1);
  newest.flow = flow;
  if (open_.empty()) return;
  const auto found = open_.find(flow);
  if (found == open_.end()) return;
  write(found->second, newest);
  if (--found->second.left != 0) return;
  flush(found->second);
  open_.erase(found);
}

void AlertPcap::write(File& file, const Entry& entry) {
  if (file.bytes + kPacketHeader + entry.size > options_.file_bytes) {
    ++stats_.packets_left_out;
    return;
  }
  const auto since = entry.time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  pcap_pkthdr header{};
  header.ts.tv_sec = static_cast<time_t>(seconds.count());
  header.ts.tv_usec = static_cast<suseconds_t>((since - seconds).count());  // nanoseconds here
  header.caplen = entry.size;
  header.len = entry.wire_length;
  pcap_dump(reinterpret_cast<u_char*>(file.dumper.get()), &header, bytes_.data() + entry.at);
  file.bytes += kPacketHeader + entry.size;
  file.waits = true;
  ++stats_.packets;
}

std::unique_ptr<pcap_dumper, AlertPcap::Close> AlertPcap::create(const std::string& name) {
  constexpr int kMostRuns = 1000;
  auto path = fmt::format("{}/{}.pcap", options_.folder, name);
  int fd = -1;
  // What a run before left there stays: -2, -3 and so on follow.
  for (int run = 2;; ++run) {
    fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd >= 0 || errno != EEXIST || run > kMostRuns) break;
    path = fmt::format("{}/{}-{}.pcap", options_.folder, name, run);
  }
  auto* file = fd < 0 ? nullptr : fdopen(fd, "w");
  std::unique_ptr<pcap_dumper, Close> out;
  if (file != nullptr) out.reset(pcap_dump_fopen(handle_.get(), file));
  if (!out && warning_.empty())
    warning_ = fmt::format("cannot write {}: {}", path, std::strerror(errno));
  return out;
}

void AlertPcap::alert(std::uint64_t flow, std::uint32_t gid, std::uint32_t sid,
                      base::WallTime time) {
  if (open_.contains(flow)) {
    ++stats_.alerts_shared;
    return;
  }
  if (stats_.files == options_.files) {
    ++stats_.alerts_left_out;
    return;
  }
  File file{create(fmt::format("{}-{}-{}-{}-{}", file_time(time), stats_.files, gid, sid, flow)),
            options_.after, kFileHeader, true};
  if (!file.dumper) {
    ++stats_.alerts_left_out;
    return;
  }
  ++stats_.files;
  if (flow == 0) {
    if (current_) write(file, entry(count_ - 1));
    flush(file);
    return;
  }
  std::size_t first = count_;
  for (std::size_t wanted = options_.before; first != 0 && wanted != 0;)
    if (entry(--first).flow == flow) --wanted;
  for (; first != count_; ++first)
    if (entry(first).flow == flow) write(file, entry(first));
  if (file.left == 0)
    flush(file);
  else
    open_.emplace(flow, std::move(file));
}

void AlertPcap::flow_ended(std::uint64_t flow) {
  const auto found = open_.find(flow);
  if (found == open_.end()) return;
  flush(found->second);
  open_.erase(found);
}

void AlertPcap::second() {
  for (auto& [flow, file] : open_) flush(file);
}

// What could not be written shows when the buffer is emptied.
void AlertPcap::flush(File& file) {
  if (!std::exchange(file.waits, false)) return;
  if (pcap_dump_flush(file.dumper.get()) != 0 && warning_.empty())
    warning_ = fmt::format("cannot write into {}: {}; packets are missing there", options_.folder,
                           std::strerror(errno));
}

}  // namespace rampart::sniffer
