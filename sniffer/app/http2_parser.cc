#include "sniffer/app/http2_parser.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/reuse.h"
#include "sniffer/app/byte_reader.h"

namespace rampart::sniffer {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::uint32_t kStreamMask = 0x7FFFFFFF;
constexpr std::uint16_t kHeaderTableSize = 1;  // the setting
constexpr std::size_t kMostIdle = 4;

// What a frame of that kind must be at least; DATA and what nobody knows may be empty.
std::size_t least_size(const FrameHeader& frame) {
  if (frame.is(FrameType::priority)) return 5;
  if (frame.is(FrameType::rst_stream) || frame.is(FrameType::window_update)) return 4;
  if (frame.is(FrameType::ping) || frame.is(FrameType::goaway)) return 8;
  return 0;
}

// Without its padding; nullopt where that is longer than the frame.
std::optional<Bytes> without_padding(const FrameHeader& frame, Bytes payload) {
  if (!frame.has(frame_flag::kPadded)) return payload;
  if (payload.empty() || payload[0] >= payload.size()) return std::nullopt;
  return payload.subspan(1, payload.size() - 1 - payload[0]);
}

}  // namespace

struct Http2Parser::FieldSink final : Hpack::Fields {
  FieldSink(Http2Transaction& its, Direction where) : transaction(its), direction(where) {}
  void on_field(std::string_view name, std::string_view value) override {
    transaction.add_field(direction, name, value);
  }
  Http2Transaction& transaction;
  Direction direction;
};

bool Http2Parser::Side::on_frame(const FrameHeader& frame, Bytes payload) {
  return parser->frame(*this, frame, payload);
}
void Http2Parser::Side::on_data(const FrameHeader& frame, Bytes bytes) {
  parser->data(*this, frame, bytes);
}
void Http2Parser::Side::on_data_end(const FrameHeader& frame) { parser->data_end(*this, frame); }

Http2Parser::Http2Parser(HttpOptions options) : options_(options) {
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    sides_[index(direction)].parser = this;
    sides_[index(direction)].direction = direction;
  }
}

// hot
bool Http2Parser::bytes(Direction direction, Bytes bytes, AppSink& sink) {
  sink_ = &sink;
  auto& side = sides_[index(direction)];
  bool alive = direction == Direction::to_client || take_preface(side, bytes);
  alive = alive && (bytes.empty() || side.frames.read(bytes, side));
  tell_bodies();
  if (inflated_.capacity() > base::kMostKept) std::vector<std::uint8_t>().swap(inflated_);
  if (!alive) close_all();
  return alive;
}

// False where what a client begins with is none.
bool Http2Parser::take_preface(Side& side, Bytes& bytes) {
  if (side.preface == kPreface.size()) return true;
  const auto wanted = kPreface.substr(side.preface);
  const auto taken = std::min(wanted.size(), bytes.size());
  const std::string_view came{reinterpret_cast<const char*>(bytes.data()), taken};
  if (came != wanted.substr(0, taken)) {
    raise(AppEvent::http2_invalid_client_magic, Direction::to_server, nullptr);
    return false;
  }
  side.preface += taken;
  bytes = bytes.subspan(taken);
  return true;
}

bool Http2Parser::gap(Direction direction, std::uint64_t bytes, AppSink& sink) {
  sink_ = &sink;
  auto& side = sides_[index(direction)];
  const auto stream = side.frames.data_stream();
  if (stream != 0)
    if (auto* transaction = find(stream);
        transaction != nullptr && transaction->stage[index(direction)] != Stage::complete)
      transaction->lose_body(direction, bytes);
  const bool alive = side.frames.skip(bytes, side);
  tell_bodies();
  if (!alive) close_all();
  return alive;
}

void Http2Parser::end(Direction direction, AppSink& sink) {
  sink_ = &sink;
  if (std::exchange(sides_[index(direction)].ended, true)) return;
  for (const auto& transaction : open_)
    if (transaction->stage[index(direction)] != Stage::none) {
      transaction->end_body(direction);
      transaction->offer(direction);
      advance(*transaction, direction, Stage::complete);
    }
  if (sides_[index(reverse(direction))].ended) close_all();
}

