#include "sniffer/app/dns_message.h"

#include "sniffer/app/byte_reader.h"

namespace rampart::sniffer {
namespace {

constexpr std::size_t kRfcName = 255;        // octets of a name as sent
constexpr std::uint8_t kPointerBits = 0xC0;  // both set: a pointer; one set: reserved
constexpr std::size_t kPointedTo = 0x3FFF;

}  // namespace

std::optional<DnsHeader> read_dns_header(Bytes message) {
  ByteReader in(message);
  DnsHeader out;
  out.id = in.u16();
  out.flags = in.u16();
  out.questions = in.u16();
  out.answers = in.u16();
  out.authorities = in.u16();
  out.additionals = in.u16();
  if (!in.ok()) return std::nullopt;
  return out;
}

DnsNameCheck check_dns_name(Bytes bytes) {
  using enum DnsNameCheck::State;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = bytes[at++];
    if (length == 0) return {good, at};
    if (length >= 64 || at + length >= kRfcName) return {bad};
    at += length;
  }
  return {cut};
}

std::size_t DnsMessage::memory() const {
  return questions_.capacity() * sizeof(DnsQuestion) + records_.capacity() * sizeof(DnsRecord) +
         text_.capacity();
}

bool DnsMessage::parse(Bytes message) {
  questions_.clear();
  records_.clear();
  text_.clear();
  header_ = {};
  const auto header = read_dns_header(message);
  if (!header) return false;
  header_ = *header;
  std::size_t at = DnsHeader::kSize;
  if (!read_questions(message, at)) return false;
  if (!read_records(message, at, DnsSection::answer, header_.answers)) return false;
  if (!read_records(message, at, DnsSection::authority, header_.authorities)) return false;
  static_cast<void>(read_records(message, at, DnsSection::additional, header_.additionals));
  return true;
}

bool DnsMessage::read_questions(Bytes message, std::size_t& at) {
  for (unsigned i = 0; i < header_.questions; ++i) {
    DnsQuestion question;
    if (!read_name(message, at, question.name)) return false;
    ByteReader in(message.subspan(at));
    question.type = in.u16();
    question.klass = in.u16();
    if (!in.ok()) return false;
    at += 4;
    questions_.push_back(question);
  }
  return true;
}

bool DnsMessage::read_records(Bytes message, std::size_t& at, DnsSection section, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    DnsRecord record;
    record.section = section;
    if (!read_name(message, at, record.name)) return false;
    ByteReader in(message.subspan(at));
    record.type = in.u16();
    record.klass = in.u16();
    record.ttl = in.u32();
    record.bytes = in.u16();
    static_cast<void>(in.take(record.bytes));
    if (!in.ok()) return false;
    record.data = static_cast<std::uint32_t>(at + 10);
    at += 10U + record.bytes;
    records_.push_back(record);
  }
  return true;
}

bool DnsMessage::read_name(Bytes message, std::size_t& at, DnsName& name) {
  name.at = static_cast<std::uint32_t>(text_.size());
  if (!append_dns_name(message, at, text_, kMostText)) return false;
  name.size = static_cast<std::uint32_t>(text_.size() - name.at);
  return true;
}

bool append_dns_name(Bytes message, std::size_t& at, std::string& text, std::size_t most_text) {
  const auto begin = text.size();
  unsigned pointers = 0;
  for (std::size_t here = at;;) {
    if (here >= message.size()) return false;
    const std::size_t length = message[here];
    if ((length & kPointerBits) == kPointerBits) {
      if (here + 1 >= message.size() || ++pointers > DnsMessage::kMostPointers) return false;
      if (pointers == 1) at = here + 2;
      here = ((length << 8U) | message[here + 1]) & kPointedTo;
      continue;
    }
    if ((length & kPointerBits) != 0 || length >= message.size() - here) return false;
    ++here;
    if (length == 0) {
      if (pointers == 0) at = here;
      return true;
    }
    const std::size_t size = text.size() - begin;
    if (size + 1 + length > DnsMessage::kMostName || text.size() + 1 + length > most_text)
      return false;
    if (size != 0) text += '.';
    const auto label = message.subspan(here, length);
    text.append(label.begin(), label.end());
    here += length;
  }
}

}  // namespace rampart::sniffer
