#include "loadgen/datagram_channel.h"

#include "loadgen/errors.h"
#include "loadgen/request.h"

namespace rampart::loadgen {

using model::LoadError;

DatagramChannel::DatagramChannel(net::Loop& loop, std::uint32_t streams, std::uint64_t nonce,
                                 const std::string& data, Channel::Listener& driver)
    : Channel(streams, driver),
      loop_(loop),
      book_(streams, nonce, data),
      unsent_(streams),
      blocked_(streams) {}

// The listener hears of it once the loop has its turn.
void DatagramChannel::open(const base::Endpoint& to, const std::optional<base::IpAddress>& from) {
  failure_ = dial(to, from);
  opening_ = true;
  loop_.before_wait(*this);
}

void DatagramChannel::close() {
  unlink();
  opening_ = false;
  for (std::uint32_t i = 0; i < exchanges().size(); ++i) cancel(exchanges()[i]);
  hang_up();
}

bool DatagramChannel::cancel(Exchange& exchange) {
  book_.end(exchange.index);
  unsent_[exchange.index].reset();
  blocked_[exchange.index] = false;
  return true;
}

// hot
void DatagramChannel::send(Exchange& exchange, const Request&) {
  book_.begin(exchange.index);
  if (transmit_on(exchange.index)) return;
  blocked_[exchange.index] = true;
  listener().on_blocked(exchange);
}

// hot
bool DatagramChannel::transmit_on(std::uint32_t place) {
  using Sent = net::SendOutcome::State;
  const auto message = loop_.write_buffer().first(kRoom + book_.size());
  book_.write(place, message.subspan(kRoom));
  const auto outcome = transmit(message, static_cast<std::uint16_t>(book_.number(place)));
  if (outcome.state == Sent::failed) {
    unsent_[place] = error_of(outcome.why, true);
    loop_.before_wait(*this);  // never from inside send()
  }
  return outcome.state != Sent::blocked;
}

void DatagramChannel::on_room() {
  for (std::uint32_t place = 0; place < blocked_.size(); ++place) {
    if (!blocked_[place]) continue;
    if (!transmit_on(place)) return;
    blocked_[place] = false;
  }
}

// hot
void DatagramChannel::on_datagram(std::span<const char> bytes) {
  const auto place = book_.find(bytes);
  if (!place) return;  // late, or a second one, or a stranger's
  Answer answer{.bytes = bytes.size()};
  if (!book_.intact(bytes)) answer.wrong = LoadError::wrong_echo;
  book_.end(*place);
  listener().on_answer(exchanges()[*place], answer);
}

void DatagramChannel::on_undelivered(net::StreamEnd why, std::span<const char> quoted) {
  const auto error = error_of(why, true);
  if (quoted.size() >= EchoBook::kToken) {
    if (const auto place = book_.find(quoted)) lose(*place, error);
    return;
  }
  // Too little came back to tell which: all that were out, but not what is sent in their place.
  const auto last = book_.begun();
  for (std::uint32_t place = 0; place < unsent_.size(); ++place)
    if (book_.out(place) && book_.number(place) <= last) lose(place, error);
}

void DatagramChannel::before_wait() {
  if (opening_) {
    opening_ = false;
    if (failure_)
      listener().on_end(*this, error_of(failure_->end, true));
    else
      listener().on_open(*this, static_cast<std::uint32_t>(exchanges().size()));
    return;
  }
  const auto last = book_.begun();
  for (std::uint32_t place = 0; place < unsent_.size(); ++place)
    if (unsent_[place] && book_.number(place) <= last) lose(place, *unsent_[place]);
}

void DatagramChannel::lose(std::uint32_t place, LoadError why) {
  auto& exchange = exchanges()[place];
  cancel(exchange);
  listener().on_lost(exchange, why);
}

}  // namespace rampart::loadgen
