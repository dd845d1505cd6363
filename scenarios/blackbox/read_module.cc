#include "scenarios/blackbox/read_module.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "scenarios/blackbox/dns_names.h"

namespace rampart::scenarios::blackbox {
namespace {

using model::TlsVersion;

TlsVersion version_of(const Reader& tls, std::string_view key) {
  const auto word = tls.text(key);
  if (word == "TLS10") return TlsVersion::tls1_0;
  if (word == "TLS11") return TlsVersion::tls1_1;
  if (word == "TLS12") return TlsVersion::tls1_2;
  return word == "TLS13" ? TlsVersion::tls1_3 : TlsVersion::any;
}

// As the data model of Prometheus has it.
bool is_label_name(std::string_view name) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
         std::all_of(name.begin(), name.end(), fits);
}

void read_labels(const Reader& turn, model::QueryResponse& out) {
  std::set<std::string> seen;
  for (const auto& label : turn.blocks("labels")) {
    auto name = label.text("name");
    if (!name.empty() && !is_label_name(name))
      label.error("name", fmt::format("'{}' is not a label's name: letters, digits and '_'", name));
    else if (!seen.insert(name).second)
      label.error("name", fmt::format("a second label '{}'", name));
    out.labels.emplace_back(std::move(name), label.text("value"));
  }
}

std::vector<model::QueryResponse> read_turns(const Reader& owner) {
  std::vector<model::QueryResponse> out;
  for (const auto& turn : owner.blocks("query_response")) {
    auto& added = out.emplace_back();
    added.expect = turn.text("expect");
    // An empty expression is one, too: it waits for any line.
    if (turn.has("expect") && added.expect.empty()) added.expect = "(?:)";
    added.send = turn.text("send");
    added.starttls = turn.boolean("starttls");
    read_labels(turn, added);
  }
  return out;
}

model::RecordChecks read_records(const Reader& block) {
  return {block.list("fail_if_matches_regexp"), block.list("fail_if_all_match_regexp"),
          block.list("fail_if_not_matches_regexp"), block.list("fail_if_none_matches_regexp")};
}

void report(const Reader& owner, const Place& place, const base::Status& status) {
  if (!status) owner.error(place, status.error().text);
}

model::TcpModule read_tcp(const Reader& tcp) {
  model::TcpModule out;
  out.ip = read_ip(tcp);
  out.source_ip_address = tcp.text("source_ip_address");
  out.query_response = read_turns(tcp);
  out.tls = tcp.boolean("tls");
  out.tls_options = read_tls(tcp);
  return out;
}

model::UnixModule read_unix(const Reader& block) {
  return {read_turns(block), block.boolean("tls"), read_tls(block)};
}

model::DnsModule read_dns(const Reader& dns) {
  model::DnsModule out;
  out.ip = read_ip(dns);
  out.source_ip_address = dns.text("source_ip_address");
  out.tcp = dns.text("transport_protocol") == "tcp";
  out.over_tls = dns.boolean("dns_over_tls");
  if (out.over_tls && !out.tcp)
    dns.error("dns_over_tls", "DNS over TLS needs transport_protocol: tcp");
  out.tls_options = read_tls(dns);
  out.query_name = dns.text("query_name");
  out.query_type = dns.text("query_type");
  out.query_class = dns.text("query_class");
  report(dns, dns.place("query_type"), check_query_type(out.query_type));
  report(dns, dns.place("query_class"), check_query_class(out.query_class));
  out.recursion_desired = dns.boolean("recursion_desired");
  for (auto& item : dns.items("valid_rcodes")) {
    report(dns, item.place, check_rcode(item.text));
    out.valid_rcodes.push_back(std::move(item.text));
  }
  out.answer = read_records(dns.block("validate_answer_rrs"));
  out.authority = read_records(dns.block("validate_authority_rrs"));
  out.additional = read_records(dns.block("validate_additional_rrs"));
  return out;
}

model::IcmpModule read_icmp(const Reader& icmp) {
  model::IcmpModule out;
  out.ip = read_ip(icmp);
  out.source_ip_address = icmp.text("source_ip_address");
  out.payload_size = static_cast<std::size_t>(icmp.integer("payload_size"));
  out.dont_fragment = icmp.boolean("dont_fragment");
  out.ttl = static_cast<int>(icmp.integer("ttl"));
  return out;
}

// Keys go out in lower case; those of gRPC itself may not be set (PROTOCOL-HTTP2.md, "Requests").
std::string metadata_key(const Reader& grpc, const Reader::Item& name) {
  auto key = name.text;
  std::transform(key.begin(), key.end(), key.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto fits = [](unsigned char c) {
    return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-' || c == '_' || c == '.';
  };
  if (key.empty() || !std::all_of(key.begin(), key.end(), fits))
    grpc.error(
        name.place,
        fmt::format("'{}' is not a key of metadata: letters, digits, '-', '_' and '.'", name.text));
  else if (key.starts_with("grpc-"))
    grpc.error(name.place, fmt::format("'{}' belongs to gRPC itself", name.text));
  return key;
}

model::GrpcModule read_grpc(const Reader& grpc) {
  model::GrpcModule out;
  out.service = grpc.text("service");
  out.ip = read_ip(grpc);
  out.tls = grpc.boolean("tls");
  out.tls_options = read_tls(grpc);
  for (auto& [name, value] : grpc.lists("metadata"))
    out.metadata.emplace_back(metadata_key(grpc, name), std::move(value));
  return out;
}

model::BlackboxModule::Prober prober_of(std::string_view word) {
  using Prober = model::BlackboxModule::Prober;
  if (word == "tcp") return Prober::tcp;
  if (word == "dns") return Prober::dns;
  if (word == "icmp") return Prober::icmp;
  if (word == "grpc") return Prober::grpc;
  return word == "unix" ? Prober::unix_socket : Prober::http;
}

}  // namespace

model::IpPreference read_ip(const Reader& owner) {
  return {owner.text("preferred_ip_protocol") == "ip6", owner.boolean("ip_protocol_fallback")};
}

model::ModuleTls read_tls(const Reader& owner) {
  const auto tls = owner.block("tls_config");
  model::ModuleTls out;
  out.ca_file = tls.text("ca_file");
  out.certificate_file = tls.text("cert_file");
  out.key_file = tls.text("key_file");
  out.server_name = tls.text("server_name");
  out.insecure = tls.boolean("insecure_skip_verify");
  out.min_version = version_of(tls, "min_version");
  out.max_version = version_of(tls, "max_version");
  if (out.max_version != TlsVersion::any && out.min_version > out.max_version)
    tls.error("min_version", "min_version is above max_version");
  if (out.certificate_file.empty() != out.key_file.empty())
    tls.error(out.key_file.empty() ? "cert_file" : "key_file",
              "a certificate and its key go together: cert_file and key_file");
  return out;
}

model::BlackboxModule read_module(const std::string& name, const Reader& module) {
  model::BlackboxModule out;
  out.name = name;
  out.prober = prober_of(module.text("prober"));
  out.timeout = module.duration("timeout");
  out.http = read_http(module.block("http"));
  out.tcp = read_tcp(module.block("tcp"));
  out.icmp = read_icmp(module.block("icmp"));
  out.grpc = read_grpc(module.block("grpc"));
  out.unix_socket = read_unix(module.block("unix"));
  out.dns = read_dns(module.block("dns"));
  if (out.prober == model::BlackboxModule::Prober::dns && !module.has("dns"))
    module.error("dns", "'dns' is missing in module: query_name says what is asked for");
  return out;
}

}  // namespace rampart::scenarios::blackbox
