#include "probe/module/dns_exchange.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "net/loop.h"
#include "net/sockaddr.h"
#include "net/tcp_stream.h"
#include "probe/module/dns_message.h"
#include "probe/module/module_tls.h"
#include "probe/module/source_address.h"
#include "probe/module/stream_reason.h"
#include "probe/module/tls_contexts.h"
#include "probe/own_sockets.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

constexpr std::size_t kLongestDatagram = 512;  // RFC 1035, section 4.2.1
constexpr int kDatagramsPerTurn = 16;          // then it is the others' turn

std::size_t be16(std::string_view bytes) {
  return static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) << 8U |
         static_cast<unsigned char>(bytes[1]);
}

bool tcp_is_connected(int fd) {
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  return fd >= 0 && getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0;
}

}  // namespace

DnsExchange::DnsExchange(const ModuleContext& context, Listener& listener)
    : context_(context), listener_(listener), timer_(context.loop, *this) {}

void DnsExchange::start(DnsAsk ask) {
  ask_ = std::move(ask);
  start_ = context_.clock.mono();
  const auto from = source_address(ask_.module->source_ip_address);
  if (!from) {
    fail(ProbeReason::local, from.error().text);
    return;
  }
  timer_.arm(ask_.deadline);
  if (ask_.module->tcp)
    start_stream(*from);
  else
    start_udp(*from);
}

void DnsExchange::start_udp(const std::optional<base::IpAddress>& from) {
  auto socket = context_.sockets.open_udp(ask_.to, model::Owner::probe, from);
  if (!socket) {
    fail(probe::reason_of(socket.error()), socket.error().text);
    return;
  }
  fd_ = *std::move(socket);
  const auto address = net::to_sockaddr(ask_.to, ask_.scope);
  if (connect(fd_.get(), address.get(), address.length) != 0) {
    fail(connect_reason(errno), fmt::format("connect {}: {}", peer(), os_text(errno)));
    return;
  }
  net::FdWatcher::Listener& self = *this;
  watcher_.emplace(context_.loop, fd_.get(), self);
  watcher_->watch(true, false);
  connected();
  if (send(fd_.get(), ask_.query.data(), ask_.query.size(), MSG_NOSIGNAL) < 0)
    fail(connect_reason(errno), fmt::format("send to {}: {}", peer(), os_text(errno)));
}

void DnsExchange::start_stream(const std::optional<base::IpAddress>& from) {
  if (ask_.module->over_tls) {
    auto context = context_.tls.of(ask_.module->tls_options);
    if (!context) {
      fail(ProbeReason::bad_module, context.error().text);
      return;
    }
    tls_ = *std::move(context);
    start_ = context_.clock.mono();  // what was read for TLS is no part of the connecting
  }
  auto socket = context_.sockets.open_tcp(ask_.to, model::Owner::probe, from);
  if (!socket) {
    fail(probe::reason_of(socket.error()), socket.error().text);
    return;
  }
  stream_fd_ = socket->fd.release();
  net::Stream::Listener& self = *this;
  const net::ConnectOptions options{.socket = stream_fd_, .scope = ask_.scope};
  if (tls_) {
    const auto& name = ask_.module->tls_options.server_name;
    stream_ = net::connect_tls(context_.loop, *tls_, name.empty() ? ask_.server_name : name,
                               ask_.to, self, options);
  } else {
    stream_ = net::TcpStream::connect(context_.loop, ask_.to, self, options);
  }
  if (!socket->announced)
    context_.sockets.announce_tcp_port(stream_->local_port(), ask_.to, model::Owner::probe);
}

void DnsExchange::connected() {
  connected_ = true;
  sent_ = context_.clock.mono();
  out_.connect = sent_ - start_;
}

void DnsExchange::on_ready(int, bool readable, bool) {
  if (readable) receive_udp();
}

void DnsExchange::receive_udp() {
  std::array<char, kLongestDatagram + 1> buffer;
  for (int i = 0; i < kDatagramsPerTurn; ++i) {
    const auto size = recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0) {
      if (errno == EAGAIN || errno == EINTR) return;
      fail(connect_reason(errno), fmt::format("ask {}: {}", peer(), os_text(errno)));
      return;
    }
    const std::string_view reply(buffer.data(), static_cast<std::size_t>(size));
    // One without a whole header is the answer, and broken, for blackbox_exporter as well.
    if (reply.size() >= kDnsHeader && !has_query_id(reply)) continue;
    if (reply.size() > kLongestDatagram) {
      fail(ProbeReason::protocol, fmt::format("{} sent more than {} bytes, which only EDNS allows",
                                              peer(), kLongestDatagram));
      return;
    }
    out_.reply = reply;
    finish();
    return;
  }
}

void DnsExchange::on_open() {
  connected();
  out_.tls = net::tls_info(*stream_);
  std::string framed{static_cast<char>(ask_.query.size() >> 8U),
                     static_cast<char>(ask_.query.size() & 0xFFU)};
  framed += ask_.query;
  stream_->write(framed);
}

// One reply of at most 64 KiB is kept; what follows it is not.
void DnsExchange::on_data(std::span<const char> bytes) {
  const auto room = 2 + kDnsLongestMessage - in_.size();
  in_.append(bytes.data(), std::min(bytes.size(), room));
  if (in_.size() < 2) return;
  const auto size = be16(in_);
  if (in_.size() < 2 + size) return;
  out_.reply = in_.substr(2, size);
  if (out_.reply.size() >= kDnsHeader && !has_query_id(out_.reply))
    fail(ProbeReason::protocol, fmt::format("{} answered another query", peer()));
  else
    finish();
}

void DnsExchange::on_end(net::StreamEnd end, std::string_view detail) {
  const auto* what = connected_ ? "ask" : "connect";
  const auto reason = probe::reason_of(end);
  fail(reason, fmt::format("{} {}: {}{}", what, peer(), detail,
                           tls_ ? certificate_advice(reason, net::peer_chain(*stream_)) : ""));
}

void DnsExchange::on_timer(net::Timer&) {
  if (connected_ || tcp_is_connected(stream_fd_)) {
    const bool begun = !in_.empty();
    fail(begun ? ProbeReason::timeout_transfer : ProbeReason::timeout_first_byte,
         fmt::format("{}: {} in time", peer(), begun ? "no whole answer" : "no answer"));
  } else {
    fail(ProbeReason::connect_timeout, fmt::format("connect {}: no answer in time", peer()));
  }
}

bool DnsExchange::has_query_id(std::string_view reply) const {
  return reply.substr(0, 2) == std::string_view(ask_.query).substr(0, 2);
}

std::string DnsExchange::peer() const { return base::to_string(ask_.to); }

void DnsExchange::fail(ProbeReason reason, std::string detail) {
  out_.reason = reason;
  out_.detail = std::move(detail);
  out_.reply.clear();
  finish();
}

void DnsExchange::finish() {
  const auto now = context_.clock.mono();
  if (connected_)
    out_.request = now - sent_;
  else
    out_.connect = now - start_;
  if (stream_) out_.chain = net::peer_chain(*stream_);
  timer_.disarm();
  watcher_.reset();
  fd_.reset();
  stream_fd_ = -1;
  stream_.reset();
  auto exchanged = std::move(out_);  // the exchange may be destroyed in the call
  listener_.on_exchanged(std::move(exchanged));
}

}  // namespace rampart::probe
