#include "sniffer/app/dns_parser.h"

#include <algorithm>

namespace rampart::sniffer {
namespace {

constexpr std::size_t kLengthSize = 2;
constexpr unsigned kOpcodes = 7;  // 0 to 6 are assigned (IANA, DNS parameters)

std::size_t length_of(Bytes prefix) { return (std::size_t{prefix[0]} << 8U) | prefix[1]; }

}  // namespace

void DnsParser::message(Direction direction, Bytes message, std::uint64_t number, AppSink& sink) {
  read(direction, message, number, false, sink);
}

void DnsParser::read(Direction direction, Bytes message, std::uint64_t number, bool over_tcp,
                     AppSink& sink) {
  auto& out = transaction_;
  out.number = number;
  out.stage = {};
  out.rules.clear();
  out.good = out.message.parse(message);
  out.bytes = message;
  out.stage[index(direction)] = Stage::complete;
  const auto& header = out.message.header();
  // Of datagrams nobody can tell what was meant to be DNS.
  if (!out.good && over_tcp && direction == Direction::to_client)
    sink.on_event(AppEvent::dns_malformed_data, direction, &out);
  if (message.size() >= DnsHeader::kSize) {
    if (header.z()) sink.on_event(AppEvent::dns_z_flag_set, direction, &out);
    if (header.opcode() >= kOpcodes) sink.on_event(AppEvent::dns_invalid_opcode, direction, &out);
  }
  sink.on_progress(out, direction);
  sink.on_done(out);
  out.bytes = {};
}

bool DnsParser::bytes(Direction direction, Bytes bytes, AppSink& sink) {
  auto& side = sides_[index(direction)];
  while (!bytes.empty() && !side.lost) {
    if (side.skip != 0) {
      const auto skipped = std::min<std::uint64_t>(side.skip, bytes.size());
      side.skip -= skipped;
      bytes = bytes.subspan(static_cast<std::size_t>(skipped));
      continue;
    }
    if (side.kept.empty() && bytes.size() >= kLengthSize &&
        bytes.size() - kLengthSize >= length_of(bytes)) {  // whole, as most are
      const auto length = length_of(bytes);
      read(direction, bytes.subspan(kLengthSize, length), messages_++, true, sink);
      bytes = bytes.subspan(kLengthSize + length);
      continue;
    }
    const auto wanted = side.kept.size() < kLengthSize
                            ? kLengthSize - side.kept.size()
                            : kLengthSize + length_of(side.kept) - side.kept.size();
    const auto taken = bytes.first(std::min(wanted, bytes.size()));
    side.kept.insert(side.kept.end(), taken.begin(), taken.end());
    bytes = bytes.subspan(taken.size());
    if (side.kept.size() < kLengthSize || side.kept.size() < kLengthSize + length_of(side.kept))
      continue;
    read(direction, Bytes(side.kept).subspan(kLengthSize), messages_++, true, sink);
    side.kept.clear();
  }
  return !(sides_[0].lost && sides_[1].lost);
}

bool DnsParser::gap(Direction direction, std::uint64_t bytes, AppSink& /*sink*/) {
  auto& side = sides_[index(direction)];
  if (side.kept.size() >= kLengthSize)
    side.skip = kLengthSize + length_of(side.kept) - side.kept.size();
  // The gap ends inside of the message whose length is known, or where the next begins is not.
  if (side.skip >= bytes && side.skip != 0)
    side.skip -= bytes;
  else
    side.lost = true;
  side.kept.clear();
  return !(sides_[0].lost && sides_[1].lost);
}

void DnsParser::end(Direction direction, AppSink& /*sink*/) {
  sides_[index(direction)].lost = true;
}

std::size_t DnsParser::memory() const {
  return sides_[0].kept.capacity() + sides_[1].kept.capacity() + transaction_.message.memory();
}

}  // namespace rampart::sniffer
