#include "net/background_work.h"

#include <uv.h>

#include <utility>

#include "net/loop.h"

namespace rampart::net {

struct BackgroundWork::Piece {
  uv_work_t request;
  BackgroundWork* owner;  // null: it is gone
  std::function<void()> work;
  std::function<void()> done;
};

BackgroundWork::BackgroundWork(Loop& loop) : loop_(loop) {}

BackgroundWork::~BackgroundWork() {
  if (running_ != nullptr) running_->owner = nullptr;
}

void BackgroundWork::add(std::function<void()> work, std::function<void()> done) {
  waiting_.push_back(std::make_unique<Piece>(Piece{{}, this, std::move(work), std::move(done)}));
  if (running_ == nullptr) begin_next();
}

void BackgroundWork::begin_next() {
  if (waiting_.empty()) return;
  running_ = waiting_.front().release();
  waiting_.pop_front();
  running_->request.data = running_;
  // Cannot fail: there is work to do.
  uv_queue_work(
      loop_.native(), &running_->request,
      [](uv_work_t* request) { static_cast<Piece*>(request->data)->work(); },
      [](uv_work_t* request, int status) {
        static_cast<Loop*>(request->loop->data)->note_event();
        std::unique_ptr<Piece> piece(static_cast<Piece*>(request->data));
        auto* owner = piece->owner;
        if (owner != nullptr) owner->end(std::move(piece), status == 0);
      });
}

void BackgroundWork::end(std::unique_ptr<Piece> piece, bool worked) {
  running_ = nullptr;
  begin_next();
  if (worked) piece->done();  // which may destroy this
}

}  // namespace rampart::net