bool Http2Parser::frame(Side& side, const FrameHeader& frame, Bytes payload) {
  if (frame.length > payload.size()) {
    raise(AppEvent::http2_long_frame_data, side.direction, nullptr);
    return !frame.is(FrameType::headers) && !frame.is(FrameType::continuation) &&
           !frame.is(FrameType::push_promise);
  }
  if (payload.size() < least_size(frame)) {
    raise(AppEvent::http2_invalid_frame_length, side.direction, nullptr);
    return true;
  }
  // Nothing may come between the parts of a block of fields (section 6.10).
  if ((side.block_stream != 0) != frame.is(FrameType::continuation) ||
      (side.block_stream != 0 && side.block_stream != frame.stream &&
       side.block_direction == side.direction)) {
    raise(AppEvent::http2_invalid_frame_header, side.direction, nullptr);
    return false;
  }
  if (frame.is(FrameType::headers) || frame.is(FrameType::push_promise))
    return headers(side, frame, payload);
  if (frame.is(FrameType::continuation)) {
    auto& transaction = transaction_of(side.block_stream);
    transaction.add_number(side.direction, Http2Number::frame_type, frame.type);
    return add_block(side, payload, frame.has(frame_flag::kEndHeaders));
  }
  // What is said of a stream that is not open, or by an end that has ended it, stands for itself.
  auto* const known = frame.stream == 0 ? nullptr : find(frame.stream);
  const bool own = known != nullptr && known->stage[index(side.direction)] != Stage::complete;
  if (!own) connection_.begin(0, next_number_++, options_);
  auto& transaction = own ? *known : connection_;
  // That settings were taken says nothing.
  if (!frame.is(FrameType::settings) || !frame.has(frame_flag::kAck))
    transaction.add_number(side.direction, Http2Number::frame_type, frame.type);
  note(side, frame, payload, transaction);
  advance(transaction, side.direction, own ? Stage::line : Stage::complete);
  if (!own) sink_->on_done(transaction);
  if (known != nullptr && frame.is(FrameType::rst_stream)) close(*known);
  return true;
}

// The numbers of frames that have some.
void Http2Parser::note(Side& side, const FrameHeader& frame, Bytes payload,
                       Http2Transaction& transaction) {
  ByteReader in(payload);
  const auto add = [&](Http2Number kind, std::uint64_t number) {
    transaction.add_number(side.direction, kind, number);
  };
  if (frame.is(FrameType::settings)) {
    settings(side, frame, payload, transaction);
  } else if (frame.is(FrameType::window_update)) {
    add(Http2Number::window, in.u32() & kStreamMask);
  } else if (frame.is(FrameType::rst_stream)) {
    add(Http2Number::error_code, in.u32());
  } else if (frame.is(FrameType::goaway)) {
    static_cast<void>(in.u32());
    add(Http2Number::error_code, in.u32());
  } else if (frame.is(FrameType::priority)) {
    static_cast<void>(in.u32());
    add(Http2Number::priority, in.u8());
  }
}

void Http2Parser::settings(Side& side, const FrameHeader& frame, Bytes payload,
                           Http2Transaction& transaction) {
  auto& other = sides_[index(reverse(side.direction))];
  if (frame.has(frame_flag::kAck)) {
    if (side.table_size) side.hpack.set_table_size(*side.table_size);
    side.table_size.reset();
    return;
  }
  constexpr std::size_t kSetting = 6;
  ByteReader in(payload);
  while (in.left() >= kSetting) {
    const auto id = in.u16();
    const auto value = in.u32();
    transaction.add_number(side.direction, Http2Number::setting, std::uint64_t{id} << 32U | value);
    if (id == kHeaderTableSize) other.table_size = value;
  }
}

bool Http2Parser::headers(Side& side, const FrameHeader& frame, Bytes payload) {
  const auto said = without_padding(frame, payload);
  const bool push = frame.is(FrameType::push_promise);
  const std::size_t before = push ? 4 : frame.has(frame_flag::kPriority) ? 5 : 0;
  if (!said || said->size() < before || frame.stream == 0) {
    raise(AppEvent::http2_invalid_frame_data, side.direction, nullptr);
    return false;
  }
  ByteReader in(*said);
  auto stream = frame.stream;
  side.block_direction = side.direction;
  std::optional<std::uint8_t> weight;
  if (push) {
    stream = in.u32() & kStreamMask;
    if (stream == 0) {
      raise(AppEvent::http2_invalid_frame_data, side.direction, nullptr);
      return false;
    }
    side.block_direction = Direction::to_server;
  } else if (before != 0) {
    static_cast<void>(in.u32());
    weight = in.u8();
  }
  auto& transaction = transaction_of(stream);
  transaction.add_number(side.block_direction, Http2Number::frame_type, frame.type);
  if (weight) transaction.add_number(side.block_direction, Http2Number::priority, *weight);
  side.block_stream = stream;
  side.block_ends_stream = push || frame.has(frame_flag::kEndStream);
  side.block.clear();
  return add_block(side, in.rest(), frame.has(frame_flag::kEndHeaders));
}

bool Http2Parser::add_block(Side& side, Bytes fragment, bool ends) {
  if (side.block.size() + fragment.size() > kMostBlock) {
    raise(AppEvent::http2_invalid_header, side.direction, nullptr);
    return false;
  }
  side.block.insert(side.block.end(), fragment.begin(), fragment.end());
  return !ends || end_block(side);
}

