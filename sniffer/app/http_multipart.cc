#include "sniffer/app/http_multipart.h"

#include <algorithm>
#include <cctype>

#include "sniffer/app/header_parameter.h"

namespace rampart::sniffer {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr unsigned kMostFiles = 16;
constexpr std::size_t kLongestBoundary = 70;  // RFC 2046, section 5.1.1

bool same(char a, char b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return lower(a) == lower(b);
}

// Without regard to case.
std::size_t find_nocase(std::string_view text, std::string_view wanted) {
  const auto at = std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), same);
  return at == text.end() ? kNone : static_cast<std::size_t>(at - text.begin());
}

// The next delimiter, "--" and the boundary at the begin of a line.
std::size_t find_delimiter(std::string_view text, std::string_view boundary, std::size_t from) {
  while (true) {
    const auto at = text.find(boundary, from);
    if (at == kNone) return kNone;
    const bool dashes = at >= 2 && text.substr(at - 2, 2) == "--";
    if (dashes && (at == 2 || text[at - 3] == '\n')) return at - 2;
    from = at + 1;
  }
}

std::string_view file_name(std::string_view fields) {
  const auto at = find_nocase(fields, "content-disposition:");
  if (at == kNone) return {};
  const auto field = fields.substr(at);
  return header_parameter(field.substr(0, field.find("\r\n")), "filename");
}

}  // namespace

std::string_view multipart_boundary(std::string_view content_type) {
  if (find_nocase(content_type, "multipart/form-data") != 0) return {};
  constexpr std::string_view kName = "boundary=";
  const auto at = find_nocase(content_type, kName);
  if (at == kNone) return {};
  auto value = content_type.substr(at + kName.size());
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    value = value.substr(0, value.find('"'));
  } else {
    value = value.substr(0, value.find_first_of("; \t,"));
  }
  return value.size() > kLongestBoundary ? std::string_view() : value;
}

std::optional<MultipartFile> multipart_file(Bytes body, std::string_view boundary, unsigned i) {
  if (i >= kMostFiles || boundary.empty()) return std::nullopt;
  const std::string_view text{reinterpret_cast<const char*>(body.data()), body.size()};
  auto at = find_delimiter(text, boundary, 0);
  while (at != kNone) {
    const auto head = at + 2 + boundary.size();
    const auto end = find_delimiter(text, boundary, head);
    const auto part = text.substr(head, end == kNone ? kNone : end - head);
    const auto blank = part.find("\r\n\r\n");
    const auto fields = part.substr(0, std::min(blank, part.size()));
    if (blank != kNone && find_nocase(fields, "filename") != kNone && i-- == 0) {
      auto content = part.substr(blank + 4);
      if (end != kNone && content.ends_with("\r\n")) content.remove_suffix(2);
      return MultipartFile{{reinterpret_cast<const std::uint8_t*>(content.data()), content.size()},
                           end != kNone,
                           file_name(fields)};
    }
    at = end;
  }
  return std::nullopt;
}

BufferView file_buffer(BufferId id, const BufferView& data, const FileFacts& facts,
                       std::string& kept) {
  const auto as_view = [](std::string_view text) {
    return BufferView{{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, 0, true};
  };
  if (id == BufferId::file_data) return data;
  if (id == BufferId::file_name) return as_view(facts.name);
  encode(facts, kept);
  return as_view(kept);
}

std::size_t UploadFiles::memory() const {
  std::size_t out = known_.capacity() * sizeof(Known);
  for (const auto& known : known_) out += known.name.capacity();
  return out;
}

void UploadFiles::note(const BufferView& window, std::string_view boundary) {
  if (window.base != 0 || window.whole) return;
  known_.clear();
  for (unsigned i = 0; const auto part = multipart_file(window.data, boundary, i); ++i)
    known_.push_back({std::string(part->name), part->bytes.size(), part->whole});
}

std::optional<BufferView> UploadFiles::buffer(BufferId id, const BufferView& window,
                                              std::string_view boundary, unsigned i,
                                              std::string& kept) const {
  if (window.base == 0) {
    const auto part = multipart_file(window.data, boundary, i);
    if (!part) return std::nullopt;
    return file_buffer(id, {part->bytes, 0, part->whole || window.whole},
                       {part->name, part->bytes.size(), part->whole}, kept);
  }
  if (id == BufferId::file_data) return i == 0 ? std::optional(window) : std::nullopt;
  if (i >= known_.size()) return std::nullopt;
  const auto& known = known_[i];
  return file_buffer(id, {}, {known.name, known.size, known.whole}, kept);
}

}  // namespace rampart::sniffer
