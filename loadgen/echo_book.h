#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rampart::loadgen {

// Which requests are out on one datagram socket, and whose reply a datagram is. The data of each
// request begins with a token of 64 bits: the number of the request on this socket, the place that
// it is out on, and a nonce over both. A reply counts only where its token is that of a request
// that is out now, so a late one, a second one and a stranger's are never taken for another's. Loop
// thread only; no allocation but in the constructor.
class EchoBook {
 public:
  static constexpr std::size_t kToken = 8;
  static constexpr std::uint32_t kMostPlaces = 65536;

  // `data`: what each request carries, kToken bytes or more, of which the token replaces the first;
  // borrowed.
  EchoBook(std::uint32_t places, std::uint64_t nonce, const std::string& data);

  // hot: a new request on a place where none is out.
  void begin(std::uint32_t place);
  // hot: its data, again where it has to be sent again.
  void write(std::uint32_t place, std::span<char> out) const;
  // hot: the place whose request has this reply; empty where there is none.
  [[nodiscard]] std::optional<std::uint32_t> find(std::span<const char> reply) const;
  // hot: whether the reply brings back all that was sent, and no more.
  [[nodiscard]] bool intact(std::span<const char> reply) const;
  // hot: no request is out there any more.
  void end(std::uint32_t place) { tokens_[place] = kNone; }

  [[nodiscard]] bool out(std::uint32_t place) const { return tokens_[place] != kNone; }
  [[nodiscard]] std::uint64_t number(std::uint32_t place) const { return tokens_[place] >> 16; }
  // How many requests there were.
  [[nodiscard]] std::uint64_t begun() const { return begun_; }
  [[nodiscard]] std::size_t size() const { return data_.size(); }

 private:
  static constexpr std::uint64_t kNone = 0;  // numbers begin at 1

  const std::uint64_t nonce_;
  const std::string& data_;
  std::uint64_t begun_ = 0;
  std::vector<std::uint64_t> tokens_;  // by place, without the nonce
};

}  // namespace rampart::loadgen
