#include "sniffer/eve/eve_log.h"

#include <algorithm>

#include "sniffer/eve/app_object.h"
#include "sniffer/eve/behaviour_event.h"

namespace rampart::sniffer {
namespace {

std::string in_alert(const Transaction& transaction) {
  auto objects = app_objects(transaction, EveUse::in_alert);
  return objects.empty() ? std::string() : std::move(objects.front());
}

}  // namespace

bool EveLog::may_write(EveType type, const Flow& flow) {
  if (!types_.has(type)) return false;
  if (!flow.is_own()) return true;
  ++own_left_out_;
  return false;
}

bool EveLog::may_write_anomaly() {
  if (anomalies_++ < kMostAnomalies) return true;
  ++anomalies_left_out_;
  return false;
}

void EveLog::done(const Packet& packet, const Flow& flow, const Transaction& transaction,
                  bool alerts) {
  if (alerts && types_.has(EveType::alert))
    kept_.push_back({transaction.number, in_alert(transaction)});
  const auto type = eve_type_of(flow.app);
  if (!type || !may_write(*type, flow)) return;
  for (const auto& object : app_objects(transaction, EveUse::record))
    file_.line(eve_record(source_, packet,
                          {.flow = &flow, .transaction = transaction.number, .app_object = object},
                          *type));
}

void EveLog::alert(const Packet& packet, const Flow* flow, const Rule& rule,
                   std::optional<std::uint64_t> transaction, const Transaction* open) {
  if (!types_.has(EveType::alert)) return;
  std::string object;
  const auto kept = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& k) {
    return transaction && k.transaction == *transaction;
  });
  if (kept != kept_.end())
    object = kept->object;
  else if (open != nullptr)
    object = in_alert(*open);
  line_ = head_of(packet, flow);
  if (transaction) line_.append(",\"tx_id\":").append(std::to_string(*transaction));
  line_ += ",\"alert\":";
  if (rule.target) {
    line_ += eve_alert_rule(rule, packet);
  } else {
    auto& text = rules_[&rule];
    if (text.empty()) text = eve_alert_rule(rule, packet);
    line_ += text;
  }
  if (!object.empty()) line_.append(",").append(object);
  line_ += '}';
  file_.line(line_);
}

const std::string& EveLog::head_of(const Packet& packet, const Flow* flow) {
  const base::Endpoint source{packet.source, packet.source_port};
  if (head_.empty() || head_source_ != source) head_ = eve_alert_head(source_, packet, flow);
  head_source_ = source;
  return head_;
}

void EveLog::behaviour(const model::Detection& detection) {
  if (types_.has(EveType::alert)) file_.line(eve_behaviour(source_, detection));
}

void EveLog::flow(const Flow& flow, FlowEnd end) {
  if (may_write(EveType::flow, flow)) file_.line(eve_flow(source_, flow, end));
}

void EveLog::anomalies(const Packet& packet, const Flow* flow) {
  if (packet.events.empty() || !types_.has(EveType::anomaly)) return;
  packet.events.for_each([&](DecodeEvent event) {
    if (flow != nullptr && !may_write(EveType::anomaly, *flow)) return;
    if (may_write_anomaly()) file_.line(eve_anomaly(source_, packet, event));
  });
}

void EveLog::anomaly(const Packet& packet, const Flow& flow, AppEvent event,
                     const Transaction* transaction) {
  if (!may_write(EveType::anomaly, flow) || !may_write_anomaly()) return;
  EveContext context{.flow = &flow, .transaction = {}, .app_object = {}};
  if (transaction != nullptr) context.transaction = transaction->number;
  file_.line(eve_anomaly(source_, packet, context, event));
}

void EveLog::stats(const EveStats& stats) {
  if (types_.has(EveType::stats)) file_.line(eve_stats(stats));
}

void EveLog::second() {
  anomalies_ = 0;
  if (!source_.file) file_.flush();
}

}  // namespace rampart::sniffer
