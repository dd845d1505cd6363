#include "sniffer/packet_counts.h"

namespace rampart::sniffer {

void count_packet(const Packet& packet, PipelineStats& stats) {
  if (packet.ip_version == 4) ++stats.ipv4;
  if (packet.ip_version == 6) ++stats.ipv6;
  if (packet.fragment) ++stats.fragments;
  if (packet.cut) ++stats.cut;
  if (packet.is_tcp())
    ++stats.tcp;
  else if (packet.is_udp())
    ++stats.udp;
  else if (packet.is_icmp())
    ++stats.icmp;
  else
    ++stats.other;
}

}  // namespace rampart::sniffer
