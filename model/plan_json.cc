#include "model/plan_json.h"

#include <fmt/core.h>

#include <cmath>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "model/plan_references.h"
#include "model/plan_text.h"

namespace rampart::model {
namespace {

using Json = nlohmann::json;

// Both directions walk one description of each struct (fields(), below), so a member cannot be
// written and forgotten on reading.
class PlanWriter {
 public:
  template <class T>
  using Access = const T;

  template <class T>
  void operator()(const char* name, const T& value, const auto&... /*absent*/) {
    json_[name] = write(value);
  }
  Json take() { return std::move(json_); }

  static Json write(bool v) { return v; }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  static Json write(T v) {
    return v;
  }
  static Json write(double v) { return v; }
  static Json write(base::Nanos v) { return v.count(); }
  static Json write(base::Rps v) { return v.per_second; }
  static Json write(base::Ratio v) { return v.value; }
  static Json write(const base::Endpoint& v) { return base::to_string(v); }
  static Json write(const base::Cidr& v) { return base::to_string(v); }
  static Json write(const std::string& v);
  template <class E>
    requires std::is_enum_v<E>
  static Json write(E v) {
    return static_cast<unsigned>(v);
  }
  template <class T>
  static Json write(const std::optional<T>& v) {
    return v ? write(*v) : Json();
  }
  template <class A, class B>
  static Json write(const std::pair<A, B>& v) {
    return Json::array({write(v.first), write(v.second)});
  }
  template <class T>
  static Json write(const std::vector<T>& v) {
    Json list = Json::array();
    for (const auto& item : v) list.push_back(write(item));
    return list;
  }
  template <class T>
    requires std::is_class_v<T>
  static Json write(const T& v) {
    PlanWriter inner;
    fields(inner, v);
    return inner.take();
  }

 private:
  Json json_ = Json::object();
};

class PlanReader {
 public:
  template <class T>
  using Access = T;

  // error is the first one found, shared by nested readers.
  PlanReader(const Json& json, std::string path, std::string& error)
      : json_(json), path_(std::move(path)), error_(error) {
    if (!json_.is_object()) bad(path_, "must be an object");
  }

  template <class T>
  void operator()(const char* name, T& value, const auto&... absent) {
    if (!error_.empty()) return;
    const auto where = path_.empty() ? std::string(name) : path_ + "." + name;
    const auto found = json_.find(name);
    if (found != json_.end()) return read(*found, where, value);
    if (sizeof...(absent) == 0) return bad(where, "is missing");
    ((value = absent), ...);
  }

 private:
  void bad(const std::string& where, std::string_view why) {
    if (error_.empty())
      error_ = where.empty() ? std::string(why) : fmt::format("{}: {}", where, why);
  }

