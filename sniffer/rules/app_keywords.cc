#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <optional>
#include <utility>

#include "sniffer/rules/number_range.h"
#include "sniffer/rules/regex.h"
#include "sniffer/rules/rule_parser.h"

// Keywords on what an application says that take a value, and events.

namespace rampart::sniffer {
namespace {

using base::Status;

constexpr std::pair<std::string_view, AppProto> kProtos[] = {
    {"http", AppProto::http1}, {"http1", AppProto::http1},       {"http2", AppProto::http2},
    {"tls", AppProto::tls},    {"ssl", AppProto::tls},           {"dns", AppProto::dns},
    {"smtp", AppProto::smtp},  {"ftp", AppProto::ftp},           {"ssh", AppProto::ssh},
    {"smb", AppProto::smb},    {"ftp-data", AppProto::ftp_data}, {"failed", AppProto::failed}};

std::optional<AppProto> proto_of(std::string_view name) {
  const auto* found = std::find_if(std::begin(kProtos), std::end(kProtos),
                                   [&](const auto& p) { return p.first == name; });
  return found == std::end(kProtos) ? std::nullopt : std::optional(found->second);
}

// "http.invalid_request_line"; the part before the dot says which parser raises it.
Status add_app_event(RuleBuilder& b, Located value) {
  const auto event = event_of(value.text);
  if (!event) {
    b.complaint.in_vain();  // rules are written for other versions and parsers, too
    return b.complaint.about(value,
                             fmt::format("rampart's parsers raise no event '{}'", value.text));
  }
  const auto dot = value.text.find('.');
  if (dot != std::string_view::npos)
    if (const auto proto = proto_of(value.text.substr(0, dot)))
      RAMPART_CHECK(b.speaks(*proto, value));
  b.rule.app_events.push_back(*event);
  return {};
}

Status add_decode_event(RuleBuilder& b, Located value) {
  const auto event = decode_event_of(value.text);
  if (!event)
    return b.complaint.about(value,
                             fmt::format("rampart's decoder raises no event '{}'", value.text));
  b.rule.decode_events.push_back(*event);
  return {};
}

Status add_stream_event(RuleBuilder& b, Located value) {
  const auto event = stream_event_of(value.text);
  if (!event)
    return b.complaint.about(value,
                             fmt::format("rampart raises no event '{}' of streams", value.text));
  b.rule.stream_events.push_back(*event);
  return {};
}

// One, or several that it is not; nothing where the rule says already what is spoken.
Status add_app_protocol(RuleBuilder& b, Located value) {
  if (b.rule.app != AppProto::unknown)
    return b.complaint.about(value, fmt::format("the rule is about {} already, so that this says "
                                                "nothing, or can never hold",
                                                to_string(b.rule.app)));
  AppProtoTest test;
  test.negated = value.take("!");
  const auto proto = proto_of(value.text);
  if (!proto)
    return b.complaint.about(
        value, fmt::format("'{}' is not a protocol that rampart recognises", value.text));
  test.proto = *proto;
  test.exactly = value.text == "http1";
  for (const auto& other : b.rule.app_protos)
    if (!other.negated || !test.negated || other == test)
      return b.complaint.about(value,
                               "one protocol is asked for, or several different ones are "
                               "excluded, each once");
  b.rule.app_protos.push_back(test);
  return {};
}

// What versions look like in the buffer, whichever way they are written there.
std::optional<std::string_view> version_pattern(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kVersions[] = {
      {"1.0", "(TLS ?v?)?1(\\.0)?"}, {"1.1", "(TLS ?v?)?1\\.1"}, {"1.2", "(TLS ?v?)?1\\.2"},
      {"1.3", "(TLS ?v?)?1\\.3"},    {"sslv2", "SSLv2"},         {"sslv3", "SSLv3"}};
  if (name.starts_with("tls")) name.remove_prefix(3);
  for (const auto& [version, pattern] : kVersions)
    if (version == name) return pattern;
  return std::nullopt;
}

// One of them, or none of them: ssl_version:!sslv3,!tls1.0
Status add_versions(RuleBuilder& b, Located value) {
  std::string alternatives;
  std::optional<bool> negated;
  for (auto part : split(value, ',')) {
    const bool without = part.take("!");
    if (negated && *negated != without)
      return b.complaint.about(part, "versions are either all wanted or all excluded");
    negated = without;
    if (part.text.size() > 1 && part.text.front() == '"' && part.text.back() == '"')
      part = part.sub(1, part.text.size() - 2);
    const auto pattern = version_pattern(part.text);
    if (!pattern)
      return b.complaint.about(part, fmt::format("'{}' is not a version of TLS; use 1.0 to 1.3, "
                                                 "sslv2 or sslv3",
                                                 part.text));
    alternatives += (alternatives.empty() ? "" : "|") + std::string(*pattern);
  }
  RAMPART_TRY(auto regex,
              Regex::compile("^(?:" + alternatives + ")$", {.caseless = true, .anchored = true}));
  b.add_to(BufferId::tls_version, Pcre{std::move(regex), *negated, false}, value);
  return {};
}

// A number that one byte of the buffer holds, in the bits of the mask; 0: in all of them.
template <BufferId kBuffer, std::uint8_t kMask>
Status add_byte(RuleBuilder& b, Located value) {
  constexpr std::uint32_t kMost = kMask == 0 ? 0xFF : kMask >> std::countr_zero(kMask);
  using Op = ByteTest::Op;
  RAMPART_TRY(const auto range, read_range(value, kMost, b.complaint));
  const auto test = [](Op op, std::uint32_t number) {
    ByteTest out;
    out.field.bitmask = kMask;
    out.op = op;
    out.value = number;
    return out;
  };
  auto equal = test(Op::equal, range.low);
  equal.negated = range.negated;
  if (range.low == range.high)
    b.add_to(kBuffer, equal, value);
  else
    b.add_all_to(kBuffer, {test(Op::greater_equal, range.low), test(Op::less_equal, range.high)},
                 value);
  return {};
}

// A text that the buffer holds, as it stands between the quotes.
Status add_text(RuleBuilder& b, Located value, BufferId buffer, bool whole) {
  const auto where = value;
  Content content;
  content.negated = value.take("!");
  if (value.text.starts_with('"')) {
    RAMPART_TRY(value, unquote(value, b.complaint));
  }
  if (value.empty()) return b.complaint.about(value, "the text is empty");
  content.bytes = value.text;
  content.startswith = content.endswith = whole;
  b.add_to(buffer, std::move(content), where);
  return {};
}

template <BufferId kBuffer>
Status contains(RuleBuilder& b, Located value) {
  return add_text(b, value, kBuffer, false);
}
template <BufferId kBuffer>
Status equals(RuleBuilder& b, Located value) {
  return add_text(b, value, kBuffer, true);
}

// "2_compat" is every version that a client of version 2 can talk to.
Status add_ssh_version(RuleBuilder& b, Located value) {
  auto text = value;
  if (text.text.starts_with('"')) {
    RAMPART_TRY(text, unquote(text, b.complaint));
  }
  if (text.text != "2_compat") return add_text(b, value, BufferId::ssh_proto, true);
  RAMPART_TRY(auto regex, Regex::compile("^(?:2\\.|1\\.99)", {.anchored = true}));
  b.add_to(BufferId::ssh_proto, Pcre{std::move(regex), false, false}, value);
  return {};
}

Status set_ftp_bounce(RuleBuilder& b, Located value) {
  b.rule.ftp_bounce = true;
  return b.speaks(AppProto::ftp, {"ftpbounce", value.at});
}

constexpr auto kNone = Keyword::Value::none;
constexpr auto kRequired = Keyword::Value::required;

constexpr Keyword kKeywords[] = {
    {"bsize", kRequired, add_bsize},
    {"urilen", kRequired, add_urilen},
    {"xor", kRequired, add_xor},
    {"pcrexform", kRequired, add_pcrexform},
    {"app-layer-event", kRequired, add_app_event},
    {"app-layer-protocol", kRequired, add_app_protocol},
    {"decode-event", kRequired, add_decode_event},
    {"stream-event", kRequired, add_stream_event},
    {"tls.version", kRequired, add_versions},
    {"ssl_version", kRequired, add_versions},
    {"dns.opcode", kRequired, add_byte<BufferId::dns_opcode, 0x78>},
    {"tls.cert_chain_len", kRequired, add_byte<BufferId::tls_chain_length, 0>},
    {"tls.subject", kRequired, contains<BufferId::tls_cert_subject>},
    {"tls.issuerdn", kRequired, contains<BufferId::tls_cert_issuer>},
    {"tls.fingerprint", kRequired, equals<BufferId::tls_cert_fingerprint>},
    {"ssh.protoversion", kRequired, add_ssh_version},
    {"ssh.softwareversion", kRequired, equals<BufferId::ssh_software>},
    {"ftpbounce", kNone, set_ftp_bounce},
};

constexpr std::pair<std::string_view, std::string_view> kRefused[] = {
    {"geoip", "rampart has no database of places"},
    {"lua", "rules run no scripts here"},
    {"luajit", "rules run no scripts here"},
    {"dataset", "rampart keeps no data sets"},
    {"datarep", "rampart keeps no data sets"},
    {"iprep", "rampart keeps no reputation of addresses"},
    {"filemagic", "rampart does not guess the kind of a file"},
    {"file.magic", "rampart does not guess the kind of a file"},
    {"filemd5", "rampart computes no digests of files"},
    {"filesha1", "rampart computes no digests of files"},
    {"filesha256", "rampart computes no digests of files"},
    {"ssl_state", "rampart does not follow the steps of a handshake"},
    {"frame", "rampart's parsers divide no frames"},
    {"asn1", "rampart does not decode ASN.1 in payloads"},
};

}  // namespace

std::span<const Keyword> app_keywords() { return kKeywords; }

std::string_view why_refused(std::string_view keyword) {
  const auto* found = std::find_if(std::begin(kRefused), std::end(kRefused),
                                   [&](const auto& r) { return r.first == keyword; });
  return found == std::end(kRefused) ? std::string_view{} : found->second;
}

}  // namespace rampart::sniffer
