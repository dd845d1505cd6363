#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sniffer/app/transaction.h"
#include "sniffer/eve/eve_event.h"
#include "sniffer/eve/eve_file.h"
#include "sniffer/eve/eve_type.h"

namespace rampart::sniffer {

// The EVE lines of one pipeline: which events are wanted, how many there may be, and what is said
// of the transactions that alerts belong to. Of this run's own conversations only alerts are
// written: its load would be thousands of lines a second. One thread. hot: nothing is allocated or
// formatted for what is not written.
class EveLog {
 public:
  // Lines of anomalies per second of capture time; the counters count all.
  static constexpr std::uint64_t kMostAnomalies = 100;

  EveLog(EveFile file, EveSource source, EveTypes types)
      : file_(std::move(file)), source_(std::move(source)), types_(types) {}

  // A packet is looked at, or the end of a flow: what was kept for the alerts of the last is let
  // go.
  void begin() {
    kept_.clear();
    head_.clear();
  }
  // The transaction's memory is used again after this. `alerts`: it has alerts to come.
  void done(const Packet& packet, const Flow& flow, const Transaction& transaction, bool alerts);
  // `open` is the transaction where done() was not called for it, else null. The rule outlives the
  // log.
  void alert(const Packet& packet, const Flow* flow, const Rule& rule,
             std::optional<std::uint64_t> transaction, const Transaction* open);
  // An attack that was told from behaviour.
  void behaviour(const model::Detection& detection);
  void flow(const Flow& flow, FlowEnd end);
  // The decoder's objections to the packet; `flow` null: it belongs to none.
  void anomalies(const Packet& packet, const Flow* flow);
  void anomaly(const Packet& packet, const Flow& flow, AppEvent event,
               const Transaction* transaction);
  void stats(const EveStats& stats);

  // A second of capture time has ended.
  void second();
  void flush() { file_.flush(); }
  // As that of EveFile. Any thread.
  [[nodiscard]] base::Status reopen() const { return file_.reopen(); }

  [[nodiscard]] std::uint64_t lines() const { return file_.lines(); }
  [[nodiscard]] std::uint64_t lost() const { return file_.lost(); }
  [[nodiscard]] std::uint64_t own_left_out() const { return own_left_out_; }
  [[nodiscard]] std::uint64_t anomalies_left_out() const { return anomalies_left_out_; }
  [[nodiscard]] const std::string& warning() const { return file_.warning(); }

 private:
  struct Kept {
    std::uint64_t transaction;
    std::string object;
  };
  const std::string& head_of(const Packet& packet, const Flow* flow);
  bool may_write(EveType type, const Flow& flow);
  bool may_write_anomaly();

  EveFile file_;
  EveSource source_;
  EveTypes types_;
  std::vector<Kept> kept_;
  // Of the last alert's line since begin(), what all alerts of one packet and its way have alike.
  std::string head_;
  base::Endpoint head_source_;
  std::unordered_map<const Rule*, std::string> rules_;  // eve_alert_rule() of those that alerted
  std::string line_;
  std::uint64_t anomalies_ = 0;  // of this second
  std::uint64_t anomalies_left_out_ = 0;
  std::uint64_t own_left_out_ = 0;
};

}  // namespace rampart::sniffer