  void read(const Json& j, const std::string& where, bool& v) {
    if (!j.is_boolean()) return bad(where, "must be true or false");
    v = j.get<bool>();
  }
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  void read(const Json& j, const std::string& where, T& v) {
    if (!j.is_number_unsigned() || j.get<std::uint64_t>() > std::numeric_limits<T>::max())
      return bad(where,
                 fmt::format("must be a whole number from 0 to {}", std::numeric_limits<T>::max()));
    v = static_cast<T>(j.get<std::uint64_t>());
  }
  void read(const Json& j, const std::string& where, double& v) {
    if (!j.is_number()) return bad(where, "must be a number");
    v = j.get<double>();
    if (!std::isfinite(v)) bad(where, "must be a finite number");
  }
  void read(const Json& j, const std::string& where, base::Nanos& v) {
    // Three years: nothing that is computed from it overflows.
    constexpr std::int64_t kMost = 100'000'000'000'000'000;
    const bool fits = j.is_number_integer() &&
                      (j.is_number_unsigned() ? j.get<std::uint64_t>() <= std::uint64_t{kMost}
                                              : j.get<std::int64_t>() >= 0);
    if (!fits)
      return bad(where, fmt::format("must be a whole number of nanoseconds from 0 to {}", kMost));
    v = base::Nanos(j.get<std::int64_t>());
  }
  void read(const Json& j, const std::string& where, base::Rps& v) { read(j, where, v.per_second); }
  void read(const Json& j, const std::string& where, base::Ratio& v) { read(j, where, v.value); }
  void read(const Json& j, const std::string& where, std::string& v);
  void read(const Json& j, const std::string& where, base::Endpoint& v);
  void read(const Json& j, const std::string& where, base::Cidr& v);
  template <class E>
    requires std::is_enum_v<E>
  void read(const Json& j, const std::string& where, E& v) {
    constexpr auto kLast = static_cast<std::uint64_t>(last_of(E{}));
    if (!j.is_number_unsigned() || j.get<std::uint64_t>() > kLast)
      return bad(where, fmt::format("must be a whole number from 0 to {}", kLast));
    v = static_cast<E>(j.get<std::uint64_t>());
  }
  template <class T>
  void read(const Json& j, const std::string& where, std::optional<T>& v) {
    if (j.is_null()) return v.reset();
    read(j, where, v.emplace());
  }
  template <class A, class B>
  void read(const Json& j, const std::string& where, std::pair<A, B>& v) {
    if (!j.is_array() || j.size() != 2) return bad(where, "must be a list of two");
    read(j[0], where + "[0]", v.first);
    read(j[1], where + "[1]", v.second);
  }
  template <class T>
  void read(const Json& j, const std::string& where, std::vector<T>& v) {
    if (!j.is_array()) return bad(where, "must be a list");
    for (std::size_t i = 0; i < j.size() && error_.empty(); ++i)
      read(j[i], fmt::format("{}[{}]", where, i), v.emplace_back());
  }
  template <class T>
    requires std::is_class_v<T>
  void read(const Json& j, const std::string& where, T& v) {
    PlanReader inner(j, where, error_);
    if (error_.empty()) fields(inner, v);
  }

  static constexpr Protocol last_of(Protocol) { return Protocol::icmp; }
  static constexpr Extract::From last_of(Extract::From) { return Extract::From::json; }
  static constexpr DataSet::Order last_of(DataSet::Order) { return DataSet::Order::unique; }
  static constexpr SocketUse::Mode last_of(SocketUse::Mode) { return SocketUse::Mode::send; }
  static constexpr Family last_of(Family) { return Family::ipv6; }
  static constexpr TlsVersion last_of(TlsVersion) { return TlsVersion::tls1_3; }
  static constexpr ThinkTime::Kind last_of(ThinkTime::Kind) { return ThinkTime::Kind::exponential; }
  static constexpr Arrival::Model last_of(Arrival::Model) { return Arrival::Model::closed; }
  static constexpr Arrival::Distribution last_of(Arrival::Distribution) {
    return Arrival::Distribution::uniform;
  }
  static constexpr ScrapeSpec::Source last_of(ScrapeSpec::Source) {
    return ScrapeSpec::Source::prometheus;
  }
  static constexpr ProbeModule::Kind last_of(ProbeModule::Kind) { return ProbeModule::Kind::icmp; }

