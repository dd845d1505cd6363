#include "sniffer/capture/capture.h"

#include <fmt/core.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "base/deleter.h"
#include "base/gzip.h"

namespace rampart::sniffer {
namespace {

using base::Errc;
using base::fail;
using FilePtr = std::unique_ptr<std::FILE, base::Deleter<std::fclose>>;

// Offloading makes frames larger than any MTU: on loopback a full TCP segment and its headers are
// a few bytes more than 64 KiB. This is what tcpdump takes.
constexpr int kSnaplen = 262144;
constexpr int kWaitMs = 20;

base::Result<LinkType> link_of(pcap_t* handle) {
  switch (const int dlt = pcap_datalink(handle)) {
    case DLT_EN10MB: return LinkType::ethernet;
    case DLT_LINUX_SLL: return LinkType::linux_sll;
    case DLT_LINUX_SLL2: return LinkType::linux_sll2;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6: return LinkType::raw_ip;
    case DLT_NULL:
    case DLT_LOOP: return LinkType::bsd_loopback;
    case DLT_PPP:
    case DLT_PPP_SERIAL: return LinkType::ppp;
    case DLT_C_HDLC: return LinkType::cisco_hdlc;
    case DLT_NFLOG: return LinkType::nflog;
    default: {
      const char* name = pcap_datalink_val_to_name(dlt);
      return fail(Errc::config,
                  fmt::format("link type {} ({}) is not supported; ethernet, linux cooked, raw IP, "
                              "PPP, Cisco HDLC, NFLOG and BSD loopback are",
                              name == nullptr ? "?" : name, dlt));
    }
  }
}

// Looks at the first bytes of what was just opened, which may be a pipe, and leaves them there.
bool is_compressed(std::FILE* file) {
  std::string begin;
  while (begin.size() < 2) {
    const int c = std::getc(file);
    if (c == EOF) break;
    begin.push_back(static_cast<char>(c));
  }
  for (auto c = begin.rbegin(); c != begin.rend(); ++c)
    static_cast<void>(std::ungetc(static_cast<unsigned char>(*c), file));
  return base::is_gzip(begin);
}

base::Status set_filter(pcap_t* handle, const std::string& filter) {
  if (filter.empty()) return {};
  bpf_program program{};
  if (pcap_compile(handle, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    return fail(Errc::config, fmt::format("filter '{}': {}", filter, pcap_geterr(handle)));
  const int rc = pcap_setfilter(handle, &program);
  pcap_freecode(&program);
  if (rc != 0) return fail(Errc::io, fmt::format("filter '{}': {}", filter, pcap_geterr(handle)));
  return {};
}

std::string interface_names() {
  char message[PCAP_ERRBUF_SIZE] = {};
  pcap_if_t* all = nullptr;
  if (pcap_findalldevs(&all, message) != 0) return "unknown";
  std::string out;
  for (const auto* i = all; i != nullptr; i = i->next) {
    const std::string_view name(i->name);
    if (name.starts_with("bluetooth") || name.starts_with("nf") || name.starts_with("dbus") ||
        name.starts_with("usb"))
      continue;
    out += out.empty() ? "" : ", ";
    out += name;
  }
  pcap_freealldevs(all);
  return out.empty() ? "none" : out;
}

base::Error activation_error(pcap_t* handle, int rc, const std::string& interface) {
  const auto detail = std::string(pcap_geterr(handle));
  switch (rc) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return {Errc::permission,
              fmt::format("capture on {} needs CAP_NET_RAW; run as root, or grant it with: sudo "
                          "setcap cap_net_raw+ep $(command -v rampart)",
                          interface)};
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return {Errc::not_found, fmt::format("there is no interface '{}'; there are: {}", interface,
                                           interface_names())};
    case PCAP_ERROR_IFACE_NOT_UP:
      return {Errc::io, fmt::format("interface {} is down; bring it up with: ip link set {} up",
                                    interface, interface)};
    default:
      return {Errc::io, fmt::format("cannot capture on {}: {}", interface,
                                    detail.empty() ? pcap_statustostr(rc) : detail.c_str())};
  }
}

struct Delivery {
  FrameHandler* handler;
  bool nanoseconds;
  base::WallTime since;
  std::size_t frames;
};

// A file may claim any time: from 1970 to 2200 there is room in nanoseconds for sums with timeouts.
base::WallTime time_of(const timeval& stamp, bool nanoseconds) {
  constexpr std::int64_t kYear2200 = 7'258'118'400;
  const auto seconds = std::clamp<std::int64_t>(stamp.tv_sec, 0, kYear2200);
  const auto fraction = std::clamp<std::int64_t>(stamp.tv_usec, 0, 999'999'999);
  return base::WallTime(std::chrono::seconds(seconds) +
                        base::Nanos(nanoseconds ? fraction : fraction * 1000));
}

void deliver(u_char* user, const pcap_pkthdr* header, const u_char* bytes) {
  auto* to = reinterpret_cast<Delivery*>(user);
  ++to->frames;
  const auto time = time_of(header->ts, to->nanoseconds);
  if (time < to->since) return;
  to->handler->on_frame({time, header->len, {bytes, header->caplen}});
}

// Adds the capture's socket to a group that shares packets by a hash of their flow, which is the
// same for both directions (packet(7)). `group` unset: a new one, whose number it becomes.
base::Status join_fanout(pcap_t* handle, std::optional<std::uint16_t>& group,
                         const std::string& interface) {
  constexpr std::uint32_t kMode = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG;
  const int fd = pcap_fileno(handle);
  const auto failed = [&] {
    return fail(Errc::io, fmt::format("cannot share the capture on {} between threads: {}; use one "
                                      "thread",
                                      interface, std::strerror(errno)));
  };
  const bool first = !group;
  std::uint32_t value =
      (first ? kMode | PACKET_FANOUT_FLAG_UNIQUEID : kMode) << 16U | group.value_or(0);
  if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &value, sizeof value) != 0) return failed();
  if (!first) return {};
  socklen_t size = sizeof value;
  if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &value, &size) != 0) return failed();
  group = static_cast<std::uint16_t>(value & 0xFFFFU);
  return {};
}

}  // namespace

