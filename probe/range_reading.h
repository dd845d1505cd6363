#pragma once

#include <cstdint>
#include <optional>

#include "model/outbox.h"
#include "model/plan.h"
#include "net/timer.h"
#include "probe/http_exchange.h"
#include "probe/job.h"
#include "probe/range_query.h"
#include "probe/self_check.h"
#include "probe/stored_scrapes.h"

namespace rampart::probe {

// Reads from a Prometheus server the samples that it stored over the time of the run, each once: at
// each start those that have settled since, by points in time that are `interval` apart from the
// run's start on, in pages that are small enough to hold. Each point with samples is a ScrapeResult
// that is up, which holds what was sampled in the interval before it; an answer without any is one,
// too. An ask that failed is one that is not; what it should have read is asked for again the next
// time, as is what found no room in `results`. One that waited in vain while the prober was not
// well failed for a `local` reason.
//
// Before the first of them the server is asked which ends its ranges hold (RangeEnds). Where it
// does not say, `both` is taken, which is never wrong by more than a millisecond of each interval,
// and it is asked again ever less often.
//
// Points are told apart by their age when they are asked for: the server is taken to have the time
// of day that we have, whatever that is. Where its Date says otherwise, a result's detail says so.
class RangeReading final : public Job,
                           private HttpExchange::Listener,
                           private net::Timer::Listener {
 public:
  // `start` of the run.
  RangeReading(const Context& context, const model::Plan& plan, std::uint32_t index,
               base::MonoTime start, OwnTrouble& trouble,
               model::Outbox<model::ScrapeResult>& results);

  void start(Job::Listener& listener) override;
  // Reads the points up to `end`, settled or not. Also while something is read; that read's
  // listener is then told nothing.
  void close(base::MonoTime end, Job::Listener& listener);
  // Records that the end did not come in time, if some of it is left. The last call.
  void give_up();

 private:
  void ask();
  void ask_ends();
  void take_ends(const HttpAnswer& answer);
  void ask_points();
  void post(std::string form, base::Nanos timeout);
  [[nodiscard]] std::int64_t origin(base::Nanos age);
  void on_answer(HttpAnswer&& answer) override;
  void on_timer(net::Timer&) override { ask(); }
  void shrink();
  void grow(std::size_t series);
  [[nodiscard]] bool take(const RangeAnswer& answer, const std::string& remark);
  [[nodiscard]] std::string remark_of(const HttpAnswer& answer);
  void fail(base::MonoTime at, base::Nanos duration, model::ProbeReason reason, std::string detail);
  void push_failure(base::MonoTime at, base::Nanos duration, model::ProbeReason reason,
                    std::string detail);
  void done();

  const Context& context_;
  const model::ScrapeSpec& spec_;
  const std::uint32_t index_;
  const base::MonoTime start_;
  OwnTrouble& trouble_;
  model::Outbox<model::ScrapeResult>& results_;
  StoredScrapes stored_;
  HttpExchange exchange_;
  net::Timer again_;                       // while closing: when there may be room
  std::optional<std::int64_t> origin_ms_;  // the run's start by the server's clock
  std::uint64_t next_ = 1;                 // the first point that was not read
  std::uint64_t due_ = 1;                  // the first that is not read this time
  std::size_t most_;                       // points to ask for at once
  std::size_t ceiling_;                    // no more than that fits into one answer
  unsigned good_ = 0;                      // answers since that was found
  std::optional<RangeEnds> ends_;          // as the server said
  bool ends_asked_ = false;                // what is awaited is that
  std::uint64_t ends_wait_ = 0;            // asks for points until it is asked for them again
  std::uint64_t ends_step_ = 1;            // and how many it will be the next time
  RangePoints asked_;
  base::MonoTime asked_at_;
  base::MonoTime end_ = base::MonoTime::max();  // of the run, once it is known
  bool remarked_ = false;                       // the server's clock
  bool busy_ = false;
  bool closing_ = false;  // further starts do nothing
  Job::Listener* listener_ = nullptr;
};

}  // namespace rampart::probe
