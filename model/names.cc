// Names of every enumeration in model/, in one place: they are the vocabulary of the JSON and the
// store.
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "model/blackbox.h"
#include "model/capacity.h"
#include "model/evidence.h"
#include "model/load.h"
#include "model/owner.h"
#include "model/plan.h"
#include "model/probe.h"
#include "model/result.h"
#include "model/verdict.h"

namespace rampart::model {
namespace {

template <class E, std::size_t N>
using Names = std::array<std::pair<E, std::string_view>, N>;

template <class E, std::size_t N>
std::string_view name_of(const Names<E, N>& names, E value) {
  for (const auto& [key, name] : names)
    if (key == value) return name;
  return "unknown";
}

template <class E, std::size_t N>
std::optional<E> value_of(const Names<E, N>& names, std::string_view wanted) {
  for (const auto& [key, name] : names)
    if (name == wanted) return key;
  return std::nullopt;
}

constexpr Names<Owner, 4> kOwners{{{Owner::other, "other"},
                                   {Owner::load, "load"},
                                   {Owner::probe, "probe"},
                                   {Owner::canary, "canary"}}};

constexpr Names<Protocol, 5> kProtocols{{{Protocol::http1, "http1"},
                                         {Protocol::http2, "http2"},
                                         {Protocol::tcp, "tcp"},
                                         {Protocol::udp, "udp"},
                                         {Protocol::icmp, "icmp"}}};

constexpr Names<ProbeModule::Kind, 3> kKinds{{{ProbeModule::Kind::http, "http"},
                                              {ProbeModule::Kind::tcp, "tcp"},
                                              {ProbeModule::Kind::icmp, "icmp"}}};

constexpr Names<BlackboxModule::Prober, 6> kProbers{
    {{BlackboxModule::Prober::http, "http"},
     {BlackboxModule::Prober::tcp, "tcp"},
     {BlackboxModule::Prober::dns, "dns"},
     {BlackboxModule::Prober::icmp, "icmp"},
     {BlackboxModule::Prober::grpc, "grpc"},
     {BlackboxModule::Prober::unix_socket, "unix"}}};

constexpr Names<TrialOutcome, 3> kTrialOutcomes{{{TrialOutcome::kept, "kept"},
                                                 {TrialOutcome::missed, "missed"},
                                                 {TrialOutcome::client_limited, "client_limited"}}};

constexpr Names<SearchEnd, 6> kSearchEnds{{{SearchEnd::found, "found"},
                                           {SearchEnd::at_most, "at_most"},
                                           {SearchEnd::client_limited, "client_limited"},
                                           {SearchEnd::none_kept, "none_kept"},
                                           {SearchEnd::unsteady, "unsteady"},
                                           {SearchEnd::interrupted, "interrupted"}}};

// Ordered as the enumeration, so that an error is its own index.
struct LoadErrorRow {
  LoadError error;
  unsigned code;
  ErrorClass group;
  std::string_view name;
};
constexpr std::array<LoadErrorRow, kLoadErrors> kLoadErrorRows{{
    {LoadError::connect_refused, 201, ErrorClass::connect, "connect_refused"},
    {LoadError::connect_unreachable, 202, ErrorClass::connect, "connect_unreachable"},
    {LoadError::connect_timeout, 203, ErrorClass::timeout, "connect_timeout"},
    {LoadError::connect_reset, 204, ErrorClass::connect, "connect_reset"},
    {LoadError::tls_handshake, 301, ErrorClass::tls, "tls_handshake"},
    {LoadError::tls_alert, 302, ErrorClass::tls, "tls_alert"},
    {LoadError::tls_untrusted, 303, ErrorClass::tls, "tls_untrusted"},
    {LoadError::tls_expired, 304, ErrorClass::tls, "tls_expired"},
    {LoadError::tls_name_mismatch, 305, ErrorClass::tls, "tls_name_mismatch"},
    {LoadError::reset, 401, ErrorClass::reset, "reset"},
    {LoadError::closed, 402, ErrorClass::reset, "closed"},
    {LoadError::stream_reset, 403, ErrorClass::reset, "stream_reset"},
    {LoadError::protocol, 501, ErrorClass::protocol, "protocol"},
    {LoadError::truncated, 502, ErrorClass::protocol, "truncated"},
    {LoadError::http_4xx, 601, ErrorClass::http_4xx, "http_4xx"},
    {LoadError::http_5xx, 602, ErrorClass::http_5xx, "http_5xx"},
    {LoadError::unexpected_body, 701, ErrorClass::expectation, "unexpected_body"},
    {LoadError::not_extracted, 702, ErrorClass::expectation, "not_extracted"},
    {LoadError::wrong_echo, 703, ErrorClass::expectation, "wrong_echo"},
    {LoadError::first_byte_timeout, 801, ErrorClass::timeout, "first_byte_timeout"},
    {LoadError::timeout, 802, ErrorClass::timeout, "timeout"},
    {LoadError::no_ports, 901, ErrorClass::local, "no_ports"},
    {LoadError::no_descriptors, 902, ErrorClass::local, "no_descriptors"},
    {LoadError::local, 903, ErrorClass::local, "local"},
}};
constexpr bool in_order() {
  for (std::size_t i = 0; i < kLoadErrors; ++i)
    if (static_cast<std::size_t>(kLoadErrorRows[i].error) != i) return false;
  return true;
}
static_assert(in_order());

constexpr Names<ErrorClass, kErrorClasses> kErrorClassNames{
    {{ErrorClass::connect, "connect"},
     {ErrorClass::timeout, "timeout"},
     {ErrorClass::reset, "reset"},
     {ErrorClass::tls, "tls"},
     {ErrorClass::protocol, "protocol"},
     {ErrorClass::http_4xx, "http_4xx"},
     {ErrorClass::http_5xx, "http_5xx"},
     {ErrorClass::expectation, "expectation"},
     {ErrorClass::local, "local"}}};

constexpr Names<ProbeReason, 30> kReasons{{{ProbeReason::none, "none"},
                                           {ProbeReason::resolve_failed, "resolve_failed"},
                                           {ProbeReason::dns_nxdomain, "dns_nxdomain"},
                                           {ProbeReason::dns_timeout, "dns_timeout"},
                                           {ProbeReason::dns_failure, "dns_failure"},
                                           {ProbeReason::connect_refused, "connect_refused"},
                                           {ProbeReason::connect_timeout, "connect_timeout"},
                                           {ProbeReason::unreachable, "unreachable"},
                                           {ProbeReason::tls_expired, "tls_expired"},
                                           {ProbeReason::tls_name_mismatch, "tls_name_mismatch"},
                                           {ProbeReason::tls_untrusted, "tls_untrusted"},
                                           {ProbeReason::tls_handshake, "tls_handshake"},
                                           {ProbeReason::tls_alert, "tls_alert"},
                                           {ProbeReason::http_status, "http_status"},
                                           {ProbeReason::body_mismatch, "body_mismatch"},
                                           {ProbeReason::header_mismatch, "header_mismatch"},
                                           {ProbeReason::dns_rcode, "dns_rcode"},
                                           {ProbeReason::dns_answer, "dns_answer"},
                                           {ProbeReason::grpc_status, "grpc_status"},
                                           {ProbeReason::not_serving, "not_serving"},
                                           {ProbeReason::timeout_first_byte, "timeout_first_byte"},
                                           {ProbeReason::timeout_transfer, "timeout_transfer"},
                                           {ProbeReason::reset, "reset"},
                                           {ProbeReason::protocol, "protocol"},
                                           {ProbeReason::denied, "denied"},
                                           {ProbeReason::over_limit, "over_limit"},
                                           {ProbeReason::not_permitted, "not_permitted"},
                                           {ProbeReason::bad_target, "bad_target"},
                                           {ProbeReason::bad_module, "bad_module"},
                                           {ProbeReason::local, "local"}}};

constexpr Names<State, 4> kStates{{{State::healthy, "healthy"},
                                   {State::degraded, "degraded"},
                                   {State::down, "down"},
                                   {State::unknown, "unknown"}}};

constexpr Names<Impact, 4> kImpacts{{{Impact::none, "none"},
                                     {Impact::absorbed, "absorbed"},
                                     {Impact::degrading, "degrading"},
                                     {Impact::unknown, "unknown"}}};

constexpr Names<Actor, 5> kActors{{{Actor::own, "own"},
                                   {Actor::bystander, "bystander"},
                                   {Actor::attacker, "attacker"},
                                   {Actor::internal, "internal"},
                                   {Actor::unknown, "unknown"}}};

constexpr Names<Cause, 28> kCauses{{
    {Cause::none, "none"},
    {Cause::overload_self, "overload.self"},
    {Cause::fault_process_down, "fault.process_down"},
    {Cause::fault_hang, "fault.hang"},
    {Cause::fault_slow, "fault.slow"},
    {Cause::fault_http_5xx, "fault.http_5xx"},
    {Cause::fault_backlog, "fault.backlog"},
    {Cause::fault_dns, "fault.dns"},
    {Cause::fault_tls_expired, "fault.tls_expired"},
    {Cause::fault_tls_mismatch, "fault.tls_mismatch"},
    {Cause::fault_packet_loss, "fault.packet_loss"},
    {Cause::fault_network_latency, "fault.network_latency"},
    {Cause::fault_blackhole, "fault.blackhole"},
    {Cause::fault_reject, "fault.reject"},
    {Cause::fault_exporter_down, "fault.exporter_down"},
    {Cause::fault_cpu, "fault.cpu"},
    {Cause::fault_memory, "fault.memory"},
    {Cause::fault_fds, "fault.fds"},
    {Cause::fault_disk, "fault.disk"},
    {Cause::attack_syn_flood, "attack.syn_flood"},
    {Cause::attack_icmp_flood, "attack.icmp_flood"},
    {Cause::attack_udp_flood, "attack.udp_flood"},
    {Cause::attack_http_flood, "attack.http_flood"},
    {Cause::attack_slow_http, "attack.slow_http"},
    {Cause::attack_port_scan, "attack.port_scan"},
    {Cause::attack_brute_force, "attack.brute_force"},
    {Cause::attack_signature, "attack.signature"},
    {Cause::unknown, "unknown"},
}};

constexpr Names<RunEnd, 5> kRunEnds{{{RunEnd::unfinished, "unfinished"},
                                     {RunEnd::completed, "completed"},
                                     {RunEnd::interrupted, "interrupted"},
                                     {RunEnd::stopped, "stopped"},
                                     {RunEnd::failed, "failed"}}};

constexpr Names<Validity, 3> kValidities{{{Validity::valid, "VALID"},
                                          {Validity::client_limited, "CLIENT_LIMITED"},
                                          {Validity::inconclusive, "INCONCLUSIVE"}}};

constexpr Names<Outcome, 3> kOutcomes{
    {{Outcome::met, "met"}, {Outcome::missed, "missed"}, {Outcome::undecided, "undecided"}}};

}  // namespace

std::string_view to_string(Owner v) { return name_of(kOwners, v); }
std::string_view to_string(Protocol v) { return name_of(kProtocols, v); }
std::string_view to_string(ProbeModule::Kind v) { return name_of(kKinds, v); }
std::string_view to_string(BlackboxModule::Prober v) { return name_of(kProbers, v); }
std::string_view to_string(LoadError v) { return kLoadErrorRows[static_cast<std::size_t>(v)].name; }
unsigned code_of(LoadError v) { return kLoadErrorRows[static_cast<std::size_t>(v)].code; }
std::optional<LoadError> load_error_of(unsigned code) {
  for (const auto& row : kLoadErrorRows)
    if (row.code == code) return row.error;
  return std::nullopt;
}
ErrorClass class_of(LoadError v) { return kLoadErrorRows[static_cast<std::size_t>(v)].group; }
std::string_view to_string(ErrorClass v) { return name_of(kErrorClassNames, v); }
std::string_view to_string(ProbeReason v) { return name_of(kReasons, v); }
bool is_scrapers_own(ProbeReason v) {
  return v == ProbeReason::denied || v == ProbeReason::over_limit ||
         v == ProbeReason::not_permitted || v == ProbeReason::local;
}
ProbeReason probe_reason_from(std::string_view name) {
  return value_of(kReasons, name).value_or(ProbeReason::none);
}
std::string_view to_string(State v) { return name_of(kStates, v); }
std::string_view to_string(Impact v) { return name_of(kImpacts, v); }
std::string_view to_string(Actor v) { return name_of(kActors, v); }
std::string_view to_string(Cause v) { return name_of(kCauses, v); }
std::optional<State> state_from(std::string_view name) { return value_of(kStates, name); }
std::optional<Impact> impact_from(std::string_view name) { return value_of(kImpacts, name); }
std::optional<Actor> actor_from(std::string_view name) { return value_of(kActors, name); }
std::optional<Cause> cause_from(std::string_view name) { return value_of(kCauses, name); }
bool is_attack(Cause cause) { return to_string(cause).starts_with("attack."); }
std::string_view to_string(RunEnd v) { return name_of(kRunEnds, v); }
std::string_view to_string(Validity v) { return name_of(kValidities, v); }
std::string_view to_string(Outcome v) { return name_of(kOutcomes, v); }

std::string_view to_string(TrialOutcome outcome) { return name_of(kTrialOutcomes, outcome); }
std::optional<TrialOutcome> trial_outcome_from(std::string_view name) {
  return value_of(kTrialOutcomes, name);
}
std::string_view to_string(SearchEnd end) { return name_of(kSearchEnds, end); }

}  // namespace rampart::model
