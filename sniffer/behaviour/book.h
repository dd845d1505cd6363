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
  HeavyHitters<base::IpAddress, kListed> sources;
  DistinctCounter distinct;  // sources
  HeavyHitters<std::uint16_t, 16> ports;
  BitmapSet<2048> pages;
  std::uint64_t pages_asked = 0;
  unsigned seconds = 0;  // since it was begun anew
  bool used = false;

  // Exact while the list has room.
  [[nodiscard]] double source_count() const {
    return sources.size() < kListed ? static_cast<double>(sources.size())
                                    : std::max(distinct.count(), static_cast<double>(kListed));
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

// A fixed number of them. One thread.
class Books {
 public:
  Books() : books_(kBooks) {}
  // kNoBook where all are taken: then the attack has no list of sources.
  std::uint16_t take() {
    if (taken_ == books_.size()) return kNoBook;
    for (std::size_t i = 0; i < books_.size(); ++i) {
      if (books_[i].used) continue;
      books_[i].clear();
      books_[i].used = true;
      ++taken_;
      return static_cast<std::uint16_t>(i);
    }
    return kNoBook;
  }
  void give_back(std::uint16_t& book) {
    if (book == kNoBook) return;
    books_[book].used = false;
    --taken_;
    book = kNoBook;
  }
  Book* at(std::uint16_t book) { return book == kNoBook ? nullptr : &books_[book]; }

 private:
  std::vector<Book> books_;
  std::size_t taken_ = 0;
};

}  // namespace rampart::sniffer::behaviour
