#include "loadgen/pool.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace rampart::loadgen {
namespace {

using namespace std::chrono_literals;
using State = Channel::State;

constexpr base::Nanos kFirstPause = 100ms;
constexpr base::Nanos kLongestPause = 1s;
constexpr base::Nanos kDialsOfATurn = 5ms;
constexpr std::size_t kMostSources = 65536;

model::IpProto ip_proto_of(model::Protocol protocol, bool v6) {
  if (protocol == model::Protocol::udp) return model::IpProto::udp;
  if (protocol == model::Protocol::icmp) return v6 ? model::IpProto::icmp6 : model::IpProto::icmp;
  return model::IpProto::tcp;
}

}  // namespace

Pool::Pool(Options options, Surroundings around)
    : options_(options),
      around_(around),
      sources_(addresses_of(options.spec.sources, kMostSources)),
      jitter_(static_cast<std::uint32_t>(options.seed + options.worker)) {
  const double rate = options.spec.connection_rate.per_second;
  if (rate > 0) between_connects_ = base::from_seconds(options.workers / rate);
}

void Pool::add(std::unique_ptr<Channel> channel) {
  // Workers take the local addresses in turn, too.
  channel->source =
      static_cast<std::uint32_t>(options_.worker + channels_.size() * options_.workers);
  channels_.push_back(std::move(channel));
}

void Pool::connect(Channel& channel) {
  if (queued_.empty() && may_dial()) {
    dial(channel);
    return;
  }
  channel.state = State::queued;
  queued_.push_back(channel);
}

void Pool::open_queued() {
  while (!queued_.empty() && !stopped_ && may_dial()) dial(*queued_.pop_front());
}

void Pool::before_wait() {
  dialled_ = 0ns;
  open_queued();
}

bool Pool::may_dial() const {
  return dialled_ < kDialsOfATurn &&
         (between_connects_ == 0ns || next_connect_ <= around_.clock.mono());
}

void Pool::dial(Channel& channel) {
  around_.loop.before_wait(*this);
  const auto now = around_.clock.mono();
  // A rate is an upper bound: what was not used is not made up for, but for one tick.
  if (between_connects_ > 0ns)
    next_connect_ = std::max(next_connect_, now - 10ms) + between_connects_;
  ++channel.failures;  // until an answer comes
  channel.requests = 0;
  channel.state = State::connecting;
  channel.deadline = now + options_.spec.connect_timeout;
  connecting_.push_back(channel);
  const auto& endpoints = options_.target.endpoints;
  const auto& to = endpoints[channel.endpoint % endpoints.size()];
  std::optional<base::IpAddress> from;
  if (!sources_.empty()) from = sources_[channel.source % sources_.size()];
  channel.open(to, from);
  const auto proto = ip_proto_of(options_.spec.protocol, to.address.v6);
  const bool proto_has_ports = options_.spec.protocol != model::Protocol::icmp;
  // Without a port nothing was sent: it failed at once.
  if (const auto port = channel.local_port(); port != 0)
    around_.tuples.push({.local_port = port,
                         .remote = {to.address, proto_has_ports ? to.port : std::uint16_t{0}},
                         .proto = proto,
                         .owner = model::Owner::load,
                         .opened = now});
  dialled_ += around_.clock.mono() - now;
}

void Pool::opened(Channel& channel) {
  connecting_.remove(channel);
  channel.state = State::open;
}

State Pool::end(Channel& channel) {
  const auto was = channel.state;
  switch (was) {
    case State::queued: queued_.remove(channel); break;
    case State::connecting:
      connecting_.remove(channel);
      ++channel.endpoint;
      break;
    case State::backing_off: backing_off_.remove(channel); break;
    default: break;
  }
  channel.close();
  channel.state = State::closed;
  return was;
}

// Doubles from 100 ms to 1 s, with a quarter of jitter so that a pool does not come back in step.
void Pool::retry_later(Channel& channel, base::MonoTime now) {
  const auto doublings = std::min(std::max(channel.failures, 1U) - 1, 4U);
  const auto pause = std::min(kFirstPause * (1 << doublings), kLongestPause);
  std::uniform_real_distribution<double> spread(0.75, 1.25);
  channel.deadline = now + base::from_seconds(base::seconds(pause) * spread(jitter_));
  channel.state = State::backing_off;
  backing_off_.push_back(channel);
}

Channel* Pool::timed_out(base::MonoTime now) const {
  auto* first = connecting_.front();
  return first != nullptr && first->deadline <= now ? first : nullptr;
}

std::vector<base::IpAddress> addresses_of(const std::vector<base::Cidr>& networks,
                                          std::size_t most) {
  std::vector<base::IpAddress> out;
  for (const auto& network : networks) {
    const unsigned width = network.network.v6 ? 128 : 32;
    const unsigned host_bits = width - network.prefix;
    const std::uint64_t size = host_bits >= 32 ? 1ULL << 32U : 1ULL << host_bits;
    const bool edges = !network.network.v6 && host_bits > 1;  // network and broadcast address
    for (std::uint64_t i = edges ? 1 : 0; i < size - (edges ? 1 : 0) && out.size() < most; ++i) {
      auto address = network.network;
      auto rest = i;
      for (unsigned byte = width / 8; rest > 0 && byte-- > 0; rest >>= 8U)
        address.bytes[byte] = static_cast<std::uint8_t>(address.bytes[byte] | (rest & 0xFFU));
      out.push_back(address);
    }
  }
  return out;
}

}  // namespace rampart::loadgen
