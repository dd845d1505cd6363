#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "cli/commands.h"
#include "cli/execute.h"
#include "cli/find_flags.h"
#include "cli/outputs.h"
#include "cli/socket_flags.h"
#include "model/trial.h"
#include "scenarios/find_limits.h"
#include "scenarios/values.h"

namespace rampart::cli {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kDefaultDuration = 10s;
constexpr base::Nanos kLongestCounted = 1h;  // bound of a run that ends by -n

// As in a scenario.
constexpr base::Nanos kLongest = 744h;
constexpr base::Nanos kLongestTimeout = 10min;
constexpr std::uint32_t kMostConnections = 100'000;
constexpr std::uint32_t kMostThreads = 256;
constexpr std::uint32_t kMostStreams = 1000;
constexpr std::uint32_t kDatagramStreams = 16;
constexpr std::uint64_t kMostAtOnce = 1'000'000;
constexpr double kHighestRate = 10e6;
constexpr std::uint32_t kSearchConnections = 64;  // unless -c says otherwise

struct LoadFlags {
  std::string url;
  std::uint32_t connections = 10;
  std::uint32_t threads = 1;
  std::string duration;
  std::string requests;
  std::string rate;
  bool poisson = false;
  std::vector<std::string> headers;
  std::string method;
  std::string body;
  std::string timeout;  // empty: 30s, of datagrams 1s
  bool insecure = false;
  std::string ca;
  std::string tls_min;
  std::string tls_max;
  model::TlsOptions tls;  // the rest of them
  std::uint64_t seed = 1;
  std::string authorization;
  bool http2 = false;
  bool no_keep_alive = false;
  bool ipv4 = false;
  bool ipv6 = false;
  std::uint32_t streams = 0;
  FindFlags find;
  SocketFlags socket;
  Outputs outputs;

  [[nodiscard]] bool http_given() const {
    return http2 || no_keep_alive || !headers.empty() || !method.empty() || !body.empty();
  }

