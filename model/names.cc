// Names of every enumeration in model/, in one place: they are the vocabulary of the JSON and the
// store.
#include <array>
#include <optional>
#include <string_view>
#include <utility>

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

constexpr Names<Protocol, 3> kProtocols{
    {{Protocol::http1, "http1"}, {Protocol::tcp, "tcp"}, {Protocol::icmp, "icmp"}}};

constexpr Names<ProbeModule::Kind, 3> kKinds{{{ProbeModule::Kind::http, "http"},
                                              {ProbeModule::Kind::tcp, "tcp"},
                                              {ProbeModule::Kind::icmp, "icmp"}}};

constexpr Names<LoadError, kLoadErrors> kLoadErrorNames{{{LoadError::connect, "connect"},
                                                         {LoadError::timeout, "timeout"},
                                                         {LoadError::reset, "reset"},
                                                         {LoadError::tls, "tls"},
                                                         {LoadError::protocol, "protocol"},
                                                         {LoadError::http_4xx, "http_4xx"},
                                                         {LoadError::http_5xx, "http_5xx"}}};

constexpr Names<ProbeReason, 17> kReasons{{{ProbeReason::none, "none"},
                                           {ProbeReason::resolve_failed, "resolve_failed"},
                                           {ProbeReason::connect_refused, "connect_refused"},
                                           {ProbeReason::connect_timeout, "connect_timeout"},
                                           {ProbeReason::unreachable, "unreachable"},
                                           {ProbeReason::tls_expired, "tls_expired"},
                                           {ProbeReason::tls_name_mismatch, "tls_name_mismatch"},
                                           {ProbeReason::tls_untrusted, "tls_untrusted"},
                                           {ProbeReason::tls_alert, "tls_alert"},
                                           {ProbeReason::http_status, "http_status"},
                                           {ProbeReason::body_mismatch, "body_mismatch"},
                                           {ProbeReason::timeout_first_byte, "timeout_first_byte"},
                                           {ProbeReason::timeout_transfer, "timeout_transfer"},
                                           {ProbeReason::reset, "reset"},
                                           {ProbeReason::protocol, "protocol"},
                                           {ProbeReason::not_permitted, "not_permitted"},
                                           {ProbeReason::local, "local"}}};

constexpr Names<State, 4> kStates{{{State::healthy, "healthy"},
                                   {State::degraded, "degraded"},
                                   {State::down, "down"},
                                   {State::unknown, "unknown"}}};

constexpr Names<Impact, 3> kImpacts{
    {{Impact::none, "none"}, {Impact::absorbed, "absorbed"}, {Impact::degrading, "degrading"}}};

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
std::string_view to_string(LoadError v) { return name_of(kLoadErrorNames, v); }
std::string_view to_string(ProbeReason v) { return name_of(kReasons, v); }
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

}  // namespace rampart::model
