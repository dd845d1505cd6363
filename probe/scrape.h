#pragma once

#include <cstdint>

#include "model/outbox.h"
#include "model/plan.h"
#include "probe/http_exchange.h"
#include "probe/job.h"
#include "probe/keep_list.h"

namespace rampart::probe {

// Reads a Prometheus text page. up: status 200 and every line could be read; the content type is
// not judged.
class Scrape final : public Job, private HttpExchange::Listener {
 public:
  Scrape(const Context& context, const model::Plan& plan, std::uint32_t index,
         model::Outbox<model::ScrapeResult>& results);

  void start(Job::Listener& listener) override;

 private:
  void on_answer(HttpAnswer&& answer) override;

  const model::ScrapeSpec& spec_;
  const std::uint32_t index_;
  model::Outbox<model::ScrapeResult>& results_;
  KeepList keep_;
  HttpExchange exchange_;
  Job::Listener* listener_ = nullptr;
};

}  // namespace rampart::probe