  [[nodiscard]] bool tls_given() const {
    return insecure || tls.resumption || !ca.empty() || !tls_min.empty() || !tls_max.empty() ||
           !tls.ciphers.empty() || !tls.certificate.empty() || !tls.key.empty() || !tls.pin.empty();
  }
};

// As wrk reads it: a bare number is seconds.
base::Result<base::Nanos> duration_of(const std::string& text) {
  const bool bare = !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
  return base::parse_duration(bare ? text + "s" : text);
}

template <class T>
base::Result<T> flag(std::string_view name, base::Result<T> value) {
  if (value) return value;
  return base::fail(std::move(value).error().in(name));
}

base::Result<model::HttpRequest> request_of(const LoadFlags& flags) {
  model::HttpRequest out;
  out.method = !flags.method.empty() ? flags.method : flags.body.empty() ? "GET" : "POST";
  out.body = flags.body;
  for (const auto& header : flags.headers) {
    const auto colon = header.find(':');
    if (colon == std::string::npos || colon == 0 ||
        header.find_first_of("\r\n") != std::string::npos)
      return base::fail(base::Errc::config,
                        fmt::format("-H '{}': a header is written 'Name: value'", header));
    if (auto named = scenarios::check_header_name(header.substr(0, colon)); !named)
      return base::fail(std::move(named).error().in("-H"));
    const auto value = header.find_first_not_of(' ', colon + 1);
    out.headers.emplace_back(header.substr(0, colon),
                             value == std::string::npos ? "" : header.substr(value));
  }
  if (auto known = scenarios::check_method(out.method); !known)
    return base::fail(std::move(known).error().in("--method"));
  return out;
}

base::Result<model::Arrival> arrival_of(const LoadFlags& flags) {
  model::Arrival out;
  out.duration = flags.requests.empty() ? kDefaultDuration : kLongestCounted;
  if (!flags.duration.empty()) {
    RAMPART_TRY(out.duration, flag("-d", duration_of(flags.duration)));
  }
  if (out.duration <= 0s || out.duration > kLongest)
    return base::fail(base::Errc::config, "-d: more than 0s, and 744h at most");
  if (!flags.requests.empty()) {
    RAMPART_TRY(out.max_requests, flag("-n", base::parse_count(flags.requests)));
    if (out.max_requests == 0) return base::fail(base::Errc::config, "-n: must be at least 1");
  }
  if (flags.rate.empty()) {
    out.model = model::Arrival::Model::closed;
    out.users = flags.connections * std::max(flags.streams, 1U);
    return out;
  }
  RAMPART_TRY(const auto rate, flag("-R", base::parse_rate(flags.rate)));
  if (rate.per_second <= 0 || rate.per_second > kHighestRate)
    return base::fail(base::Errc::config, "-R: more than 0/s, and 10M/s at most");
  out.stages.push_back({rate, rate, out.duration});
  if (flags.poisson) out.distribution = model::Arrival::Distribution::poisson;
  return out;
}

// The search sets the rate and ends by itself.
base::Result<model::Arrival> searched_arrival(const LoadFlags& flags, const model::FindSpec& find) {
  for (const auto& [name, value] :
       {std::pair{"-d", &flags.duration}, {"-n", &flags.requests}, {"-R", &flags.rate}})
    if (!value->empty())
      return base::fail(base::Errc::config,
                        fmt::format("{}: --find sets the rate and ends by itself; --from, --most "
                                    "and --step bound it",
                                    name));
  model::Arrival out;
  out.duration = model::longest(find);
  if (flags.poisson) out.distribution = model::Arrival::Distribution::poisson;
  return out;
}

base::Result<model::TlsVersion> tls_version_of(std::string_view name, const std::string& text) {
  using enum model::TlsVersion;
  if (text.empty()) return any;
  if (text == "1.0") return tls1_0;
  if (text == "1.1") return tls1_1;
  if (text == "1.2") return tls1_2;
  if (text == "1.3") return tls1_3;
  return base::fail(base::Errc::config, fmt::format("{} {}: 1.0, 1.1, 1.2 or 1.3", name, text));
}

base::Result<model::TlsOptions> tls_of(const LoadFlags& flags) {
  auto tls = flags.tls;
  tls.ca_file = flags.ca;
  tls.insecure = flags.insecure;
  RAMPART_TRY(tls.min_version, tls_version_of("--tls-min", flags.tls_min));
  RAMPART_TRY(tls.max_version, tls_version_of("--tls-max", flags.tls_max));
  return tls;
}

// Of held connections an open loop would want ever more.
base::Status check_rate(const LoadFlags& flags, const model::LoadSpec& load) {
  if (flags.find.given())
    if (auto good = scenarios::check_searchable(load); !good)
      return base::fail(std::move(good).error().in("--find"));
  if (load.protocol != model::Protocol::tcp || load.socket.mode != model::SocketUse::Mode::hold)
    return {};
  if (!flags.rate.empty())
    return base::fail(base::Errc::config, "--mode hold keeps -c connections: leave -R out");
  if (!flags.requests.empty())
    return base::fail(base::Errc::config, "--mode hold lasts as long as -d says: leave -n out");
  return {};
}

bool datagrams(model::Protocol protocol) {
  return protocol == model::Protocol::udp || protocol == model::Protocol::icmp;
}

base::Status check_protocol(const LoadFlags& flags, model::Protocol protocol) {
  const auto wrong = [](std::string text) {
    return base::fail(base::Errc::config, std::move(text));
  };
  if (!model::is_http(protocol) && flags.http_given())
    return wrong(
        fmt::format("--http2, --no-keep-alive, -H, --method and --body belong to HTTP, and "
                    "this is a load of {}",
                    to_string(protocol)));
  if (model::is_http(protocol) && flags.socket.given())
    return wrong("--bytes and --close belong to tcp://, udp:// and icmp://, or to --mode");
  if (protocol == model::Protocol::icmp && flags.connections > model::kEchoIds)
    return wrong(fmt::format("-c: ICMP can tell {} sockets apart: fewer, and more streams (-m)",
                             model::kEchoIds));
  if (flags.streams == 0 || flags.http2 || datagrams(protocol)) return {};
  return wrong(model::is_http(protocol) ? "-m: streams belong to HTTP/2: add --http2"
                                        : "-m: a TCP connection carries one request at a time");
}

base::Result<model::Plan> plan_of(LoadFlags flags) {
  RAMPART_TRY(auto url, model::parse_url(flags.url));
  const auto protocol = socket_protocol(url, flags.socket);
  RAMPART_CHECK(check_protocol(flags, protocol));
  if (flags.streams == 0 && datagrams(protocol)) flags.streams = kDatagramStreams;
  if (flags.timeout.empty()) flags.timeout = datagrams(protocol) ? "1s" : "30s";
  if (flags.connections == 0 || flags.connections > kMostConnections)
    return base::fail(base::Errc::config, "-c: 1 to 100000 connections");
  if (flags.threads == 0 || flags.threads > kMostThreads)
    return base::fail(base::Errc::config, "-t: 1 to 256 threads");
  if (flags.streams > kMostStreams) return base::fail(base::Errc::config, "-m: 1 to 1000 streams");
  if (std::uint64_t{flags.connections} * flags.streams > kMostAtOnce)
    return base::fail(base::Errc::config, "-c times -m: at most a million requests at a time");
  model::LoadSpec load;
  load.name = "load";
  load.protocol = flags.http2 ? model::Protocol::http2 : model::Protocol::http1;
  load.connections = flags.connections;
  load.streams = std::max(flags.streams, 1U);
  load.requests_per_connection = flags.no_keep_alive ? 1 : 0;
  std::optional<model::FindSpec> find;
  if (flags.find.given()) {
    RAMPART_TRY(find, flags.find.spec());
    RAMPART_TRY(load.arrival, searched_arrival(flags, *find));
  } else {
    RAMPART_TRY(load.arrival, arrival_of(flags));
  }
  if (model::is_http(protocol)) {
    auto& step = load.steps.emplace_back();
    RAMPART_TRY(step.request, request_of(flags));
    step.name = step.request.method + " " + url.path;
  } else {
    RAMPART_CHECK(read_socket_flags(flags.socket, url, load));
    RAMPART_CHECK(check_rate(flags, load));
  }
  RAMPART_TRY(load.timeout, flag("--timeout", duration_of(flags.timeout)));
  if (load.timeout < 1ms || load.timeout > kLongestTimeout)
    return base::fail(base::Errc::config, "--timeout: 1ms to 10m");
  load.connect_timeout = std::min<base::Nanos>(load.connect_timeout, load.timeout);
  model::Plan plan;
  plan.name = "load " + url.text();
  plan.seed = flags.seed;
  plan.workers = std::min(flags.threads, flags.connections);
  plan.duration = load.arrival.duration;
  RAMPART_TRY(auto tls, tls_of(flags));
  if (protocol == model::Protocol::tcp && load.socket.mode == model::SocketUse::Mode::connect &&
      flags.tls_given())
    return base::fail(base::Errc::config, "the TLS flags: --mode connect makes no TLS handshake");
  if (!url.tls() && flags.tls_given())
    return base::fail(base::Errc::config, "the TLS flags belong to an https:// URL");
  const auto family = flags.ipv4   ? model::Family::ipv4
                      : flags.ipv6 ? model::Family::ipv6
                                   : model::Family::any;
  plan.targets.push_back(
      {.name = url.authority(), .url = url, .tls = tls, .family = family, .endpoints = {}});
  plan.loads.push_back(std::move(load));
  plan.find = std::move(find);
  return plan;
}

base::Result<int> run_load(LoadFlags& flags, const std::string& command_line) {
  RAMPART_TRY(auto plan, plan_of(flags));
  Execution execution;
  execution.authorization = flags.authorization;
  execution.command_line = command_line;
  execution.summary = Summary::load;
  if (flags.outputs.database.empty()) flags.outputs.database = default_database();
  return execute(std::move(plan), execution, flags.outputs);
}

void add_tls_flags(CLI::App& command, LoadFlags& flags) {
  command.add_flag("-k,--insecure", flags.insecure, "accept any certificate");
  command.add_option("--ca", flags.ca, "PEM file of trusted certificates");
  command.add_option("--tls-min", flags.tls_min, "lowest TLS version, such as 1.2");
  command.add_option("--tls-max", flags.tls_max, "highest TLS version");
  command.add_option("--ciphers", flags.tls.ciphers, "up to TLS 1.2, as openssl writes them");
  command.add_option("--cert", flags.tls.certificate, "PEM file of the client's own certificate");
  command.add_option("--key", flags.tls.key, "its key, where that is another file");
  command.add_option("--pin", flags.tls.pin,
                     "sha256/BASE64 of the server's public key, checked instead of its chain");
  command.add_flag("--tls-resume", flags.tls.resumption,
                   "offer the last session; else each handshake is a full one");
}

}  // namespace

