#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/plan.h"
#include "probe/keep_list.h"
#include "probe/series_name.h"

namespace rampart::probe {

// The two formats of a metrics page.
enum class ExpositionFormat : std::uint8_t {
  text,         // Prometheus text format 0.0.4
  openmetrics,  // OpenMetrics 1.0: one blank between parts, exemplars, # EOF at the end
};

// One line of a page, without its line feed, read from left to right. Borrows the line.
class ExpositionLine {
 public:
  enum class Kind : std::uint8_t { comment, sample, end_of_page, malformed };

  ExpositionLine(std::string_view line, ExpositionFormat format)
      : line_(line), open_metrics_(format == ExpositionFormat::openmetrics) {}

  // `name` is written where the line is a sample of a metric in `keep`; more labels than `limits`
  // lets it have make the line malformed. Once.
  Kind read(const KeepList& keep, const model::PageLimits& limits, SeriesName& name);

  // Of a sample.
  [[nodiscard]] bool kept() const { return name_ != nullptr; }
  [[nodiscard]] double value() const { return value_; }
  // Of a malformed line: where, and what is wrong there.
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::string_view problem() const { return problem_; }
  // It is a limit's, not the line's own.
  [[nodiscard]] bool over_limit() const { return over_limit_; }

 private:
  [[nodiscard]] bool end() const { return at_ == line_.size(); }
  bool fail(std::string problem);
  bool take(char c);
  void blanks();  // that the format lets stand between parts
  bool separator();

  bool comment();
  bool metadata();
  bool sample(const KeepList& keep, const model::PageLimits& limits, SeriesName& name);
  bool identifier(std::string_view& out, bool colons);
  // Null: they are only checked.
  struct Labels {
    SeriesName& name;
    const model::PageLimits& limits;
  };
  bool labels(const Labels* into);
  bool label(const Labels* into);
  bool label_value(std::string* into);
  bool escape(std::string* into);
  std::string_view word();
  bool number(double& out);
  bool timestamp();
  bool exemplar();

  const std::string_view line_;
  const bool open_metrics_;
  std::size_t at_ = 0;
  SeriesName* name_ = nullptr;
  double value_ = 0;
  bool ends_page_ = false;
  std::string problem_;
  bool over_limit_ = false;
};

}  // namespace rampart::probe
