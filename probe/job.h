#pragma once

namespace rampart::probe {

// One check that is done again and again: a probe, a scrape, a canary. Probe thread only.
class Job {
 public:
  class Listener {
   public:
    // Once per start, possibly from inside start(); the job has pushed its record.
    virtual void on_job_done() = 0;

   protected:
    ~Listener() = default;
  };

  virtual ~Job() = default;  // gives up what runs, unreported
  // Only when nothing runs.
  virtual void start(Listener& listener) = 0;
};

}  // namespace rampart::probe