void add_load(CLI::App& app, Outcome& outcome) {
  auto flags = std::make_shared<LoadFlags>();
  auto* command = app.add_subcommand("load", "load one URL: closed loop, or open loop with -R");
  command->add_option("URL", flags->url, "http://, https://, tcp://, udp:// or icmp://")
      ->required();
  command
      ->add_option("-c,--connections", flags->connections,
                   "connections, of UDP and ICMP sockets, over all threads")
      ->capture_default_str();
  command->add_option("-t,--threads", flags->threads, "load threads")->capture_default_str();
  command->add_option("-d,--duration", flags->duration, "such as 10s or 2m (default 10s)");
  command->add_option("-n,--requests", flags->requests, "stop after this many, such as 10k");
  command->add_option("-R,--rate", flags->rate, "open loop: requests per second, such as 2k/s");
  command->add_flag("--poisson", flags->poisson, "with -R or --find: random arrivals");
  command->add_option("-H,--header", flags->headers, "'Name: value', repeatable")->take_all();
  command->add_option("--method", flags->method, "default GET, with --body POST");
  command->add_option("--body", flags->body, "request body");
  command->add_option("--timeout", flags->timeout,
                      "of one request (default 30s, of UDP and ICMP 1s)");
  command->add_flag("--http2", flags->http2,
                    "HTTP/2: by ALPN on https, with prior knowledge on http");
  command->add_option("-m,--streams", flags->streams,
                      "HTTP/2, UDP, ICMP: requests at a time on each connection or socket (default "
                      "1, of UDP and ICMP 16)");
  flags->socket.add_to(*command);
  command->add_flag("--no-keep-alive", flags->no_keep_alive, "a new connection for each request");
  auto* ipv4 = command->add_flag("-4", flags->ipv4, "use IPv4 addresses only");
  command->add_flag("-6", flags->ipv6, "use IPv6 addresses only")->excludes(ipv4);
  add_tls_flags(*command, *flags);
  command->add_option("--seed", flags->seed, "for --poisson")->capture_default_str();
  command->add_option("--authorization", flags->authorization,
                      "what the owner allows; needed beyond loopback, see docs/authorisation.md");
  flags->find.add_to(*command);
  flags->outputs.add_to(*command);
  command->footer(R"(
Latency counts from when a request was due, so a stalled server cannot hide; service time counts from
when it was sent. The exit code is 5 where this program, not the server, was the limit.

--find doubles the rate until a limit is missed, then halves the bracket, on 64 connections unless -c
is given. The exit code is 0 where the capacity was found, 6 where the trials do not tell.

Examples:
  rampart load http://127.0.0.1:8080/ -c 64 -d 30s
  rampart load http://127.0.0.1:8080/ -c 64 -R 2k/s --poisson --json result.json
  rampart load https://127.0.0.1:8443/ --http2 -c 16 -m 32 -k
  rampart load http://127.0.0.1:8080/ --find --while 'p99<250ms' --while 'errors<1%'
  rampart load tcp://127.0.0.1:9000 --mode connect --close rst -R 500/s
  rampart load tcp://127.0.0.1:9000 --mode hold -c 5000 -d 1m
  rampart load https://127.0.0.1:8443/ --mode handshake -R 100/s -k
  rampart load tcp://127.0.0.1:9000 --mode echo --bytes 1024 -c 64
  rampart load udp://127.0.0.1:9000 -R 2k/s --bytes 512
  rampart load icmp://127.0.0.1 -c 1 -R 50/s
  rampart load https://127.0.0.1:8443/login --body 'user=a' -H 'Content-Type: application/x-www-form-urlencoded' -k)");
  command->callback([flags, command, &outcome] {
    if (flags->find.given() && command->count("--connections") == 0)
      flags->connections = kSearchConnections;
    outcome.exit_code = run_load(*flags, outcome.command_line);
  });
}

}  // namespace rampart::cli
