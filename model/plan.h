#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/units.h"
#include "model/behaviour.h"
#include "model/owner.h"

// What a run will do, complete before it starts and never changed afterwards. Made by scenarios (or
// by the cli for one-liners); targets get their addresses from runner, which checks each one first.

namespace rampart::model {

struct Url {
  std::string scheme;  // http, https, tcp, udp, icmp
  std::string host;    // no brackets around IPv6
  std::uint16_t port = 0;
  std::string path = "/";  // with the query; never empty

  [[nodiscard]] bool tls() const { return scheme == "https"; }
  // host or host:port where the port is not the scheme's default; IPv6 in brackets.
  [[nodiscard]] std::string authority() const;
  [[nodiscard]] std::string text() const;
};

enum class TlsVersion : std::uint8_t { any, tls1_0, tls1_1, tls1_2, tls1_3 };

struct TlsOptions {
  std::string ca_file;      // empty: the system's store
  std::string server_name;  // empty: the URL's host
  bool insecure = false;    // no certificate check, said aloud in every report
  std::string pin = {};     // "sha256/BASE64" of the public key (RFC 7469), instead of the check
  TlsVersion min_version = TlsVersion::any;
  TlsVersion max_version = TlsVersion::any;
  std::string ciphers = {};       // TLS 1.2 and below, as OpenSSL writes them; empty: its default
  std::string ciphersuites = {};  // TLS 1.3
  std::string groups = {};        // for the key exchange
  std::string certificate = {};   // PEM file of the client's own; empty: none
  std::string key = {};
  bool resumption = false;  // offer the last session; else each handshake is a full one
};

enum class Family : std::uint8_t { any, ipv4, ipv6 };

struct Target {
  std::string name;
  Url url;
  TlsOptions tls;
  Family family = Family::any;            // of the addresses that its name has
  std::vector<base::Endpoint> endpoints;  // resolved and authorised; what is connected to
};

enum class Protocol : std::uint8_t { http1, http2, tcp, udp, icmp };
[[nodiscard]] constexpr bool is_http(Protocol p) { return p <= Protocol::http2; }

// The offered rate goes linearly from `from` to `to` during `over`; equal ends hold it.
struct Stage {
  base::Rps from;
  base::Rps to;
  base::Nanos over{0};
};

struct Arrival {
  enum class Model : std::uint8_t { open, closed };
  // Open: even gaps; exponential gaps; even gaps, each arrival moved at random within its own.
  enum class Distribution : std::uint8_t { constant, poisson, uniform };
  Model model = Model::open;
  Distribution distribution = Distribution::constant;
  std::vector<Stage> stages;        // open
  std::vector<base::Nanos> replay;  // open: when each is due, from the start, in order; no stages
  std::uint32_t burst = 1;          // open: this many come at once; the rate counts each of them
  std::uint32_t users = 0;          // closed: this many, each with one request at a time
  base::Nanos duration{0};          // of this load; for open the sum of the stages
  std::uint64_t max_requests = 0;   // 0: no bound but the duration
};

struct HttpRequest {
  std::string method = "GET";
  std::string path;  // empty: the target URL's
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::vector<std::uint16_t> expect_status;  // empty: any 2xx or 3xx
};

struct ThinkTime {
  enum class Kind : std::uint8_t { none, fixed, uniform, exponential };
  Kind kind = Kind::none;
  base::Nanos low{0};   // fixed: the time; exponential: the mean
  base::Nanos high{0};  // uniform
};

// A value taken from an answer, under a name that later steps of the same flow can fill in.
struct Extract {
  enum class From : std::uint8_t {
    header,  // `expression` is its name, in any case; the first one with it
    regex,   // RE2 over the body; its first group, or the whole match without one
    json     // JSON pointer (RFC 6901) into the body; a text as it is, anything else as JSON
  };
  std::string name;
  From from = From::header;
  std::string expression;
};

// One request of a load, asked after the one before it has been answered as expected. Where the
// load is a flow, path, header values and body are templates (model/template.h).
struct Step {
  std::string name;  // "GET /login"
  HttpRequest request;
  std::vector<Extract> extract;  // one that finds nothing is a failure of this step
  std::string expect_body;       // RE2 that the body must match somewhere; empty: any
  ThinkTime think;               // after the answer, before the next step or the flow's end
};

// Rows that flows take their values from, one row per flow.
struct DataSet {
  enum class Order : std::uint8_t {
    sequential,  // from the first to the last and again
    random,
    unique  // each row once in the whole run; max_requests is no more than there are rows
  };
  std::string name;
  std::string file;
  Order order = Order::sequential;
  std::vector<std::string> columns;
  // Shared, for there may be many and every worker reads them. Not kept with a stored run.
  std::shared_ptr<const std::vector<std::vector<std::string>>> rows;
};

// What a load of protocol tcp, udp or icmp does. udp and icmp only echo.
struct SocketUse {
  enum class Mode : std::uint8_t {
    connect,    // a request is a TCP handshake; then the connection is closed
    handshake,  // the same with TLS
    hold,       // a request is a connection that is opened and then kept until the end
    echo,       // `bytes` are sent, and the same must come back
    send        // `bytes` are sent; done when the kernel has taken them
  };
  Mode mode = Mode::connect;
  std::uint32_t bytes = 64;       // of each echo or send
  bool close_with_reset = false;  // connect, handshake: RST instead of FIN, so no TIME_WAIT
};

// Slow clients: the most bytes per second that each connection reads and writes; 0: no bound.
struct Pace {
  std::uint64_t read = 0;
  std::uint64_t write = 0;
  [[nodiscard]] bool slow() const { return read > 0 || write > 0; }
};

// What tells ICMP echoes apart: 16 bits, of which 0 is none. Each socket of an icmp load has one of
// its own, and so has each probe.
inline constexpr std::uint32_t kEchoIds = 65535;

struct LoadSpec {
  std::string name;
  std::uint32_t target = 0;  // index into Plan::targets
  Protocol protocol = Protocol::http1;
  Arrival arrival;
  std::uint32_t connections = 1;  // over all workers
  std::uint32_t streams = 1;      // http2, udp, icmp: requests at a time on each connection
  // Reconnect after this many; 1: a connection for each request; 0: no bound.
  std::uint64_t requests_per_connection = 0;
  base::Rps connection_rate;        // connections opened per second, over all workers; 0: no bound
  std::vector<base::Cidr> sources;  // local addresses, taken in turn; empty: the kernel's choice
  std::vector<Step> steps;          // http: at least one; else none
  bool flow = false;                // steps hold templates
  bool cookies = false;             // a flow keeps those that it is given, until its end
  std::vector<DataSet> data;
  SocketUse socket;  // tcp, udp, icmp
  Pace pace;         // http1
  base::Nanos connect_timeout = std::chrono::seconds(5);
  base::Nanos first_byte_timeout{0};               // from sending; 0: none
  base::Nanos timeout = std::chrono::seconds(30);  // from sending to the last byte
};

struct ProbeModule {
  enum class Kind : std::uint8_t { http, tcp, icmp };
  std::string name = "http_2xx";
  Kind kind = Kind::http;
  HttpRequest request;       // http
  std::string body_matches;  // RE2; empty: any
  bool follow_redirects = true;
};

struct ProbeSpec {
  std::string name;
  ProbeModule module;
  std::uint32_t target = 0;
  base::Nanos interval = std::chrono::seconds(1);
  base::Nanos timeout = std::chrono::seconds(2);
};

// How much of a metrics page is taken: more makes the scrape fail. Labels are those of recorded
// series.
struct PageLimits {
  std::uint64_t body = 16U << 20;    // bytes, decompressed
  std::uint32_t series = 100'000;    // to record
  std::uint32_t labels = 64;         // of one series
  std::uint32_t label_name = 256;    // bytes
  std::uint32_t label_value = 4096;  // bytes
};

// A metrics page in one of Prometheus's formats. `up` is whether it could be read: a property of
// the scrape, not of the service.
struct ScrapeSpec {
  // Where the series come from.
  enum class Source : std::uint8_t {
    page,        // read from the exporter
    prometheus,  // read from a Prometheus server, which scrapes by itself
  };
  std::string name;
  Url url;
  TlsOptions tls;
  std::vector<std::pair<std::string, std::string>> headers = {};
  base::Nanos interval = std::chrono::seconds(5);
  base::Nanos timeout = std::chrono::seconds(4);
  std::vector<std::string> keep = {};  // metric names to record; empty: the usual ones
  std::vector<std::string> also = {};  // and these
  // Given to every series of the page; see honor_labels in docs/scraping.md.
  std::vector<std::pair<std::string, std::string>> labels = {};
  bool honor_labels = false;
  PageLimits limits = {};
  std::optional<std::uint32_t> target;  // the service that the page belongs to
  std::vector<base::Endpoint> endpoints;
  Source source = Source::page;
  // The metric whose 1 or 0 is the service's own word of itself; empty: service_metrics().
  std::string service_metric = {};
  // Of a Prometheus server: label matchers that narrow what is read, such as job="web"; how often
  // it is asked; how long a scrape may take to be stored under the time at which it began.
  // `interval` is then how exactly the times of samples are told apart.
  std::string select = {};
  base::Nanos every = std::chrono::seconds(15);
  base::Nanos settle = std::chrono::seconds(12);
};

struct SniffSpec {
  std::string interface;  // live capture
  std::string filter;     // BPF; empty: all
  std::vector<std::string> rule_files;
  std::string eve_file;                     // empty: none
  std::vector<std::string> eve_types = {};  // which events; empty: the usual ones
  std::string threshold_file = {};          // suppressions and thresholds of rules; empty: none
  std::uint32_t threads = 1;                // that share the packets, by flow
  BehaviourSpec behaviour = {};
};

// Known-bad requests sent on purpose: does the sniffer see them while the load runs?
struct CanarySpec {
  base::Nanos every = std::chrono::seconds(5);
  std::vector<std::uint32_t> sids;
  std::uint32_t target = 0;
};

struct LatencyObjective {
  double percentile = 99;  // 0 to 100
  base::Nanos below{0};
};

struct Objectives {
  std::optional<base::Ratio> availability;  // at least
  std::vector<LatencyObjective> latency;    // each: below
  std::optional<base::Ratio> errors;        // below
  std::optional<base::Ratio> detection;     // at least
  std::optional<base::Ratio> confidence;    // given: outcomes are judged by their interval
};

// The circuit breaker: the run stops when a condition has held for `over`.
struct StopWhen {
  std::optional<base::Ratio> availability_below;
  base::Nanos availability_over{0};
  std::optional<base::Ratio> errors_above;
  base::Nanos errors_over{0};
};

// What may be connected to. Loopback always; more only by an authorisation file.
struct Permitted {
  std::vector<base::Cidr> networks;
  std::string owner;  // from the file; empty where only loopback is permitted
  std::string contact;
  std::vector<IpProto> protocols;  // of the file, for loopback as well; empty: all of them

