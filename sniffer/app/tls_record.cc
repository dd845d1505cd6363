#include "sniffer/app/tls_record.h"

#include <algorithm>

#include "sniffer/app/byte_reader.h"

namespace rampart::sniffer {
namespace {

// RFC 5246, section 6.2.3; TLS 1.3 allows less.
constexpr std::size_t kMostRecord = (std::size_t{1} << 14U) + 2048;
constexpr std::uint8_t kMajor = 3;
constexpr std::uint8_t kClientHello2 = 1, kServerHello2 = 4;  // messages of SSL 2.0

}  // namespace

// False where more bytes are wanted.
bool TlsRecords::take_header(Bytes& bytes) {
  const auto taken = bytes.first(std::min(kHeader - header_size_, bytes.size()));
  std::copy(taken.begin(), taken.end(),
            header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
  header_size_ += taken.size();
  bytes = bytes.subspan(taken.size());
  return header_size_ == kHeader;
}

TlsRecords::Error TlsRecords::check_header() const {
  if (header_[0] < tls_record::kChangeCipherSpec || header_[0] > tls_record::kHeartbeat)
    return Error::type;
  if (header_[1] != kMajor) return Error::version;
  return left_ > kMostRecord ? Error::length : Error::none;
}

// hot
std::optional<TlsRecords::Fragment> TlsRecords::next(Bytes& bytes) {
  while (error_ == Error::none && !bytes.empty()) {
    if (skip_ != 0) {
      const auto skipped = std::min(skip_, bytes.size());
      skip_ -= skipped;
      bytes = bytes.subspan(skipped);
      continue;
    }
    if (left_ == 0) {
      if (!take_header(bytes)) return std::nullopt;
      header_size_ = 0;
      if (const bool begins = !began_; begins && (header_[0] & 0x80U) != 0) {
        began_ = sslv2_ = true;
        const std::size_t size = 2 + (((header_[0] & 0x7FU) << 8U) | header_[1]);
        if (size < kHeader) error_ = Error::length;
        if (header_[2] != kClientHello2 && header_[2] != kServerHello2) error_ = Error::type;
        skip_ = size - std::min(size, kHeader);
        continue;
      }
      began_ = first_ = true;
      left_ = (std::size_t{header_[3]} << 8U) | header_[4];
      error_ = check_header();
      if (error_ != Error::none) return std::nullopt;
    }
    Fragment out;
    out.type = header_[0];
    out.length = static_cast<std::uint16_t>((header_[3] << 8U) | header_[4]);
    out.data = bytes.first(std::min(left_, bytes.size()));
    out.first = first_;
    if (out.data.empty() && left_ != 0) return std::nullopt;  // nothing follows the header yet
    first_ = false;
    left_ -= out.data.size();
    bytes = bytes.subspan(out.data.size());
    return out;
  }
  return std::nullopt;
}

void TlsHandshake::add(Bytes bytes) {
  const auto skipped = std::min(skip_, bytes.size());
  skip_ -= skipped;
  bytes = bytes.subspan(skipped);
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
  begin_ = 0;
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

std::optional<TlsHandshake::Message> TlsHandshake::next() {
  for (;;) {
    const auto rest = Bytes(bytes_).subspan(begin_);
    if (rest.size() < kHeader) return std::nullopt;
    ByteReader in(rest);
    Message out;
    out.type = in.u8();
    const std::size_t length = in.u24();
    if (kHeader + length > kMost) {
      const auto there = std::min(rest.size(), kHeader + length);
      skip_ = kHeader + length - there;
      begin_ += there;
      continue;
    }
    if (in.left() < length) return std::nullopt;
    out.body = in.take(length);
    begin_ += kHeader + length;
    return out;
  }
}

}  // namespace rampart::sniffer
