#include "sniffer/pipeline_stages.h"

// From packets to streams, and to what applications say in them.

namespace rampart::sniffer {

bool Pipeline::Stages::follow_tcp(const PacketContext& context, Flow& flow) {
  const auto& packet = context.packet;
  const bool to_server = context.direction == Direction::to_server;
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
  if (event.acceptable) reassemble(context, flow);
  if (event.acceptable && (packet.has(tcp_flag::kFin) || packet.has(tcp_flag::kRst)))
    end_application(context, flow);
  if (behaviour_) behaviour_->tcp(packet, flow, context.direction, event, app_);
  return event.acceptable;
}

// A FIN ends one direction, a reset both: what was open is whole now.
void Pipeline::Stages::end_application(const PacketContext& context, Flow& flow) {
  stream_flow_ = &flow;
  stream_context_ = &context;
  const auto mine = context.direction;
  if (flow.streams[index(mine)].waiting() == 0) app_.end(flow, mine, *this);
  if (context.packet.has(tcp_flag::kRst)) app_.end(flow, reverse(mine), *this);
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
    if (packet.has(tcp_flag::kSyn))
      stream.hold(packet.seq + 1, packet.payload, budget_);
    else
      stream.segment(packet.seq, packet.payload, budget_, *this);
  }
  const auto& receiver = flow.tcp.side(!to_server);
  if (receiver.acked != 0) stream.acknowledged(receiver.acked, budget_, *this);
  stream_events_.add(stream.take_remarks());
}

void Pipeline::Stages::on_bytes(Bytes bytes) {
  detector_->stream_bytes(*stream_flow_, *stream_context_, bytes);
  app_.bytes(*stream_flow_, stream_context_->direction, bytes, *this);
  detector_->stream_rules(*stream_flow_, *stream_context_);
}

void Pipeline::Stages::on_gap(std::uint64_t bytes) {
  totals_.stream_gaps += bytes;
  detector_->stream_gap(*stream_flow_, stream_context_->direction, bytes);
  app_.gap(*stream_flow_, stream_context_->direction, bytes, *this);
}

void Pipeline::Stages::on_repeat(std::uint64_t back, Bytes bytes) {
  if (detector_->differs(*stream_flow_, stream_context_->direction, back, bytes))
    stream_events_.add(StreamEvent::reassembly_overlap_different_data);
}

void Pipeline::Stages::on_progress(Transaction& transaction, Direction direction) {
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
