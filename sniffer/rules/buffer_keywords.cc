#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "sniffer/rules/number_range.h"
#include "sniffer/rules/regex.h"
#include "sniffer/rules/rule_parser.h"

// Sticky buffers, the older modifiers, and transforms.

namespace rampart::sniffer {
namespace {

// Older spellings that are sticky too, and not modifiers.
constexpr std::pair<std::string_view, BufferId> kOlderSticky[] = {
    {"file_data", BufferId::file_data},
    {"dns_query", BufferId::dns_query},
    {"tls_sni", BufferId::tls_sni},
    {"tls_cert_subject", BufferId::tls_cert_subject},
    {"tls_cert_issuer", BufferId::tls_cert_issuer},
    {"tls_cert_serial", BufferId::tls_cert_serial},
    {"tls_cert_fingerprint", BufferId::tls_cert_fingerprint},
    {"ja3_hash", BufferId::ja3_hash},
    {"ja3_string", BufferId::ja3_string},
    {"ssh_proto", BufferId::ssh_proto},
    {"ssh_software", BufferId::ssh_software},
    {"http_protocol", BufferId::http_protocol},
    {"http_request_line", BufferId::http_request_line},
    {"http_response_line", BufferId::http_response_line},
    {"http_accept", BufferId::http_accept},
    {"http_accept_enc", BufferId::http_accept_encoding},
    {"http_accept_lang", BufferId::http_accept_language},
    {"http_connection", BufferId::http_connection},
    {"http_content_len", BufferId::http_content_length},
    {"http_content_type", BufferId::http_content_type},
    {"http_header_names", BufferId::http_header_names},
    {"http_referer", BufferId::http_referer},
    {"http_start", BufferId::http_start},
};

constexpr std::pair<std::string_view, Transform::Kind> kTransforms[] = {
    {"dotprefix", Transform::dotprefix},
    {"strip_whitespace", Transform::strip_whitespace},
    {"compress_whitespace", Transform::compress_whitespace},
    {"to_lowercase", Transform::to_lowercase},
    {"to_uppercase", Transform::to_uppercase},
    {"url_decode", Transform::url_decode},
    {"to_md5", Transform::to_md5},
    {"to_sha1", Transform::to_sha1},
    {"to_sha256", Transform::to_sha256},
    {"header_lowercase", Transform::header_lowercase},
    {"strip_pseudo_headers", Transform::strip_pseudo_headers},
};

template <class T, std::size_t N>
std::optional<T> find(const std::pair<std::string_view, T> (&table)[N], std::string_view name) {
  const auto* found =
      std::find_if(table, table + N, [&](const auto& r) { return r.first == name; });
  return found == table + N ? std::nullopt : std::optional(found->second);
}

std::optional<BufferId> sticky(std::string_view name) {
  for (const auto& info : buffer_infos())
    // tls.version takes a value: see app_keywords.cc.
    if (info.sticky == name && info.id != BufferId::tls_version) return info.id;
  return find(kOlderSticky, name);
}

std::optional<BufferId> modifier(std::string_view name) {
  for (const auto& info : buffer_infos())
    if (!info.modifier.empty() && info.modifier == name) return info.id;
  return std::nullopt;
}

}  // namespace

std::vector<std::string_view> buffer_keywords() {
  std::vector<std::string_view> out;
  for (const auto& info : buffer_infos())
    for (const auto name : {info.sticky, info.modifier})
      if (!name.empty()) out.push_back(name);
  for (const auto& [name, buffer] : kOlderSticky) out.push_back(name);
  for (const auto& [name, kind] : kTransforms) out.push_back(name);
  return out;
}

base::Result<bool> take_buffer_keyword(RuleBuilder& builder, const Located& keyword) {
  if (const auto buffer = sticky(keyword.text)) {
    RAMPART_CHECK(builder.open(*buffer, keyword));
  } else if (const auto moved = modifier(keyword.text)) {
    RAMPART_CHECK(builder.move_content(*moved, keyword));
  } else if (const auto transform = find(kTransforms, keyword.text)) {
    RAMPART_CHECK(builder.transform(*transform, keyword));
  } else {
    return false;
  }
  return true;
}

// xor:"0d0ac8ff", the key's bytes in hexadecimal.
base::Status add_xor(RuleBuilder& b, Located value) {
  RAMPART_TRY(const auto digits, unquote(value, b.complaint));
  std::string key;
  for (std::size_t i = 0; i + 1 < digits.text.size(); i += 2) {
    const auto byte = to_number("0x" + std::string(digits.text.substr(i, 2)), 255);
    if (!byte) break;
    key += static_cast<char>(*byte);
  }
  if (key.empty() || key.size() * 2 != digits.text.size())
    return b.complaint.about(digits, "the key is hexadecimal, two digits a byte, such as 0d0ac8ff");
  return b.transform({Transform::xor_key, std::move(key)}, {"xor", value.at});
}

// pcrexform:"[a-z]+=([0-9]+)", one group of which is what is looked at.
base::Status add_pcrexform(RuleBuilder& b, Located value) {
  RAMPART_TRY(const auto pattern, unquote(value, b.complaint));
  auto regex = Regex::compile(std::string(pattern.text), {});
  if (!regex) return b.complaint.about(pattern, regex.error().text);
  if ((*regex)->groups() != 1)
    return b.complaint.about(pattern, fmt::format("the pattern has {} groups that capture, and one "
                                                  "is needed",
                                                  (*regex)->groups()));
  Transform transform(Transform::capture, std::string(pattern.text));
  transform.regex = *std::move(regex);
  return b.transform(std::move(transform), {"pcrexform", value.at});
}

// The length of the sticky buffer, or of the payload.
base::Status add_bsize(RuleBuilder& b, Located value) {
  RAMPART_TRY(const auto range, read_range(value, 0xFFFFFFFF, b.complaint));
  b.add(BufferSize{range.low, range.high, range.negated}, value.at);
  return {};
}

// urilen:<100, of the normalised URI; urilen:<100,raw, of the one that was sent.
base::Status add_urilen(RuleBuilder& b, Located value) {
  const auto parts = split(value, ',');
  RAMPART_TRY(const auto range, read_range(parts[0], 65535, b.complaint));
  auto buffer = BufferId::http_uri;
  if (parts.size() == 2 && parts[1].text == "raw")
    buffer = BufferId::http_uri_raw;
  else if (parts.size() > 2 || (parts.size() == 2 && parts[1].text != "norm"))
    return b.complaint.about(parts[1], fmt::format("'{}' is not raw or norm", parts[1].text));
  b.add_to(buffer, BufferSize{range.low, range.high, range.negated}, value);
  return {};
}

}  // namespace rampart::sniffer
