#include "probe/module/icmp_module.h"

#include <fmt/core.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <utility>

#include "net/icmp_echo.h"
#include "net/loop.h"
#include "net/sockaddr.h"
#include "probe/module/gauge.h"
#include "probe/module/source_address.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

constexpr std::string_view kText = "rampart probes this address.";
constexpr std::size_t kIpHeader = 60;    // at most
constexpr std::size_t kLongest = 65535;  // bytes of an IP packet
constexpr int kMessagesPerTurn = 64;     // then it is the others' turn

using Control = std::array<char, 256>;

// With the control message of that kind, else nothing.
const cmsghdr* control_of(msghdr& message, int level, int type) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c))
    if (c->cmsg_level == level && c->cmsg_type == type) return c;
  return nullptr;
}

bool set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

// Any number that nobody off the path can guess.
std::uint32_t new_number() { return std::random_device()(); }

}  // namespace

IcmpModuleProbe::IcmpModuleProbe(const ModuleContext& context, ModuleAsk ask)
    : context_(context),
      ask_(std::move(ask)),
      module_(ask_.module->icmp),
      choice_(context.names, context.clock, *this),
      timer_(context.loop, *this) {}

void IcmpModuleProbe::start(ModuleProbe::Listener& listener) {
  listener_ = &listener;
  out_.start = context_.clock.mono();
  out_.log.push_back(
      fmt::format("resolving {}, preferably to IPv{}", ask_.target, module_.ip.v6 ? 6 : 4));
  choice_.start(ask_.target, module_.ip, out_.start + ask_.timeout);
}

void IcmpModuleProbe::on_no_address(ProbeReason reason, std::string detail) {
  if (reason == ProbeReason::bad_target && ask_.target.find_first_of("[:/") != std::string::npos)
    detail = fmt::format(
        "target '{}': icmp takes a host or an address alone, without scheme, brackets, port and "
        "path",
        ask_.target);
  fail(reason, std::move(detail));
}

void IcmpModuleProbe::on_address(const base::IpAddress& address) {
  address_ = address;
  out_.phases.resolve = choice_.lookup_time();
  setup_began_ = context_.clock.mono();
  auto socket = open_socket();
  if (!socket) {
    fail(reason_of(socket.error()), socket.error().text);
    return;
  }
  socket_ = *std::move(socket);
  if (const int error = set_options(); error != 0) {
    fail(ProbeReason::local, fmt::format("prepare an icmp socket: {}", os_text(error)));
    return;
  }
  const auto to = net::to_sockaddr({address_, 0}, choice_.scope());
  // Connected, so that only this peer's packets and errors arrive.
  if (connect(socket_.fd.get(), to.get(), to.length) != 0) {
    fail_with(errno);
    return;
  }
  make_request();
  send_request();
}

base::Result<OwnSockets::IcmpSocket> IcmpModuleProbe::open_socket() {
  RAMPART_TRY(const auto from, source_address(module_.source_ip_address));
  return context_.sockets.open_icmp(address_, from);
}

int IcmpModuleProbe::set_options() const {
  const int fd = socket_.fd.get();
  bool done = false;
  if (address_.v6) {
    done = set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) && set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1) &&
           (module_.ttl == 0 || set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, module_.ttl));
  } else {
    // PROBE: the bit is set, and what the kernel knows of the path is not asked.
    done = set(fd, IPPROTO_IP, IP_RECVTTL, 1) && set(fd, IPPROTO_IP, IP_RECVERR, 1) &&
           (module_.ttl == 0 || set(fd, IPPROTO_IP, IP_TTL, module_.ttl)) &&
           (!module_.dont_fragment || set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE));
  }
  return done ? 0 : errno;
}

void IcmpModuleProbe::make_request() {
  const std::size_t payload = module_.payload_size > 0 ? module_.payload_size : kText.size();
  id_ = socket_.raw ? static_cast<std::uint16_t>(new_number() % 65535 + 1) : socket_.id;
  sequence_ = static_cast<std::uint16_t>(new_number());
  // One byte more than any packet has is enough for the kernel to refuse it.
  request_.assign(net::kEchoHeader + std::min(payload, kLongest + 1), 0);
  auto data = std::span(request_).subspan(net::kEchoHeader);
  std::copy_n(kText.begin(), std::min(kText.size(), data.size()), data.begin());
  net::write_echo_header(request_, id_, sequence_, address_.v6);
  buffer_.resize(kIpHeader + request_.size());
}

