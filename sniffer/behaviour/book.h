#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/ip_address.h"
#include "sniffer/behaviour/distinct.h"
#include "sniffer/behaviour/heavy_hitters.h"
#include "sniffer/behaviour/limits.h"

namespace rampart::sniffer::behaviour {

// Who does something suspicious, and to what; kept from the moment at which there is enough of it.
struct Book {
  static constexpr std::size_t kListed = 64;
  using Sources = HeavyHitters<base::IpAddress, kListed>;
  using Ports = HeavyHitters<std::uint16_t, 16>;
  Sources sources;
  DistinctCounter distinct;  // sources
  Ports ports;
  BitmapSet<2048> pages;
  std::uint64_t pages_asked = 0;
  unsigned seconds = 0;  // since it was begun anew

  // Exact while the list has room.
  [[nodiscard]] double source_count() const {
    const auto all = sources.size() < kListed
                         ? static_cast<double>(sources.size())
                         : std::max(distinct.count(), static_cast<double>(kListed));
    return all - static_cast<double>(sources.forgiven());
  }
  // Whom the rest cannot hide: addresses below that may be forged, and those that did as much good
  // are no attackers.
  [[nodiscard]] bool stands_out(const Sources::Hitter& source) const {
    return source.count > source.good &&
           static_cast<double>(source.count) >= kStandsOut * static_cast<double>(sources.total());
  }
  // It does too much to be a bystander: an attacker, while there is an attack.
  [[nodiscard]] bool attacks(const base::IpAddress& source, std::uint64_t hash) const {
    const auto its = sources.of(source, hash);
    return stands_out(its) &&
           static_cast<double>(its.count) >= kLikeTheFirst * static_cast<double>(sources.most());
  }

  void clear() {
    sources.clear();
    distinct.clear();
    ports.clear();
    pages.clear();
    pages_asked = 0;
    seconds = 0;
  }
};

inline constexpr std::uint16_t kNoBook = 0xFFFF;

// A fixed number of them. Where all are taken, the one that was opened the longest ago is taken
// away from its holder, but for those that are kept. One thread.
class Books {
 public:
  Books() : books_(kBooks), places_(kBooks) {}

  // Sets the holder's number, which must stay where it is until the book is given back; leaves it
  // at kNoBook where all are kept.
  void take(std::uint16_t& holder) {
    auto place = places_.begin();
    for (auto i = places_.begin(); i != places_.end() && place->holder != nullptr; ++i)
      if (i->holder == nullptr || place->kept || (!i->kept && i->opened < place->opened)) place = i;
    if (place->kept) {
      ++unlisted_;
      return;
    }
    const auto number = static_cast<std::uint16_t>(place - places_.begin());
    if (place->holder != nullptr) {
      unlisted_ += books_[number].sources.total();
      give_back(*place->holder);
    }
    books_[number].clear();
    *place = {&holder, ++now_, false};
    holder = number;
    ++taken_;
  }
  void give_back(std::uint16_t& holder) {
    if (holder == kNoBook) return;
    places_[holder] = {};
    --taken_;
    holder = kNoBook;
  }
  // Of an attack, or what may become one: nobody else gets it.
  void keep(std::uint16_t book, bool kept) {
    if (book != kNoBook) places_[book].kept = kept;
  }
  Book* at(std::uint16_t book) { return book == kNoBook ? nullptr : &books_[book]; }
  // To write in it. hot
  Book* open(std::uint16_t book) {
    if (book == kNoBook) return nullptr;
    places_[book].opened = ++now_;
    return &books_[book];
  }
  [[nodiscard]] bool none_taken() const { return taken_ == 0; }
  // What somebody did and no book has: it was taken away, or there was none.
  [[nodiscard]] std::uint64_t unlisted() const { return unlisted_; }

 private:
  struct Place {
    std::uint16_t* holder = nullptr;
    std::uint64_t opened = 0;  // counts up
    bool kept = false;
  };
  std::vector<Book> books_;
  std::vector<Place> places_;  // of each; apart, so that a search touches little
  std::size_t taken_ = 0;
  std::uint64_t now_ = 0;
  std::uint64_t unlisted_ = 0;
};

}  // namespace rampart::sniffer::behaviour