std::uint64_t extend_counter(std::uint64_t total, std::uint32_t last, std::uint32_t now) {
  return total + static_cast<std::uint32_t>(now - last);
}

Capture::Capture(Handle handle, LinkType link, int fd, std::string name)
    : handle_(std::move(handle)),
      link_(link),
      fd_(fd),
      name_(std::move(name)),
      nanoseconds_(pcap_get_tstamp_precision(handle_.get()) == PCAP_TSTAMP_PRECISION_NANO) {}

void Capture::Close::operator()(pcap* handle) const noexcept { pcap_close(handle); }

base::Result<Capture> Capture::live(const LiveOptions& options) {
  char message[PCAP_ERRBUF_SIZE] = {};
  Handle handle(pcap_create(options.interface.c_str(), message));
  if (!handle) return fail(Errc::io, fmt::format("cannot capture: {}", message));
  pcap_set_snaplen(handle.get(), kSnaplen);
  pcap_set_promisc(handle.get(), 0);
  pcap_set_timeout(handle.get(), kWaitMs);
  pcap_set_buffer_size(handle.get(), static_cast<int>(options.buffer));
  pcap_set_tstamp_precision(handle.get(), PCAP_TSTAMP_PRECISION_NANO);
  if (const int rc = pcap_activate(handle.get()); rc < 0)
    return fail(activation_error(handle.get(), rc, options.interface));
  RAMPART_TRY(const auto link, link_of(handle.get()));
  RAMPART_CHECK(set_filter(handle.get(), options.filter));
  if (pcap_setnonblock(handle.get(), 1, message) != 0)
    return fail(Errc::io, fmt::format("capture on {}: {}", options.interface, message));
  const int fd = pcap_get_selectable_fd(handle.get());
  if (fd < 0)
    return fail(Errc::io,
                fmt::format("capture on {}: the device cannot be waited for", options.interface));
  return Capture(std::move(handle), link, fd, options.interface);
}

