#include "sniffer/app/ssh_parser.h"

#include <algorithm>

namespace rampart::sniffer {
namespace {

constexpr std::string_view kPrefix = "SSH-";

// "SSH-protoversion-softwareversion SP comments"
std::optional<SshTransaction::Banner> read_banner(std::string_view line) {
  line.remove_prefix(kPrefix.size());
  const auto dash = line.find('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto software = line.substr(dash + 1);
  return SshTransaction::Banner{std::string(line.substr(0, dash)),
                                std::string(software.substr(0, software.find(' ')))};
}

}  // namespace

// hot
std::optional<BufferView> SshTransaction::buffer(BufferId id, Direction direction,
                                                 unsigned i) const {
  const auto& banner = banners[index(direction)];
  if (i != 0 || !banner) return std::nullopt;
  if (id != BufferId::ssh_proto && id != BufferId::ssh_software) return std::nullopt;
  const auto& text = id == BufferId::ssh_proto ? banner->proto : banner->software;
  if (text.empty()) return std::nullopt;
  return BufferView{{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}};
}

bool SshParser::bytes(Direction direction, Bytes bytes, AppSink& sink) {
  auto& side = sides_[index(direction)];
  while (!side.finished) {
    const auto next = side.lines.next(bytes);
    if (!next) {
      // A banner that has no end in sight is not waited for.
      if (side.lines.open().size() <= kMostLine) break;
      line(direction, {side.lines.open().substr(0, kMostLine), true}, sink);
      break;
    }
    line(direction, *next, sink);
  }
  return !settle(sink);
}

void SshParser::line(Direction direction, const LineReader::Line& line, AppSink& sink) {
  auto& side = sides_[index(direction)];
  if (line.text.substr(0, kPrefix.size()) != kPrefix) {
    const bool allowed = direction == Direction::to_client && !line.too_long;
    if (allowed && ++side.before <= kMostLinesBefore) return;
    sink.on_event(AppEvent::ssh_invalid_banner, direction, &transaction_);
    side.finished = true;
    return;
  }
  side.finished = true;
  if (line.too_long) sink.on_event(AppEvent::ssh_long_banner, direction, &transaction_);
  auto& banner = transaction_.banners[index(direction)];
  banner = read_banner(line.text);
  if (!banner) {
    sink.on_event(AppEvent::ssh_invalid_banner, direction, &transaction_);
    return;
  }
  transaction_.stage[index(direction)] = Stage::headers;
  sink.on_progress(transaction_, direction);
}

bool SshParser::settle(AppSink& sink) {
  if (done_) return true;
  if (!sides_[0].finished || !sides_[1].finished) return false;
  done_ = true;
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    transaction_.stage[index(direction)] = Stage::complete;
    sink.on_progress(transaction_, direction);
  }
  sink.on_done(transaction_);
  return true;
}

bool SshParser::gap(Direction direction, std::uint64_t /*bytes*/, AppSink& sink) {
  sides_[index(direction)].finished = true;
  return !settle(sink);
}

void SshParser::end(Direction direction, AppSink& sink) {
  sides_[index(direction)].finished = true;
  static_cast<void>(settle(sink));
}

std::size_t SshParser::memory() const {
  return sides_[0].lines.memory() + sides_[1].lines.memory();
}

}  // namespace rampart::sniffer
