#include "net/loop.h"

#include <uv.h>

#include <csignal>

#include "base/assert.h"

namespace rampart::net {

struct Loop::Hooks {
  uv_prepare_t prepare;  // before the loop waits
  uv_check_t check;      // after it waited and ran the callbacks
  uv_idle_t idle;        // while it runs, the loop does not wait
  int open = 3;
};

void RingLink::link_before(RingLink& other) {
  previous_ = other.previous_;
  next_ = &other;
  previous_->next_ = this;
  other.previous_ = this;
}

void RingLink::unlink() {
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = this;
}

Loop::Loop()
    : loop_(std::make_unique<uv_loop_s>()),
      read_buffer_(std::make_unique_for_overwrite<char[]>(kBuffer)),
      write_buffer_(std::make_unique_for_overwrite<char[]>(kBuffer)) {
  std::signal(SIGPIPE, SIG_IGN);
  RAMPART_ASSERT(uv_loop_init(loop_.get()) == 0);
  loop_->data = this;
  hooks_ = new Hooks;
  uv_prepare_init(loop_.get(), &hooks_->prepare);
  uv_check_init(loop_.get(), &hooks_->check);
  uv_prepare_start(&hooks_->prepare, [](uv_prepare_t* h) {
    auto* self = static_cast<Loop*>(h->loop->data);
    self->run_deferred();
    self->begin_wait();
  });
  uv_check_start(&hooks_->check,
                 [](uv_check_t* h) { static_cast<Loop*>(h->loop->data)->note_event(); });
  uv_idle_init(loop_.get(), &hooks_->idle);
  hooks_->prepare.data = hooks_;
  hooks_->check.data = hooks_;
  hooks_->idle.data = hooks_;
  auto* prepare = reinterpret_cast<uv_handle_t*>(&hooks_->prepare);
  auto* check = reinterpret_cast<uv_handle_t*>(&hooks_->check);
  uv_unref(prepare);
  uv_unref(check);
  uv_unref(reinterpret_cast<uv_handle_t*>(&hooks_->idle));
  end_wait();
}

Loop::~Loop() {
  const auto closed = [](uv_handle_t* h) {
    auto* hooks = static_cast<Hooks*>(h->data);
    if (--hooks->open == 0) delete hooks;
  };
  uv_close(reinterpret_cast<uv_handle_t*>(&hooks_->prepare), closed);
  uv_close(reinterpret_cast<uv_handle_t*>(&hooks_->check), closed);
  uv_close(reinterpret_cast<uv_handle_t*>(&hooks_->idle), closed);
  // An object that outlives its loop would make the wait below endless.
  uv_walk(loop_.get(), [](uv_handle_t* h, void*) { RAMPART_ASSERT(uv_is_closing(h)); }, nullptr);
  while (uv_run(loop_.get(), UV_RUN_DEFAULT) != 0) {
  }
  RAMPART_ASSERT(uv_loop_close(loop_.get()) == 0);
}

void Loop::run() {
  end_wait();
  for (;;) {
    uv_run(loop_.get(), UV_RUN_DEFAULT);
    if (stopped_ || deferred_.alone()) break;
    run_deferred();  // libuv knows of nothing else to wait for
  }
  stopped_ = false;
}

void Loop::stop() {
  stopped_ = true;
  uv_stop(loop_.get());
}

void Loop::before_wait(Deferred& deferred) {
  if (deferred.alone()) deferred.link_before(deferred_);
}

// Those that are in the ring now: it gets a head that new ones do not know.
void Loop::run_deferred() {
  uv_idle_stop(&hooks_->idle);
  if (deferred_.alone()) return;
  RingLink due;
  due.link_before(*deferred_.next());
  deferred_.unlink();
  while (!due.alone()) {
    auto* next = static_cast<Deferred*>(due.next());
    next->unlink();
    next->before_wait();
  }
  // Added meanwhile, and due in the next turn: which then must come at once.
  if (!deferred_.alone()) uv_idle_start(&hooks_->idle, [](uv_idle_t*) {});
}

void Loop::begin_wait() noexcept {
  const auto now = clock_.mono();
  busy_ += now - busy_since_;
  turns_.record(now - turn_began_);
  waiting_ = true;
}

void Loop::end_wait() noexcept {
  waiting_ = false;
  turn_began_ = busy_since_ = clock_.mono();
}

Loop::Busy Loop::take_busy() {
  // The turn that runs now counts up to here, so that a long turn is not hidden from its second.
  if (!waiting_) {
    const auto now = clock_.mono();
    busy_ += now - busy_since_;
    busy_since_ = now;
  }
  Busy out{busy_, turns_};
  busy_ = base::Nanos(0);
  turns_.clear();
  return out;
}

}  // namespace rampart::net
