#include "sniffer/pipeline_stages.h"

// From packets to streams, and to what applications say in them.

namespace rampart::sniffer {

bool Pipeline::Stages::follow_tcp(const PacketContext& context, Flow& flow) {
  const auto& packet = context.packet;
  const bool to_server = context.direction == Direction::to_server;
  // After the end nothing belongs to the stream but what it still lacks.
  const auto end = packet.seq + static_cast<std::uint32_t>(packet.payload.size());
  const bool again = flow.tcp.state() >= TcpState::closed && !packet.payload.empty() &&
                     flow.streams[index(context.direction)].is_past(end);
  const auto event = flow.tcp.update(packet, to_server, options_.midstream);
  stream_events_ = event.remarks;
  if (event.retransmit) {
    ++stats_.retransmits;
    meter_.retransmit();
  }
  if (event.zero_window) ++stats_.zero_windows;
  if (packet.has(tcp_flag::kRst)) ++stats_.resets;
  if (event.handshake) meter_.handshake(flow, event);
  if (event.closed) meter_.flow_closed();
  // The client's part first: what the server says answers it.
  if (event.handshake && !to_server) release(context, flow);
  if (event.acceptable && packet.has(tcp_flag::kSyn))
    follow_syn(context, flow, event);
  else if (event.acceptable)
    reassemble(context, flow);
  if (event.handshake && to_server) release(context, flow);
  if (event.acceptable && packet.has(tcp_flag::kFin)) end_application(context, flow);
  if (behaviour_) behaviour_->tcp(packet, flow, context.direction, event, app_);
  return event.acceptable && !again;
}

// A FIN ends its direction once everything before it came. A reset ends nothing here: it may be
// somebody else's, and its receiver go on (RFC 5961, section 3). What was open then is judged when
// the flow ends, on_flow_end(), which is sooner where the parsers' memory is short.
void Pipeline::Stages::end_application(const PacketContext& context, Flow& flow) {
  const auto& packet = context.packet;
  if (!flow.streams[index(context.direction)].is_past(packet.seq + packet.payload_size)) return;
  stream_flow_ = &flow;
  stream_context_ = &context;
  app_.end(flow, context.direction, *this);
}

// What a SYN carries (RFC 7413) waits for the answer, which says whether it was taken. Once there
// is an answer no more of it is: who has the connection throws a SYN away.
void Pipeline::Stages::follow_syn(const PacketContext& context, Flow& flow, const TcpEvent& event) {
  const auto& packet = context.packet;
  const bool answers = packet.has(tcp_flag::kAck);
  if (event.retransmit && (answers || flow.tcp.state() != TcpState::syn_sent)) return;
  auto& stream = flow.streams[index(context.direction)];
  if (!event.retransmit) stream.reset(budget_);  // another number: it begins anew
  const auto start = flow.tcp.stream_start(true);
  auto& asked = flow.streams[index(Direction::to_server)];
  if (answers && packet.ack == start && !asked.is_past(start + 1)) asked.reset(budget_);
  if (packet.payload.empty()) return;
  if (!stream.started()) stream.start(packet.seq + 1);
  stream.hold(packet.seq + 1, packet.payload, budget_);
  stream_events_.add(stream.take_remarks());
}

void Pipeline::Stages::follow_datagram(const PacketContext& context, Flow& flow) {
  stream_flow_ = &flow;
  stream_context_ = &context;
  app_.datagram(flow, context.direction, context.packet.payload, *this);
}

void Pipeline::Stages::reassemble(const PacketContext& context, Flow& flow) {
  const auto& packet = context.packet;
  const bool to_server = context.direction == Direction::to_server;
  auto& stream = flow.streams[index(context.direction)];
  // What a reset carries is a message about the connection, not part of its stream (RFC 9293,
  // section 3.5.3).
  const bool adds =
      !packet.has(tcp_flag::kRst) && (!packet.payload.empty() || packet.has(tcp_flag::kFin));
  // Even a packet without bytes is a chance to judge what waits behind a hole that was acknowledged
  // meanwhile: there may be no other.
  if (!adds && stream.waiting() == 0) return;
  stream_flow_ = &flow;
  stream_context_ = &context;
  if (adds) {
    if (!stream.started()) stream.start(flow.tcp.stream_start(to_server));
    if (flow.tcp.opening())
      stream.hold(packet.seq, packet.payload, budget_);
    else
      stream.segment(packet.seq, packet.payload, budget_, *this);
  }
  const auto& receiver = flow.tcp.side(!to_server);
  if (receiver.acked != 0 && !flow.tcp.opening())
    stream.acknowledged(receiver.acked, budget_, *this);
  stream_events_.add(stream.take_remarks());
}

// The packet completed the handshake: what the other side said before is part of the connection.
void Pipeline::Stages::release(const PacketContext& context, Flow& flow) {
  const auto other_side = reverse(context.direction);
  auto& stream = flow.streams[index(other_side)];
  if (stream.waiting() == 0) return;
  const auto packet = reversed(context.packet);
  const PacketContext other{packet, &flow, other_side, &stream_events_, true};
  stream_flow_ = &flow;
  stream_context_ = &other;
  stream.acknowledged(context.packet.ack, budget_, *this);
  stream_context_ = nullptr;
}

void Pipeline::Stages::on_bytes(Bytes bytes) {
  detector_->stream_bytes(*stream_flow_, *stream_context_, bytes);
  app_.bytes(*stream_flow_, stream_context_->direction, bytes, *this);
  detector_->stream_rules(*stream_flow_, *stream_context_);
}

void Pipeline::Stages::on_gap(std::uint64_t bytes) {
  if (!flow_ends_) totals_.stream_gaps += bytes;
  detector_->stream_gap(*stream_flow_, stream_context_->direction, bytes);
  app_.gap(*stream_flow_, stream_context_->direction, bytes, *this);
}

void Pipeline::Stages::on_repeat(std::uint64_t back, Bytes bytes) {
  if (detector_->differs(*stream_flow_, stream_context_->direction, back, bytes))
    stream_events_.add(StreamEvent::reassembly_overlap_different_data);
}

void Pipeline::Stages::on_progress(Transaction& transaction, Direction direction) {
  if (transaction.behind) *transaction.behind += app_.unread(direction);
  if (behaviour_)
    behaviour_->transaction(*stream_flow_, transaction, direction, stream_context_->packet.time);
  if (direction == stream_context_->direction) {
    detector_->transaction(*stream_flow_, *stream_context_, transaction);
    return;
  }
  // The other side's part, which this packet showed to be complete.
  const auto packet = reversed(stream_context_->packet);
  detector_->transaction(*stream_flow_, {packet, stream_flow_, direction}, transaction);
}

// Rules have judged each step of it already.
void Pipeline::Stages::on_done(Transaction& transaction) {
  if (eve_)
    eve_->done(stream_context_->packet, *stream_flow_, transaction,
               detector_->has_matched(transaction.number));
}

void Pipeline::Stages::on_event(AppEvent event, Direction direction, Transaction* transaction) {
  if (eve_) eve_->anomaly(stream_context_->packet, *stream_flow_, event, transaction);
  if (direction == stream_context_->direction) {
    detector_->event(*stream_flow_, *stream_context_, event, transaction);
    return;
  }
  const auto packet = reversed(stream_context_->packet);
  detector_->event(*stream_flow_, {packet, stream_flow_, direction}, event, transaction);
}

}  // namespace rampart::sniffer