  [[nodiscard]] bool permits(const base::IpAddress& address) const;
  // The same for a protocol: IpProto::icmp is that of both families.
  [[nodiscard]] bool permits(const base::IpAddress& address, IpProto protocol) const;
};

// The search for a capacity: the highest rate of one open load at which the limits hold.
struct FindSpec {
  std::uint32_t load = 0;     // index into Plan::loads; its stages are not used
  base::Rps from;             // the first rate
  base::Rps most;             // no rate above this is tried
  base::Ratio precision;      // ends once the bracket is this narrow, of its upper end
  base::Nanos step{0};        // how long each rate is held
  std::uint32_t repeats = 3;  // of each rate near the end, most of which decide
  Objectives limits;          // latency and errors
};

struct Plan {
  std::string name;
  std::string path;  // the scenario file; empty for one-liners
  std::string text;  // its text, kept with the run
  std::uint64_t seed = 1;
  std::uint32_t workers = 1;  // load threads
  base::Nanos duration{0};    // of the whole run; the longest load, or as the scenario says
  std::vector<Target> targets;
  std::vector<LoadSpec> loads;
  std::vector<ProbeSpec> probes;
  std::vector<ScrapeSpec> scrapes;
  std::optional<SniffSpec> sniff;
  std::optional<CanarySpec> canaries;
  Objectives objectives;
  StopWhen stop_when;
  std::optional<FindSpec> find;
  Permitted permitted;
};

std::string_view to_string(Protocol protocol);
std::string_view to_string(ProbeModule::Kind kind);

// "http://host:port/path", "https://...", "tcp://host:port", "udp://host:port", "icmp://host".
// Fills in the default port. Errc::parse, also for a port or a path that the scheme does not have;
// a mere "/" at the end is none.
base::Result<Url> parse_url(std::string_view text);

// How many of a probe run at the same time at most: where it gives up after its interval only, it
// overlaps the next ones, up to a bound. Else an outage would be asked about less often than good
// times, and availability be overstated.
std::size_t at_once(const ProbeSpec& probe);

}  // namespace rampart::model