bool Http2Parser::end_block(Side& side) {
  auto& transaction = transaction_of(std::exchange(side.block_stream, 0));
  const auto direction = side.block_direction;
  for (const auto size : Hpack::size_updates(side.block))
    transaction.add_number(direction, Http2Number::size_update, size);
  FieldSink fields(transaction, direction);
  const bool good = side.hpack.read(side.block, fields);
  if (!good) raise(AppEvent::http2_invalid_header, side.direction, &transaction);
  if (good && !side.block_ends_stream && transaction.is_interim(direction)) {
    transaction.forget_fields(direction);
    return true;
  }
  const auto authority = transaction.value_of(direction, ":authority");
  const auto host = transaction.value_of(direction, "host");
  if (!authority.empty() && !host.empty() && authority != host)
    raise(AppEvent::http2_authority_host_mismatch, side.direction, &transaction);
  if (authority.find('@') != std::string_view::npos)
    raise(AppEvent::http2_userinfo_in_uri, side.direction, &transaction);
  advance(transaction, direction, Stage::headers);
  if (side.block_ends_stream) {
    transaction.end_body(direction);
    transaction.offer(direction);
    advance(transaction, direction, Stage::complete);
    close_ended();
  }
  return good;
}

// A body comes after the fields of its stream: without any the stream has ended, or was reset.
// hot
void Http2Parser::data(Side& side, const FrameHeader& frame, Bytes bytes) {
  auto* const transaction = find(frame.stream);
  if (transaction == nullptr || transaction->stage[index(side.direction)] == Stage::complete)
    return;
  if (!transaction->add_body(side.direction, bytes, inflated_))
    raise(AppEvent::http2_failed_decompression, side.direction, transaction);
  bodies_grew_ = true;
}

void Http2Parser::data_end(Side& side, const FrameHeader& frame) {
  auto* const transaction = find(frame.stream);
  if (transaction == nullptr) return;
  transaction->add_number(side.direction, Http2Number::frame_type, frame.type);
  if (!frame.has(frame_flag::kEndStream)) {
    advance(*transaction, side.direction, Stage::line);
    return;
  }
  transaction->end_body(side.direction);
  transaction->offer(side.direction);
  advance(*transaction, side.direction, Stage::complete);
  close_ended();
}

// Once per call, however many frames a body came in.
void Http2Parser::tell_bodies() {
  if (!std::exchange(bodies_grew_, false)) return;
  for (const auto& transaction : open_)
    for (const auto direction : {Direction::to_server, Direction::to_client})
      if (transaction->stage[index(direction)] != Stage::complete && transaction->offer(direction))
        advance(*transaction, direction, Stage::body);
}

Http2Transaction* Http2Parser::find(std::uint32_t stream) {
  const auto found = std::find_if(open_.rbegin(), open_.rend(),
                                  [stream](const auto& t) { return t->stream() == stream; });
  return found == open_.rend() ? nullptr : found->get();
}

Http2Transaction& Http2Parser::transaction_of(std::uint32_t stream) {
  if (auto* known = find(stream)) return *known;
  if (open_.size() == kMostStreams) {
    raise(AppEvent::http2_too_many_streams, Direction::to_server, open_.front().get());
    close(*open_.front());
  }
  if (idle_.empty()) {
    open_.push_back(std::make_unique<Http2Transaction>());
  } else {
    open_.push_back(std::move(idle_.back()));
    idle_.pop_back();
  }
  open_.back()->begin(stream, next_number_++, options_);
  return *open_.back();
}

void Http2Parser::advance(Http2Transaction& transaction, Direction direction, Stage stage) {
  auto& reached = transaction.stage[index(direction)];
  if (reached == Stage::complete) return;
  reached = std::max(reached, stage);
  sink_->on_progress(transaction, direction);
}

void Http2Parser::close(Http2Transaction& transaction) {
  for (const auto direction : {Direction::to_server, Direction::to_client})
    if (transaction.stage[index(direction)] != Stage::none) {
      transaction.end_body(direction);
      transaction.offer(direction);
      advance(transaction, direction, Stage::complete);
    }
  sink_->on_done(transaction);
  const auto at = std::find_if(open_.begin(), open_.end(),
                               [&](const auto& t) { return t.get() == &transaction; });
  auto out = std::move(*at);
  open_.erase(at);
  if (idle_.size() < kMostIdle) idle_.push_back(std::move(out));
}

// Streams that both sides have ended.
void Http2Parser::close_ended() {
  for (std::size_t i = 0; i < open_.size();) {
    const auto& stage = open_[i]->stage;
    if (stage[0] == Stage::complete && stage[1] == Stage::complete)
      close(*open_[i]);
    else
      ++i;
  }
}

void Http2Parser::close_all() {
  while (!open_.empty()) close(*open_.front());
}

void Http2Parser::raise(AppEvent event, Direction direction, Transaction* transaction) {
  sink_->on_event(event, direction, transaction);
}

std::size_t Http2Parser::memory() const {
  std::size_t out = sizeof *this + inflated_.capacity() + connection_.memory();
  for (const auto& side : sides_)
    out += side.frames.memory() + side.block.capacity() + side.hpack.memory();
  for (const auto& transaction : open_) out += transaction->memory();
  for (const auto& transaction : idle_) out += transaction->memory();
  return out;
}

}  // namespace rampart::sniffer
