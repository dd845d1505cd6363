#pragma once

#include <string>
#include <vector>

#include "model/result.h"
#include "reports/lane.h"

// Tables of the HTML report as plain data. Text is raw: the template escapes it.

namespace rampart::reports {

struct PageCell {
  std::string text;
  std::string style = "";  // CSS classes: "num", "good", "bad", "warn", "faint", "code"
};

struct PageTable {
  std::string caption;
  std::vector<PageCell> heads = {};
  std::vector<std::vector<PageCell>> rows = {};
  bool caption_hidden = false;  // only read aloud: the heading above says the same
};

PageTable objectives_page_table(const model::RunResult& result);
PageTable evidence_page_table(const model::Verdict& verdict);
PageTable request_page_table(const model::RunResult& result);
PageTable latency_page_table(const model::RunResult& result);
PageTable probe_page_table(const model::RunResult& result);
PageTable up_page_table(const model::RunResult& result);
PageTable rule_page_table(const model::RunResult& result);
// Alerts on traffic that this run did not send, by rule and source, most frequent first.
PageTable stranger_page_table(const model::Evidence& evidence);
PageTable quality_page_table(const model::RunResult& result, const model::Evidence& evidence);
PageTable identity_page_table(const model::RunResult& result, const model::Evidence& evidence);

// The values of the chart in tables narrow enough for paper, each of at most 120 rows. A row holds
// the greatest value of its time.
std::vector<PageTable> timeline_page_tables(const Timeline& timeline);

}  // namespace rampart::reports
