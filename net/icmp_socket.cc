#include "net/icmp_socket.h"

#include <fmt/core.h>
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <utility>

namespace rampart::net {
namespace {

constexpr std::size_t kLongestIpHeader = 60;
constexpr std::uint8_t kEchoReply = 0;
constexpr std::uint8_t kEchoReply6 = 129;

std::span<const std::uint8_t> octets(std::span<const char> bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::span<const char> chars(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Raw sockets get every ICMP packet of the host: this lets only echo replies with `id` through. A
// raw IPv4 socket shows the IP header, whose length X becomes; a raw IPv6 socket does not.
void keep_own_replies(int fd, bool v6, std::uint16_t id) {
  if (v6) {
    // Without it the kernel wakes the socket for neighbour discovery and the like, too.
    icmp6_filter filter;
    std::memset(&filter, 0xFF, sizeof filter);  // blocks all
    filter.icmp6_filt[kEchoReply6 >> 5] &= ~(1U << (kEchoReply6 & 31));
    setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
  }
  const std::uint32_t reply = v6 ? kEchoReply6 : kEchoReply;
  constexpr std::uint8_t kDrop = 3;  // instructions to the end
  constexpr std::uint8_t kDropId = 1;
  std::array<sock_filter, 7> program{{
      v6 ? sock_filter BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 0)
         : sock_filter BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
      BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, reply, 0, kDrop),
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, kDropId),
      BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFF),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

}  // namespace

base::Result<std::unique_ptr<IcmpSocket>> IcmpSocket::open(Loop& loop, const Options& options,
                                                           DatagramSocket::Listener& listener) {
  DatagramSocket::Options wanted{
      .v6 = options.v6,
      .type = SOCK_RAW,
      .protocol = options.v6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP),
      .largest = options.bytes + kEchoHeader + (options.v6 ? 0 : kLongestIpHeader),
      .at_once = options.at_once};
  for (const bool raw : {true, false}) {
    std::unique_ptr<IcmpSocket> out(new IcmpSocket(options, raw, listener));
    wanted.type = raw ? SOCK_RAW : SOCK_DGRAM;
    auto socket = DatagramSocket::open(loop, wanted, *out);
    if (!socket) {
      if (raw) continue;
      return base::fail(
          socket.error().end == StreamEnd::local ? base::Errc::permission : base::Errc::io,
          fmt::format("open an icmp socket: {}: nothing was sent; give rampart CAP_NET_RAW (setcap "
                      "cap_net_raw+ep), or let its group into net.ipv4.ping_group_range",
                      socket.error().detail));
    }
    out->socket_ = *std::move(socket);
    if (raw) keep_own_replies(out->socket_->native(), options.v6, options.id);
    return out;
  }
  return base::fail(base::Errc::internal, "no icmp socket");
}

std::optional<SocketFailure> IcmpSocket::connect(const base::IpAddress& to,
                                                 const std::optional<base::IpAddress>& from) {
  if (from && !std::exchange(bound_, true))
    if (auto failure = socket_->leave_from(*from)) return failure;
  if (auto failure = socket_->connect({to, 0})) return failure;
  if (!raw_) id_ = socket_->local_port();
  return std::nullopt;
}

// hot
SendOutcome IcmpSocket::send(std::span<char> message, std::uint16_t sequence) {
  const std::span<std::uint8_t> bytes(reinterpret_cast<std::uint8_t*>(message.data()),
                                      message.size());
  write_echo_header(bytes, id_, sequence, v6_);
  return socket_->send(message);
}

// hot
void IcmpSocket::on_datagram(std::span<const char> bytes) {
  const auto reply = read_echo(octets(bytes), EchoKind::reply, v6_, raw_ && !v6_);
  if (reply && reply->id == id_) listener_.on_datagram(chars(reply->data));
}

// Only a port has a listener that could refuse: for ICMP that, too, says that the peer was not
// reached. A raw socket hears of the errors of others that ping the same peer.
void IcmpSocket::on_undelivered(StreamEnd why, std::span<const char> quoted) {
  if (why == StreamEnd::refused) why = StreamEnd::unreachable;
  const auto request = read_echo(octets(quoted), EchoKind::request, v6_, false);
  if (request && request->id != id_) return;
  listener_.on_undelivered(why, request ? chars(request->data) : std::span<const char>{});
}

}  // namespace rampart::net