base::Result<std::vector<Capture>> Capture::live_shared(const LiveOptions& options, unsigned count,
                                                        const base::Clock& clock) {
  std::vector<Capture> out;
  std::optional<std::uint16_t> group;
  for (unsigned i = 0; i < count; ++i) {
    RAMPART_TRY(auto capture, live(options));
    RAMPART_CHECK(join_fanout(capture.handle_.get(), group, options.interface));
    out.push_back(std::move(capture));
  }
  const auto since = clock.wall();
  for (auto& capture : out) capture.begin(since);
  return out;
}

void Capture::begin(base::WallTime since) {
  since_ = since;
  drops();
  drops_ = {};
}

int Capture::pcap_link() const { return pcap_datalink(handle_.get()); }

base::Result<Capture> Capture::file(const std::string& path, const std::string& filter) {
  // Else the file comes 4 KiB at a time, which costs more than to decode what is in it.
  auto buffer = std::make_unique<std::array<char, kFileBuffer>>();
  FilePtr file(path == "-" ? fdopen(dup(STDIN_FILENO), "rb") : std::fopen(path.c_str(), "rbe"));
  if (!file) return fail(Errc::io, fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  std::setvbuf(file.get(), buffer->data(), _IOFBF, buffer->size());
  if (is_compressed(file.get()))
    return fail(Errc::config,
                fmt::format("cannot read {}: it is compressed by gzip; unpack it first: gunzip, or "
                            "zcat FILE | rampart sniff -r -",
                            path));
  char message[PCAP_ERRBUF_SIZE] = {};
  Handle handle(
      pcap_fopen_offline_with_tstamp_precision(file.get(), PCAP_TSTAMP_PRECISION_NANO, message));
  if (!handle) return fail(Errc::parse, fmt::format("cannot read {}: {}", path, message));
  static_cast<void>(file.release());  // the handle closes it
  auto link = link_of(handle.get());
  if (!link) return fail(std::move(link.error()).in(path));
  RAMPART_CHECK(set_filter(handle.get(), filter));
  Capture out(std::move(handle), *link, -1, path);
  out.file_buffer_ = std::move(buffer);
  return out;
}

base::Error Capture::broken(std::string_view what) {
  if (is_live()) return {Errc::io, fmt::format("capture on {} ended: {}", name_, what)};
  const auto at = std::ftell(pcap_file(handle_.get()));  // -1 for a pipe
  return {Errc::parse,
          fmt::format("{} is damaged after packet {}{}: {}; what came before was processed",
                      name_ == "-" ? "standard input" : name_, frames_,
                      at < 0 ? "" : fmt::format(", at byte {}", at), what)};
}

base::Result<std::size_t> Capture::read(FrameHandler& handler, std::size_t most) {
  if (is_live()) {
    pollfd ready{fd_, POLLIN, 0};
    if (::poll(&ready, 1, kWaitMs) < 0 && errno != EINTR) return fail(broken(std::strerror(errno)));
    handler.on_wake();
  }
  Delivery to{&handler, nanoseconds_, since_, 0};
  const int rc =
      pcap_dispatch(handle_.get(), static_cast<int>(most), deliver, reinterpret_cast<u_char*>(&to));
  frames_ += to.frames;
  if (rc == PCAP_ERROR) return fail(broken(pcap_geterr(handle_.get())));
  return to.frames;
}

CaptureDrops Capture::drops() {
  pcap_stat now{};
  if (!is_live() || pcap_stats(handle_.get(), &now) != 0) return drops_;
  drops_.kernel = extend_counter(drops_.kernel, last_kernel_, now.ps_drop);
  drops_.interface = extend_counter(drops_.interface, last_interface_, now.ps_ifdrop);
  last_kernel_ = now.ps_drop;
  last_interface_ = now.ps_ifdrop;
  return drops_;
}

}  // namespace rampart::sniffer