  const Json& json_;
  std::string path_;
  std::string& error_;
};

// The struct as the archive sees it: const for the writer.
template <class Archive, class T>
using In = typename Archive::template Access<T>;

template <class A>
void fields(A& a, In<A, Url>& v) {
  a("scheme", v.scheme);
  a("host", v.host);
  a("port", v.port);
  a("path", v.path);
}
template <class A>
void fields(A& a, In<A, TlsOptions>& v) {
  a("ca_file", v.ca_file);
  a("server_name", v.server_name);
  a("insecure", v.insecure);
  a("pin", v.pin);
  a("min_version", v.min_version);
  a("max_version", v.max_version);
  a("ciphers", v.ciphers);
  a("ciphersuites", v.ciphersuites);
  a("groups", v.groups);
  a("certificate", v.certificate);
  a("key", v.key);
  a("resumption", v.resumption);
}
template <class A>
void fields(A& a, In<A, Target>& v) {
  a("name", v.name);
  a("url", v.url);
  a("tls", v.tls);
  a("family", v.family);
  a("endpoints", v.endpoints);
}
template <class A>
void fields(A& a, In<A, Stage>& v) {
  a("from", v.from);
  a("to", v.to);
  a("over", v.over);
}
template <class A>
void fields(A& a, In<A, Arrival>& v) {
  a("model", v.model);
  a("distribution", v.distribution);
  a("stages", v.stages);
  a("replay", v.replay);
  a("burst", v.burst);
  a("users", v.users);
  a("duration", v.duration);
  a("max_requests", v.max_requests);
}
template <class A>
void fields(A& a, In<A, HttpRequest>& v) {
  a("method", v.method);
  a("path", v.path);
  a("headers", v.headers);
  a("body", v.body);
  a("expect_status", v.expect_status);
}
template <class A>
void fields(A& a, In<A, ThinkTime>& v) {
  a("kind", v.kind);
  a("low", v.low);
  a("high", v.high);
}
template <class A>
void fields(A& a, In<A, Extract>& v) {
  a("name", v.name);
  a("from", v.from);
  a("expression", v.expression);
}
template <class A>
void fields(A& a, In<A, Step>& v) {
  a("name", v.name);
  a("request", v.request);
  a("extract", v.extract);
  a("expect_body", v.expect_body);
  a("think", v.think);
}
template <class A>
void fields(A& a, In<A, DataSet>& v) {
  a("name", v.name);
  a("file", v.file);
  a("order", v.order);
  a("columns", v.columns);
}
template <class A>
void fields(A& a, In<A, SocketUse>& v) {
  a("mode", v.mode);
  a("bytes", v.bytes);
  a("close_with_reset", v.close_with_reset);
}
template <class A>
void fields(A& a, In<A, Pace>& v) {
  a("read", v.read);
  a("write", v.write);
}
template <class A>
void fields(A& a, In<A, LoadSpec>& v) {
  a("name", v.name);
  a("target", v.target);
  a("protocol", v.protocol);
  a("arrival", v.arrival);
  a("connections", v.connections);
  a("streams", v.streams);
  a("requests_per_connection", v.requests_per_connection);
  a("connection_rate", v.connection_rate);
  a("sources", v.sources);
  a("steps", v.steps);
  a("flow", v.flow);
  a("cookies", v.cookies);
  a("data", v.data);
  a("socket", v.socket);
  a("pace", v.pace);
  a("connect_timeout", v.connect_timeout);
  a("first_byte_timeout", v.first_byte_timeout);
  a("timeout", v.timeout);
}
template <class A>
void fields(A& a, In<A, ProbeModule>& v) {
  a("name", v.name);
  a("kind", v.kind);
  a("request", v.request);
  a("body_matches", v.body_matches);
  a("follow_redirects", v.follow_redirects);
}
template <class A>
void fields(A& a, In<A, ProbeSpec>& v) {
  a("name", v.name);
  a("module", v.module);
  a("target", v.target);
  a("interval", v.interval);
  a("timeout", v.timeout);
}
template <class A>
void fields(A& a, In<A, PageLimits>& v) {
  a("body", v.body);
  a("series", v.series);
  a("labels", v.labels);
  a("label_name", v.label_name);
  a("label_value", v.label_value);
}
template <class A>
void fields(A& a, In<A, ScrapeSpec>& v) {
  a("name", v.name);
  a("url", v.url);
  a("tls", v.tls);
  a("headers", v.headers);
  a("interval", v.interval);
  a("timeout", v.timeout);
  a("keep", v.keep);
  a("target", v.target);
  a("endpoints", v.endpoints);
  a("also", v.also, std::vector<std::string>());  // older plans lack these
  a("labels", v.labels, std::vector<std::pair<std::string, std::string>>());
  a("honor_labels", v.honor_labels, false);
  a("limits", v.limits, PageLimits());
  a("source", v.source, ScrapeSpec::Source::page);
  a("select", v.select, "");
  a("every", v.every, base::Nanos(std::chrono::seconds(15)));
  a("settle", v.settle, base::Nanos(std::chrono::seconds(12)));
  a("service_metric", v.service_metric, "");
}
template <class A>
void fields(A& a, In<A, SniffSpec>& v) {
  a("interface", v.interface);
  a("filter", v.filter);
  a("rule_files", v.rule_files);
  a("eve_file", v.eve_file);
  a("eve_types", v.eve_types, std::vector<std::string>());  // older plans lack these
  a("threshold_file", v.threshold_file, "");
  a("threads", v.threads, 1U);
  a("behaviour", v.behaviour, BehaviourSpec{.enabled = false});
}
template <class A>
void fields(A& a, In<A, BehaviourSpec>& v) {
  a("enabled", v.enabled);
  a("syn_flood", v.syn_flood);
  a("icmp_flood", v.icmp_flood);
  a("udp_flood", v.udp_flood);
  a("http_flood", v.http_flood);
  a("slow_http", v.slow_http);
  a("scan_ports", v.scan_ports);
  a("scan_hosts", v.scan_hosts);
  a("failed_logins", v.failed_logins);
  a("factor", v.factor);
  a("warm_up", v.warm_up);
}
template <class A>
void fields(A& a, In<A, CanarySpec>& v) {
  a("every", v.every);
  a("sids", v.sids);
  a("target", v.target);
}
template <class A>
void fields(A& a, In<A, LatencyObjective>& v) {
  a("percentile", v.percentile);
  a("below", v.below);
}
template <class A>
void fields(A& a, In<A, Objectives>& v) {
  a("availability", v.availability);
  a("latency", v.latency);
  a("errors", v.errors);
  a("detection", v.detection);
  a("confidence", v.confidence);
}
template <class A>
void fields(A& a, In<A, StopWhen>& v) {
  a("availability_below", v.availability_below);
  a("availability_over", v.availability_over);
  a("errors_above", v.errors_above);
  a("errors_over", v.errors_over);
}
template <class A>
void fields(A& a, In<A, FindSpec>& v) {
  a("load", v.load);
  a("from", v.from);
  a("most", v.most);
  a("precision", v.precision);
  a("step", v.step);
  a("repeats", v.repeats);
  a("limits", v.limits);
}
template <class A>
void fields(A& a, In<A, Permitted>& v) {
  a("networks", v.networks);
  a("owner", v.owner);
  a("contact", v.contact);
}
template <class A>
void fields(A& a, In<A, Plan>& v) {
  a("name", v.name);
  a("path", v.path);
  a("text", v.text);
  a("seed", v.seed);
  a("workers", v.workers);
  a("duration", v.duration);
  a("targets", v.targets);
  a("loads", v.loads);
  a("probes", v.probes);
  a("scrapes", v.scrapes);
  a("sniff", v.sniff);
  a("canaries", v.canaries);
  a("objectives", v.objectives);
  a("stop_when", v.stop_when);
  a("find", v.find);
  a("permitted", v.permitted);
}

Json PlanWriter::write(const std::string& v) {
  Json text = v;
  try {
    static_cast<void>(text.dump());  // throws where v is not UTF-8
    return text;
  } catch (const Json::exception&) {
    return Json{{"hex", to_hex(v)}};
  }
}

void PlanReader::read(const Json& j, const std::string& where, std::string& v) {
  if (j.is_string()) {
    v = j.get<std::string>();
    return;
  }
  const bool hex_form = j.is_object() && j.contains("hex") && j["hex"].is_string();
  if (!hex_form) return bad(where, "must be text");
  auto bytes = from_hex(j["hex"].get_ref<const std::string&>());
  if (!bytes) return bad(where, bytes.error().text);
  v = *std::move(bytes);
}

void PlanReader::read(const Json& j, const std::string& where, base::Cidr& v) {
  if (!j.is_string()) return bad(where, "must be a network such as 10.0.0.0/8");
  auto parsed = base::Cidr::parse(j.get_ref<const std::string&>());
  if (!parsed) return bad(where, parsed.error().text);
  v = *parsed;
}

void PlanReader::read(const Json& j, const std::string& where, base::Endpoint& v) {
  if (!j.is_string()) return bad(where, "must be an address and port such as 127.0.0.1:80");
  auto parsed = endpoint_from(j.get_ref<const std::string&>());
  if (!parsed) return bad(where, parsed.error().text);
  v = *parsed;
}

}  // namespace

std::string to_json(const Plan& plan) { return PlanWriter::write(plan).dump(); }

base::Result<Plan> plan_from_json(std::string_view text) {
  const auto bad = [](std::string_view why) {
    return base::fail(base::Errc::parse, fmt::format("plan: {}", why));
  };
  try {
    const Json json = Json::parse(text);
    std::string error;
    Plan plan;
    PlanReader reader(json, "", error);
    if (error.empty()) fields(reader, plan);
    if (error.empty()) error = dangling_reference(plan);
    if (!error.empty()) return bad(error);
    return plan;
  } catch (const Json::exception& e) {
    return bad(fmt::format("damaged JSON: {}", e.what()));
  }
}

}  // namespace rampart::model
