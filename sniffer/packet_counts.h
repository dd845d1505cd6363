#pragma once

#include "sniffer/decode/packet.h"
#include "sniffer/pipeline_counts.h"

namespace rampart::sniffer {

// Adds one packet that could be decoded to those of its kind. hot
void count_packet(const Packet& packet, PipelineStats& stats);

}  // namespace rampart::sniffer
