// Loads of tcp, udp and icmp: what each mode may and may not say.
#include <fmt/core.h>

#include "scenarios/compile.h"

namespace rampart::scenarios {
namespace {

using model::Protocol;
using Mode = model::SocketUse::Mode;

constexpr std::uint32_t kDatagramStreams = 16;
constexpr base::Nanos kDatagramTimeout = std::chrono::seconds(1);

Mode mode_of(std::string_view word) {
  if (word == "handshake") return Mode::handshake;
  if (word == "hold") return Mode::hold;
  if (word == "echo") return Mode::echo;
  if (word == "send") return Mode::send;
  return Mode::connect;
}

// The keys that speak of HTTP, and the other protocols' own.
void refuse_other_keys(const Section& load, std::string_view protocol) {
  for (const auto* key : {"request", "flow", "data", "cookies", "auth", "think", "pace"})
    if (load.has(key))
      load.error(key, fmt::format("{} belongs to HTTP, and protocol {} knows no requests of it",
                                  key, protocol));
  for (const std::string_view key : {"tcp", "udp", "icmp"})
    if (load.has(key) && key != protocol)
      load.error(key, fmt::format("{} belongs to protocol: {}", key, key));
}

void check_target(const Section& load, const model::Target& target, const model::LoadSpec& spec) {
  const auto& url = target.url;
  if (url.scheme.empty()) return;  // reported
  const auto wrong = [&](std::string_view what) {
    load.error("target", fmt::format("{}, and '{}' is {}", what, target.name, url.text()));
  };
  const bool tcp = url.scheme == "tcp" || url.scheme.starts_with("http");
  if (spec.protocol == Protocol::udp && url.scheme != "udp")
    wrong("protocol udp needs a target such as udp://127.0.0.1:9000");
  else if (spec.protocol == Protocol::tcp && !tcp)
    wrong("protocol tcp needs a target such as tcp://127.0.0.1:9000, or an http or https one");
  else if (spec.protocol == Protocol::tcp && spec.socket.mode == Mode::handshake && !url.tls())
    wrong("mode handshake needs an https target");
}

void compile_tcp(const Section& load, model::LoadSpec& spec) {
  const auto tcp = load.section("tcp");
  auto& socket = spec.socket;
  const auto word = tcp.present() ? tcp.text("mode") : "connect";
  socket.mode = mode_of(word);
  const bool carries = socket.mode == Mode::echo || socket.mode == Mode::send;
  const bool opens = socket.mode == Mode::connect || socket.mode == Mode::handshake;
  if (tcp.present()) {
    socket.bytes = static_cast<std::uint32_t>(tcp.count("bytes"));
    socket.close_with_reset = tcp.text("close") == "rst";
    if (tcp.has("bytes") && !carries)
      tcp.error("bytes",
                fmt::format("bytes belong to the modes echo and send: {} sends none", word));
    if (tcp.has("close") && !opens)
      tcp.error("close", "close belongs to the modes connect and handshake");
  }
  if (load.has("streams"))
    load.error("streams",
               "a TCP connection carries one request at a time: leave streams out, and give "
               "connections");
  if (!carries && load.has("requests_per_connection"))
    load.error("requests_per_connection",
               fmt::format("in mode {} the connection is the request: leave it out", word));
  if (socket.mode != Mode::echo && load.has("first_byte_timeout"))
    load.error("first_byte_timeout", fmt::format("mode {} waits for no answer", word));
  if (socket.mode != Mode::hold) return;
  const auto arrival = load.section("arrival");
  if (arrival.present() && spec.arrival.model != model::Arrival::Model::closed)
    load.error("arrival", "mode hold keeps one connection per user: give users: 1k");
  if (arrival.has("requests"))
    arrival.error("requests", "mode hold lasts until the load's end: leave requests out");
}

void compile_datagrams(const Section& load, std::string_view protocol, model::LoadSpec& spec) {
  const auto section = load.section(protocol);
  if (section.present()) spec.socket.bytes = static_cast<std::uint32_t>(section.count("bytes"));
  spec.socket.mode = Mode::echo;
  if (load.has("first_byte_timeout"))
    load.error("first_byte_timeout", "an echo is one datagram: timeout says it all");
  if (spec.protocol == Protocol::icmp && load.has("requests_per_connection"))
    load.error("requests_per_connection",
               "an icmp socket is opened once: leave requests_per_connection out");
}

}  // namespace

void compile_socket(const Section& load, const model::Target* target, model::LoadSpec& spec) {
  const auto protocol = to_string(spec.protocol);
  refuse_other_keys(load, protocol);
  if (spec.protocol == Protocol::tcp)
    compile_tcp(load, spec);
  else
    compile_datagrams(load, protocol, spec);
  if (target != nullptr) check_target(load, *target, spec);
}

void check_echo_ids(const Section& root, const Draft& draft) {
  const auto& plan = draft.plan;
  const auto sections = root.items("load");
  std::uint64_t needed = plan.probes.size();
  for (std::size_t i = 0; i < plan.loads.size(); ++i) {
    if (plan.loads[i].protocol != Protocol::icmp) continue;
    const bool fitted = needed <= model::kEchoIds;
    needed += plan.loads[i].connections;
    if (fitted && needed > model::kEchoIds)
      sections[i].error("connections",
                        fmt::format("{} icmp sockets and probes up to here, and ICMP can tell {} "
                                    "apart: give fewer connections and more streams",
                                    needed, model::kEchoIds));
  }
}

std::uint32_t default_streams(Protocol protocol) {
  return protocol == Protocol::udp || protocol == Protocol::icmp ? kDatagramStreams : 1;
}

base::Nanos default_timeout(Protocol protocol) {
  return protocol == Protocol::udp || protocol == Protocol::icmp ? kDatagramTimeout
                                                                 : std::chrono::seconds(30);
}

}  // namespace rampart::scenarios
