#include "probe/module/dns_module.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <random>
#include <utility>

#include "net/zone.h"
#include "probe/module/dns_checks.h"
#include "probe/module/dns_names.h"
#include "probe/module/gauge.h"
#include "probe/module/module_tls.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

constexpr std::uint16_t kPort = 53;
constexpr std::uint16_t kPortOverTls = 853;  // RFC 7858
constexpr std::uint16_t kSoa = 6;

bool same_name(std::string_view a, std::string_view b) {
  const auto same = [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

// Nobody off the path may guess it.
std::uint16_t new_id() {
  std::random_device source;
  return static_cast<std::uint16_t>(source());
}

}  // namespace

DnsTarget DnsTarget::parse(std::string_view text) {
  DnsTarget out;
  std::string_view port;
  bool has_port = false;
  const auto colon = text.rfind(':');
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    const auto rest = end == std::string_view::npos ? text : text.substr(end + 1);
    if (end == std::string_view::npos || !(rest.empty() || rest.starts_with(':'))) {
      out.host = text;
      return out;
    }
    out.host = text.substr(1, end - 1);
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else if (colon == std::string_view::npos || text.find(':') != colon) {
    out.host = text;
  } else {
    out.host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
  }
  if (!has_port) return out;
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error == std::errc() && end == port.data() + port.size() && number != 0)
    out.port = number;
  else
    out.bad_port = true;
  return out;
}

DnsModuleProbe::DnsModuleProbe(const ModuleContext& context, ModuleAsk ask)
    : context_(context),
      ask_(std::move(ask)),
      module_(ask_.module->dns),
      target_(DnsTarget::parse(ask_.target)),
      choice_(context.names, context.clock, *this),
      exchange_(context, *this) {}

void DnsModuleProbe::start(ModuleProbe::Listener& listener) {
  listener_ = &listener;
  out_.start = context_.clock.mono();
  out_.log.push_back(
      fmt::format("resolving {}, preferably to IPv{}", target_.host, module_.ip.v6 ? 6 : 4));
  choice_.start(target_.host, module_.ip, out_.start + ask_.timeout);
}

void DnsModuleProbe::on_no_address(ProbeReason reason, std::string detail) {
  fail(reason, std::move(detail));
}

base::Result<std::string> DnsModuleProbe::make_query() {
  const auto wrong = [](std::string_view option, std::string_view value) {
    return base::fail(base::Errc::config, fmt::format("{}: there is no '{}'", option, value));
  };
  const auto type = dns_type(module_.query_type);
  if (!type) return wrong("query_type", module_.query_type);
  const auto klass = dns_class(module_.query_class);
  if (!klass) return wrong("query_class", module_.query_class);
  if (module_.over_tls && !module_.tcp)
    return base::fail(base::Errc::config, "dns_over_tls needs transport_protocol tcp");
  if (target_.bad_port)
    return base::fail(base::Errc::config,
                      fmt::format("target '{}': its port is not one of 1 to 65535", ask_.target));
  type_ = *type;
  klass_ = *klass;
  return make_dns_query(new_id(), module_.query_name, type_, klass_, module_.recursion_desired);
}

void DnsModuleProbe::on_address(const base::IpAddress& address) {
  out_.phases.resolve = choice_.lookup_time();
  const auto began = context_.clock.mono();
  auto query = make_query();
  if (!query) {
    connect_ = context_.clock.mono() - began;  // where it failed, how long it tried
    fail(target_.bad_port ? ProbeReason::bad_target : ProbeReason::bad_module,
         std::move(query).error().text);
    return;
  }
  const auto port = target_.port.value_or(module_.over_tls ? kPortOverTls : kPort);
  const base::Endpoint to{address, port};
  out_.log.push_back(fmt::format("asking {} for {} {} {} by {}", base::to_string(to),
                                 module_.query_name, module_.query_class, module_.query_type,
                                 !module_.tcp       ? "udp"
                                 : module_.over_tls ? "tls"
                                                    : "tcp"));
  exchange_.start({.to = to,
                   .scope = choice_.scope(),
                   .module = &module_,
                   .server_name = std::string(net::split_zone(target_.host).address),
                   .query = *std::move(query),
                   .deadline = out_.start + ask_.timeout});
}

