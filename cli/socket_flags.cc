#include "cli/socket_flags.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "base/units.h"

namespace rampart::cli {
namespace {

using model::Protocol;
using Mode = model::SocketUse::Mode;

constexpr std::pair<std::string_view, Mode> kModes[] = {{"connect", Mode::connect},
                                                        {"handshake", Mode::handshake},
                                                        {"hold", Mode::hold},
                                                        {"echo", Mode::echo},
                                                        {"send", Mode::send}};
constexpr std::uint64_t kMostTcpBytes = 16'000'000;
constexpr std::uint64_t kFewestDatagramBytes = 16;
constexpr std::uint64_t kMostDatagramBytes = 65'507;

base::Status wrong(std::string text) { return base::fail(base::Errc::config, std::move(text)); }

base::Status read_mode(const SocketFlags& flags, const model::Url& url, model::LoadSpec& load) {
  auto& socket = load.socket;
  if (load.protocol != Protocol::tcp) {
    if (!flags.mode.empty()) return wrong(fmt::format("--mode: {} loads only echo", url.scheme));
    if (!flags.close.empty()) return wrong("--close belongs to TCP");
    socket.mode = Mode::echo;
    return {};
  }
  if (!flags.mode.empty()) {
    const auto* known = std::find_if(std::begin(kModes), std::end(kModes),
                                     [&](const auto& m) { return m.first == flags.mode; });
    if (known == std::end(kModes))
      return wrong(fmt::format("--mode {}: connect, handshake, hold, echo or send", flags.mode));
    socket.mode = known->second;
  }
  if (socket.mode == Mode::handshake && !url.tls())
    return wrong("--mode handshake needs an https:// URL");
  if (flags.close.empty()) return {};
  if (socket.mode != Mode::connect && socket.mode != Mode::handshake)
    return wrong("--close belongs to the modes connect and handshake");
  if (flags.close != "fin" && flags.close != "rst")
    return wrong(fmt::format("--close {}: fin or rst", flags.close));
  socket.close_with_reset = flags.close == "rst";
  return {};
}

}  // namespace

void SocketFlags::add_to(CLI::App& command) {
  command.add_option("--mode", mode,
                     "tcp: connect (the default), handshake (TLS), hold, echo or send");
  command.add_option("--bytes", bytes, "of each echo or send (default 64)");
  command.add_option("--close", close,
                     "connect, handshake: fin (the default), or rst, which leaves no TIME_WAIT");
}

Protocol socket_protocol(const model::Url& url, const SocketFlags& flags) {
  if (url.scheme == "udp") return Protocol::udp;
  if (url.scheme == "icmp") return Protocol::icmp;
  return url.scheme == "tcp" || !flags.mode.empty() ? Protocol::tcp : Protocol::http1;
}

base::Status read_socket_flags(const SocketFlags& flags, const model::Url& url,
                               model::LoadSpec& load) {
  load.protocol = socket_protocol(url, flags);
  RAMPART_CHECK(read_mode(flags, url, load));
  if (flags.bytes.empty()) return {};
  const bool tcp = load.protocol == Protocol::tcp;
  if (tcp && load.socket.mode != Mode::echo && load.socket.mode != Mode::send)
    return wrong("--bytes belongs to the modes echo and send");
  const auto bytes = base::parse_bytes(flags.bytes);
  if (!bytes) return base::fail(base::Error(bytes.error()).in("--bytes"));
  const auto least = tcp ? 1 : kFewestDatagramBytes;
  const auto most = tcp ? kMostTcpBytes : kMostDatagramBytes;
  if (*bytes < least || *bytes > most) return wrong(fmt::format("--bytes: {} to {}", least, most));
  load.socket.bytes = static_cast<std::uint32_t>(*bytes);
  return {};
}

}  // namespace rampart::cli
