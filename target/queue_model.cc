#include "target/queue_model.h"

#include <algorithm>
#include <utility>

namespace rampart::target {

QueueModel::QueueModel(Options options) : options_(std::move(options)) {
  for (std::uint32_t i = 0; i < std::max(options_.servers, 1U); ++i) free_at_.push({});
}

std::size_t QueueModel::waiting(base::MonoTime now) {
  while (!begins_.empty() && begins_.top() <= now) begins_.pop();
  return begins_.size();
}

QueueModel::Admission QueueModel::arrive(base::MonoTime now) {
  if (!std::exchange(started_, true)) first_ = now;
  if (options_.service_time.count() == 0) return {true, finish(now, base::Nanos(0))};
  const auto begin = finish(std::max(now, free_at_.top()), base::Nanos(0));
  if (begin > now && waiting(now) >= options_.queue_limit) return {};
  const auto done = finish(begin, options_.service_time);
  free_at_.pop();
  free_at_.push(done);
  if (begin > now) begins_.push(begin);
  return {true, done};
}

base::MonoTime QueueModel::finish(base::MonoTime begin, base::Nanos work) const {
  auto done = begin + work;
  for (const auto& hang : options_.hangs) {
    const auto from = first_ + hang.after;
    const auto to = from + hang.length;
    if (begin < to && (done > from || begin >= from)) done += to - std::max(from, begin);
  }
  return done;
}

}  // namespace rampart::target