void DnsModuleProbe::on_exchanged(DnsExchanged&& exchanged) {
  connect_ = exchanged.connect;
  out_.phases.processing = exchanged.request;
  tls_ = std::move(exchanged.tls);
  chain_ = std::move(exchanged.chain);
  if (exchanged.reason != ProbeReason::none) {
    fail(exchanged.reason, std::move(exchanged.detail));
    return;
  }
  out_.phases.connect = connect_;
  auto reply = read_dns_reply(exchanged.reply);
  if (!reply) {
    fail(ProbeReason::protocol, std::move(reply).error().text);
    return;
  }
  if (auto status = check_question(*reply); !status) {
    fail(ProbeReason::protocol, std::move(status).error().text);
    return;
  }
  reply_ = *std::move(reply);
  look_at(*reply_);
}

base::Status DnsModuleProbe::check_question(const DnsReply& reply) const {
  if (!reply.is_reply)
    return base::fail(base::Errc::protocol, "what came back is a query, not a reply");
  if (reply.questions.empty()) return {};
  const auto& question = reply.questions.front();
  // The text of the name that was asked for, from what was made of it.
  const auto query = make_dns_query(0, module_.query_name, type_, klass_, false);
  const auto asked = query ? read_dns_reply(*query) : base::Result<DnsReply>(DnsReply{});
  const bool same = asked && !asked->questions.empty() && question.type == type_ &&
                    question.klass == klass_ &&
                    same_name(question.name, asked->questions.front().name);
  if (same) return {};
  return base::fail(base::Errc::protocol,
                    fmt::format("a reply to another question: {} {} {}", question.name,
                                dns_class_name(question.klass), dns_type_name(question.type)));
}

void DnsModuleProbe::look_at(const DnsReply& reply) {
  out_.log.push_back(fmt::format(
      "reply: {}, records: {} {} {}{}", dns_rcode_name(reply.rcode),
      reply.sections[DnsReply::answer].size(), reply.sections[DnsReply::authority].size(),
      reply.sections[DnsReply::additional].size(), reply.truncated ? ", truncated" : ""));
  if (auto complaint = check_dns_reply(reply, module_, out_.log)) {
    fail(complaint->reason, std::move(complaint->detail));
    return;
  }
  out_.success = true;
  finish();
}

void DnsModuleProbe::fail(ProbeReason reason, std::string detail) {
  out_.reason = reason;
  out_.log.push_back("failed: " + detail);
  out_.detail = std::move(detail);
  finish();
}

void DnsModuleProbe::add_families() {
  auto& families = out_.families;
  families = choice_.families();
  const auto phase = [](const char* name, base::Nanos time) {
    return model::MetricFamily::Series{{{"phase", name}}, base::seconds(time)};
  };
  families.push_back({"probe_dns_duration_seconds",
                      "Duration of DNS request by phase",
                      model::MetricFamily::Type::gauge,
                      {phase("connect", connect_), phase("request", out_.phases.processing),
                       phase("resolve", out_.phases.resolve)}});
  struct Section {
    const char* name;
    DnsReply::Section number;
  };
  for (const auto& [name, number] :
       {Section{"answer", DnsReply::answer}, Section{"authority", DnsReply::authority},
        Section{"additional", DnsReply::additional}})
    families.push_back(
        gauge(fmt::format("probe_dns_{}_rrs", name),
              fmt::format("Returns number of entries in the {} resource record list", name),
              reply_ ? static_cast<double>(reply_->sections[number].size()) : 0));
  families.push_back(gauge("probe_dns_query_succeeded",
                           "Displays whether or not the query was executed successfully",
                           flag(reply_.has_value())));
  if (reply_ && type_ == kSoa)
    families.push_back(gauge("probe_dns_serial", "Returns the serial number of the zone",
                             reply_->serial.value_or(0)));
  if (tls_) families.push_back(tls_version_family(*tls_));
  if (chain_)
    for (auto& family : chain_families(*chain_, tls_.has_value()))
      families.push_back(std::move(family));
}

void DnsModuleProbe::finish() {
  out_.duration = context_.clock.mono() - out_.start;
  add_families();
  auto outcome = std::move(out_);  // the probe may be destroyed in the call
  listener_->on_outcome(std::move(outcome));
}

}  // namespace rampart::probe
