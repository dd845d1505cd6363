#pragma once

#include <cstdint>
#include <optional>

#include "model/outbox.h"
#include "model/plan.h"
#include "probe/http_exchange.h"
#include "probe/job.h"
#include "probe/range_query.h"
#include "probe/staleness.h"

namespace rampart::probe {

// Reads from a Prometheus server what it stored over the time of the run, at points that are
// `interval` apart from the run's start on: at each start what has become due since, in pages that
// are small enough to hold. Each point is a ScrapeResult that is up. An ask that failed is one that
// is not; what it should have read is asked for again the next time.
//
// Points are told apart by their age when they are asked for: the server is taken to have the time
// of day that we have, whatever that is.
class RangeReading final : public Job, private HttpExchange::Listener {
 public:
  // `start` of the run.
  RangeReading(const Context& context, const model::Plan& plan, std::uint32_t index,
               base::MonoTime start, model::Outbox<model::ScrapeResult>& results);

  void start(Job::Listener& listener) override;
  // Reads the points up to `end` and the last one. Also while something is read; that read's
  // listener is then told nothing.
  void close(base::MonoTime end, Job::Listener& listener);
  // Records that what is awaited did not come in time, if something is. The last call.
  void give_up();

 private:
  void ask();
  void on_answer(HttpAnswer&& answer) override;
  void take(const RangeAnswer& answer);
  void fail(base::MonoTime at, base::Nanos duration, model::ProbeReason reason, std::string detail);
  void push_failure(base::MonoTime at, base::Nanos duration, model::ProbeReason reason,
                    std::string detail);
  void done();

  const Context& context_;
  const model::ScrapeSpec& spec_;
  const std::uint32_t index_;
  const base::MonoTime start_;
  model::Outbox<model::ScrapeResult>& results_;
  Staleness staleness_;
  HttpExchange exchange_;
  std::uint64_t next_ = 0;  // the first point that was not read
  std::uint64_t due_ = 0;   // the first that is not read this time
  std::size_t most_;        // points to ask for at once
  std::size_t ceiling_;     // no more than that fits into one answer
  RangePoints asked_;
  base::MonoTime asked_at_;
  bool busy_ = false;
  bool closing_ = false;  // further starts do nothing
  Job::Listener* listener_ = nullptr;
};

}  // namespace rampart::probe
