#pragma once

#include "model/plan.h"

// What each struct of a plan is made of, as its JSON names it. An archive is called with the name
// and the member of each, in their order; it may be one that reads or one that writes.

namespace rampart::model {

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

}  // namespace rampart::model
