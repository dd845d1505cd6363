#pragma once

#include <cstdint>
#include <optional>

#include "model/outbox.h"
#include "model/plan.h"
#include "probe/http_exchange.h"
#include "probe/job.h"
#include "probe/keep_list.h"
#include "probe/page_reader.h"
#include "probe/self_check.h"
#include "probe/staleness.h"

namespace rampart::probe {

// Reads a metrics page in one of Prometheus's formats, whichever the exporter prefers. up: status
// 200, and the whole page could be read within its limits. Of a page that could not, nothing is
// recorded. One that waited in vain while the prober was not well, or read other pages, is not up
// for a `local` reason, and then nothing is gone.
class Scrape final : public Job, private HttpExchange::Listener, private BodySink {
 public:
  Scrape(const Context& context, const model::Plan& plan, std::uint32_t index, OwnTrouble& trouble,
         model::Outbox<model::ScrapeResult>& results);

  void start(Job::Listener& listener) override;

 private:
  void begin(const BodyHead& head) override;
  std::optional<std::size_t> take(std::string_view bytes) override;
  void on_answer(HttpAnswer&& answer) override;
  void read_page(model::ScrapeResult& result);

  const model::ScrapeSpec& spec_;
  const std::uint32_t index_;
  OwnTrouble& trouble_;
  model::Outbox<model::ScrapeResult>& results_;
  KeepList keep_;
  Staleness staleness_;
  HttpExchange exchange_;
  std::uint16_t status_ = 0;        // of the body that comes
  std::optional<PageReader> page_;  // of an answer with status 200
  std::size_t aside_ = 0;           // bytes of another answer
  bool refused_ = false;            // what came is not wanted to its end
  Job::Listener* listener_ = nullptr;
};

}  // namespace rampart::probe
