#include "sniffer/rules/transform.h"

#include <algorithm>

#include "sniffer/digest.h"

namespace rampart::sniffer {
namespace {

using Octets = std::vector<std::uint8_t>;

bool is_blank(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int hex_digit(std::uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// %41 and + become what they stand for; what is no valid escape stays.
void url_decode(Octets& text) {
  std::size_t to = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (c == '+') {
      c = ' ';
    } else if (c == '%' && i + 2 < text.size()) {
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<std::uint8_t>(high * 16 + low);
        i += 2;
      }
    }
    text[to++] = c;
  }
  text.resize(to);
}

void compress_whitespace(Octets& text) {
  const auto end = std::unique(text.begin(), text.end(), [](std::uint8_t a, std::uint8_t b) {
    return is_blank(a) && is_blank(b);
  });
  text.erase(end, text.end());
  std::replace_if(text.begin(), text.end(), is_blank, std::uint8_t{' '});
}

void digest(DigestKind kind, Octets& text) {
  const auto out = digest_of(kind, text);
  const auto bytes = out.view();
  text.assign(bytes.begin(), bytes.end());
}

template <class Keep>
void keep_lines(Octets& text, Keep keep) {
  auto to = text.begin();
  for (auto from = text.begin(); from != text.end();) {
    const auto newline = std::find(from, text.end(), std::uint8_t{'\n'});
    const auto end = newline == text.end() ? newline : newline + 1;
    if (keep(*from)) to = std::copy(from, end, to);
    from = end;
  }
  text.erase(to, text.end());
}

std::uint8_t lowered(std::uint8_t c) {
  return c >= 'A' && c <= 'Z' ? static_cast<std::uint8_t>(c + 32) : c;
}

void lower_names(Octets& text) {
  bool name = true;
  for (auto& c : text) {
    if (c == ':') name = false;
    if (c == '\n') name = true;
    if (name) c = lowered(c);
  }
}

void combine(Octets& text, std::string_view key) {
  for (std::size_t i = 0; i < text.size(); ++i)
    text[i] = static_cast<std::uint8_t>(text[i] ^ static_cast<std::uint8_t>(key[i % key.size()]));
}

void capture(const Regex& regex, TransformScratch& scratch) {
  if (!scratch.regex) scratch.regex = std::make_unique<RegexScratch>();
  auto& text = scratch.bytes;
  const auto taken = regex.find_first_group(text, *scratch.regex);
  if (!taken || taken->begin == taken->end) return;
  text.resize(taken->end);
  text.erase(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(taken->begin));
}

void apply_one(const Transform& transform, TransformScratch& scratch) {
  auto& text = scratch.bytes;
  switch (transform.kind) {
    case Transform::dotprefix:
      text.resize(text.size() + 1);
      std::move_backward(text.begin(), text.end() - 1, text.end());
      text[0] = '.';
      break;
    case Transform::strip_whitespace:
      text.erase(std::remove_if(text.begin(), text.end(), is_blank), text.end());
      break;
    case Transform::compress_whitespace: compress_whitespace(text); break;
    case Transform::to_lowercase:
      for (auto& c : text) c = lowered(c);
      break;
    case Transform::to_uppercase:
      for (auto& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<std::uint8_t>(c - 32);
      break;
    case Transform::url_decode: url_decode(text); break;
    case Transform::to_md5: digest(DigestKind::md5, text); break;
    case Transform::to_sha1: digest(DigestKind::sha1, text); break;
    case Transform::to_sha256: digest(DigestKind::sha256, text); break;
    case Transform::header_lowercase: lower_names(text); break;
    case Transform::strip_pseudo_headers:
      keep_lines(text, [](std::uint8_t first) { return first != ':'; });
      break;
    case Transform::xor_key: combine(text, transform.text); break;
    case Transform::capture: capture(*transform.regex, scratch); break;
  }
}

}  // namespace

Bytes apply(std::span<const Transform> transforms, Bytes bytes, TransformScratch& scratch) {
  if (transforms.empty()) return bytes;
  // The most frequent one needs no second copy.
  const bool dot = transforms.front().kind == Transform::dotprefix;
  if (dot) transforms = transforms.subspan(1);
  auto& text = scratch.bytes;
  text.resize(bytes.size() + (dot ? 1 : 0));
  if (dot) text[0] = '.';
  std::copy(bytes.begin(), bytes.end(), text.begin() + (dot ? 1 : 0));
  for (const auto& transform : transforms) apply_one(transform, scratch);
  return text;
}

}  // namespace rampart::sniffer
