#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

namespace rampart::net {

class Loop;

// For work that would keep a loop from its turns: done by a thread of libuv's pool, one piece after
// the other, so that it takes one core at most. Loop thread only.
class BackgroundWork {
 public:
  explicit BackgroundWork(Loop& loop);
  // What has not begun is not done; what runs is not waited for here (~Loop does), and nobody hears
  // of it.
  ~BackgroundWork();
  BackgroundWork(const BackgroundWork&) = delete;
  BackgroundWork& operator=(const BackgroundWork&) = delete;

  // Calls `work` on another thread, which may touch nothing but what it holds itself, and then
  // `done` on the loop's thread.
  void add(std::function<void()> work, std::function<void()> done);
  // Pieces that wait or run.
  [[nodiscard]] std::size_t size() const { return waiting_.size() + (running_ == nullptr ? 0 : 1); }

 private:
  struct Piece;

  void begin_next();
  void end(std::unique_ptr<Piece> piece, bool worked);

  Loop& loop_;
  std::deque<std::unique_ptr<Piece>> waiting_;
  Piece* running_ = nullptr;  // libuv holds it until it is done
};

}  // namespace rampart::net