void IcmpModuleProbe::send_request() {
  const int fd = socket_.fd.get();
  net::FdWatcher::Listener& self = *this;
  watcher_.emplace(context_.loop, fd, self);
  context_.sockets.announce_icmp(address_, id_);
  out_.log.push_back(fmt::format("sending {} bytes of data to {}, id {}, sequence {}",
                                 request_.size() - net::kEchoHeader, peer(), id_, sequence_));
  sent_ = context_.clock.mono();
  setup_ = sent_ - setup_began_;
  if (send(fd, request_.data(), request_.size(), 0) < 0) {
    fail_with(errno);
    return;
  }
  watcher_->watch(true, false);
  timer_.arm(out_.start + ask_.timeout);
}

void IcmpModuleProbe::on_ready(int, bool, bool) {
  for (int i = 0; i < kMessagesPerTurn; ++i)
    if (!read_reply()) return;
}

bool IcmpModuleProbe::read_reply() {
  Control control{};
  iovec part{buffer_.data(), buffer_.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto size = recvmsg(socket_.fd.get(), &message, 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return read_error();
  if (size < 0) return read_error();  // which errors the queue has, with what they are about
  if ((message.msg_flags & MSG_TRUNC) != 0) return true;
  if (!is_reply(std::span(buffer_).first(static_cast<std::size_t>(size)))) return true;
  round_trip_ = context_.clock.mono() - sent_;
  const auto* hops = address_.v6 ? control_of(message, IPPROTO_IPV6, IPV6_HOPLIMIT)
                                 : control_of(message, IPPROTO_IP, IP_TTL);
  if (hops != nullptr) {
    int value = 0;
    std::memcpy(&value, CMSG_DATA(hops), sizeof value);
    hop_limit_ = value;
  }
  out_.success = true;
  finish();
  return false;
}

bool IcmpModuleProbe::read_error() {
  Control control{};
  iovec part{buffer_.data(), buffer_.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto size = recvmsg(socket_.fd.get(), &message, MSG_ERRQUEUE);
  if (size < 0) return false;  // empty
  const auto* extended = address_.v6 ? control_of(message, IPPROTO_IPV6, IPV6_RECVERR)
                                     : control_of(message, IPPROTO_IP, IP_RECVERR);
  if (extended == nullptr) return true;
  sock_extended_err error{};
  std::memcpy(&error, CMSG_DATA(extended), sizeof error);
  const bool by_icmp =
      error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
  if (!by_icmp || !quotes_request(std::span(buffer_).first(static_cast<std::size_t>(size))))
    return true;
  // Somebody on the way says that the request does not arrive.
  fail(ProbeReason::unreachable,
       fmt::format("ping {}: {} (icmp type {}, code {})", peer(),
                   os_text(static_cast<int>(error.ee_errno)), error.ee_type, error.ee_code));
  return false;
}

bool IcmpModuleProbe::is_reply(std::span<const std::uint8_t> bytes) const {
  const auto reply =
      net::read_echo(bytes, net::EchoKind::reply, address_.v6, socket_.raw && !address_.v6);
  if (!reply || reply->id != id_ || reply->sequence != sequence_) return false;
  const auto data = std::span(request_).subspan(net::kEchoHeader);
  return std::equal(reply->data.begin(), reply->data.end(), data.begin(), data.end());
}

bool IcmpModuleProbe::quotes_request(std::span<const std::uint8_t> bytes) const {
  const auto quoted = net::read_echo(bytes, net::EchoKind::request, address_.v6, false);
  return quoted && quoted->id == id_ && quoted->sequence == sequence_;
}

void IcmpModuleProbe::on_timer(net::Timer&) {
  fail(ProbeReason::timeout_first_byte, fmt::format("{} sent no echo reply in time", peer()));
}

void IcmpModuleProbe::fail_with(int os_error) {
  fail(connect_reason(os_error), fmt::format("ping {}: {}", peer(), os_text(os_error)));
}

void IcmpModuleProbe::fail(ProbeReason reason, std::string detail) {
  out_.reason = reason;
  out_.log.push_back("failed: " + detail);
  out_.detail = std::move(detail);
  finish();
}

void IcmpModuleProbe::finish() {
  timer_.disarm();
  watcher_.reset();
  socket_.fd.reset();
  out_.duration = context_.clock.mono() - out_.start;
  out_.phases.processing = round_trip_;
  auto& families = out_.families;
  families = choice_.families();
  const auto phase = [](const char* name, base::Nanos time) {
    return model::MetricFamily::Series{{{"phase", name}}, base::seconds(time)};
  };
  families.push_back(
      {"probe_icmp_duration_seconds",
       "Duration of icmp request by phase",
       model::MetricFamily::Type::gauge,
       {phase("resolve", out_.phases.resolve), phase("rtt", round_trip_), phase("setup", setup_)}});
  if (hop_limit_)
    families.push_back(gauge("probe_icmp_reply_hop_limit",
                             "Replied packet hop limit (TTL for ipv4)", *hop_limit_));
  auto outcome = std::move(out_);  // the probe may be destroyed in the call
  listener_->on_outcome(std::move(outcome));
}

}  // namespace rampart::probe
