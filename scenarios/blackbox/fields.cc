#include <array>

#include "scenarios/blackbox/block.h"
#include "scenarios/blackbox/http_fields.h"
#include "scenarios/blackbox/tls_fields.h"

namespace rampart::scenarios::blackbox {
namespace {

constexpr auto kLabelFields = std::to_array<Field>({
    {.key = "name", .required = true, .help = "of the label"},
    {.key = "value", .help = "`${1}` is the first group of `expect`"},
});
constexpr Block kLabel{"label", kLabelFields};

constexpr auto kQueryResponseFields = std::to_array<Field>({
    {.key = "expect",
     .kind = Kind::pattern,
     .help = "lines are read until one matches; the probe fails where none does"},
    {.key = "labels",
     .form = Form::blocks,
     .block = &kLabel,
     .help = "of `probe_expect_info`, once `expect` matched"},
    {.key = "send", .help = "a line; `${1}` is the first group of `expect`"},
    {.key = "starttls",
     .kind = Kind::boolean,
     .fallback = "false",
     .help = "TLS begins after this turn"},
    {.key = "expect_bytes", .refused = "answers are read by lines: write expect"},
});
constexpr Block kQueryResponse{"query_response", kQueryResponseFields};

constexpr Field kTurns{.key = "query_response",
                       .form = Form::blocks,
                       .block = &kQueryResponse,
                       .help = "the turns of a conversation"};

constexpr auto kTcpFields =
    std::to_array<Field>({kIpProtocol, kIpFallback, kSourceAddress, kTurns, kUseTls, kTlsConfig});
constexpr Block kTcp{"tcp", kTcpFields};

constexpr auto kUnixFields = std::to_array<Field>({kTurns, kUseTls, kTlsConfig});
constexpr Block kUnix{"unix", kUnixFields};

constexpr auto kRecordFields = std::to_array<Field>({
    {.key = "fail_if_matches_regexp",
     .form = Form::list,
     .kind = Kind::pattern,
     .help = "where a record matches"},
    {.key = "fail_if_all_match_regexp",
     .form = Form::list,
     .kind = Kind::pattern,
     .help = "where all records match"},
    {.key = "fail_if_not_matches_regexp",
     .form = Form::list,
     .kind = Kind::pattern,
     .help = "where a record does not match"},
    {.key = "fail_if_none_matches_regexp",
     .form = Form::list,
     .kind = Kind::pattern,
     .help = "where no record matches"},
});
constexpr Block kRecords{"records", kRecordFields};

constexpr auto kDnsFields = std::to_array<Field>({
    kIpProtocol,
    kIpFallback,
    kSourceAddress,
    {.key = "transport_protocol",
     .kind = Kind::choice,
     .fallback = "udp",
     .choices = "udp tcp",
     .help = "to the server"},
    {.key = "dns_over_tls",
     .kind = Kind::boolean,
     .fallback = "false",
     .help = "needs `transport_protocol: tcp`"},
    kTlsConfig,
    {.key = "query_name", .required = true, .help = "what is asked for"},
    {.key = "query_type", .fallback = "ANY", .help = "A, AAAA, MX, SOA and so on"},
    {.key = "query_class", .fallback = "IN", .help = "IN, CS, CH, HS, NONE or ANY"},
    {.key = "recursion_desired",
     .kind = Kind::boolean,
     .fallback = "true",
     .help = "the flag of the query"},
    {.key = "valid_rcodes", .form = Form::list, .help = "NXDOMAIN and so on; else NOERROR"},
    {.key = "validate_answer_rrs",
     .form = Form::block,
     .block = &kRecords,
     .help = "records as a zone file has them"},
    {.key = "validate_authority_rrs",
     .form = Form::block,
     .block = &kRecords,
     .help = "the same of this section"},
    {.key = "validate_additional_rrs",
     .form = Form::block,
     .block = &kRecords,
     .help = "the same of this section"},
});
constexpr Block kDns{"dns", kDnsFields};

constexpr auto kIcmpFields = std::to_array<Field>({
    kIpProtocol,
    kIpFallback,
    kSourceAddress,
    {.key = "dont_fragment",
     .kind = Kind::boolean,
     .fallback = "false",
     .help = "the flag of the IPv4 header"},
    {.key = "payload_size",
     .kind = Kind::integer,
     .fallback = "0",
     .min = 0,
     .max = 65507,
     .help = "bytes; 0 is the usual payload"},
    {.key = "ttl",
     .kind = Kind::integer,
     .fallback = "64",
     .min = 0,
     .max = 255,
     .help = "hops; 0 is the system's"},
});
constexpr Block kIcmp{"icmp", kIcmpFields};

constexpr auto kGrpcFields = std::to_array<Field>({
    {.key = "service", .help = "whose health is asked for; empty: the server's"},
    kIpProtocol,
    kIpFallback,
    kUseTls,
    kTlsConfig,
    {.key = "metadata", .form = Form::lists, .kind = Kind::header, .help = "of the call"},
});
constexpr Block kGrpc{"grpc", kGrpcFields};

constexpr std::string_view kNoWebsocket = "WebSocket is not spoken";

constexpr auto kModuleFields = std::to_array<Field>({
    {.key = "prober",
     .kind = Kind::choice,
     .required = true,
     .choices = "http tcp dns icmp grpc unix",
     .refused_choices = "websocket",
     .help = "which of the blocks below is used"},
    {.key = "timeout", .kind = Kind::duration, .help = "else what the scrape leaves"},
    {.key = "http", .form = Form::block, .block = &kHttp, .help = "of the prober"},
    {.key = "tcp", .form = Form::block, .block = &kTcp, .help = "of the prober"},
    {.key = "dns", .form = Form::block, .block = &kDns, .help = "of the prober"},
    {.key = "icmp", .form = Form::block, .block = &kIcmp, .help = "of the prober"},
    {.key = "grpc", .form = Form::block, .block = &kGrpc, .help = "of the prober"},
    {.key = "unix", .form = Form::block, .block = &kUnix, .help = "of the prober"},
    {.key = "websocket", .form = Form::block, .refused = kNoWebsocket},
});
constexpr Block kModule{"module", kModuleFields};

constexpr auto kFileFields = std::to_array<Field>({
    {.key = "modules", .form = Form::named, .block = &kModule, .help = "by their names"},
});
constexpr Block kFile{"the file", kFileFields};

constexpr auto kAll = std::to_array<const Block*>(
    {&kFile, &kModule, &kHttp, &kHttpHeader, &kHeaderMatch, &kBasicAuth, &kAuthorization, &kOAuth2,
     &kTcp, &kUnix, &kQueryResponse, &kLabel, &kDns, &kRecords, &kIcmp, &kGrpc, &kTls});

}  // namespace

const Field* Block::find(std::string_view key) const {
  for (const auto& field : fields)
    if (field.key == key) return &field;
  return nullptr;
}

const Block& file_block() { return kFile; }

std::span<const Block* const> all_blocks() { return kAll; }

}  // namespace rampart::scenarios::blackbox
