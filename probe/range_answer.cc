#include "probe/range_answer.h"

#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "probe/curl_reason.h"
#include "probe/go_number.h"
#include "probe/series_name.h"

namespace rampart::probe {
namespace {

using Json = nlohmann::json;

bool is_identifier(std::string_view text, bool colons) {
  bool first = true;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9' && !first;
    if (!letter && !digit && !(colons && c == ':')) return false;
    first = false;
  }
  return !text.empty();
}

// Where in the answer: {"status", "data": {"resultType", "result": [{"metric": {...}, "values":
// [[seconds, "value"], ...]}]}}. What is somewhere else is skipped.
enum class Place : std::uint8_t { root, data, result, item, metric, values, point, elsewhere };

// nlohmann's SAX callbacks; false ends the reading.
class RangeReader {
 public:
  explicit RangeReader(const model::PageLimits& limits) : limits_(limits) {}

  RangeAnswer take() {
    out_.of_server = !out_.error && status_ == "error";
    if (out_.of_server)
      refuse(fmt::format("{}: {}", error_type_.empty() ? "error" : error_type_,
                         error_.empty() ? "the server gives no reason" : error_));
    else if (!out_.error && (status_ != "success" || !saw_result_ || type_ != "matrix"))
      refuse("this is no answer of Prometheus's query_range");
    if (out_.error) out_.series.clear();
    return std::move(out_);
  }

  bool null() { return scalar(); }
  bool boolean(bool) { return scalar(); }
  bool number_integer(Json::number_integer_t v) { return number(static_cast<double>(v)); }
  bool number_unsigned(Json::number_unsigned_t v) { return number(static_cast<double>(v)); }
  bool number_float(Json::number_float_t v, const std::string&) { return number(v); }
  bool binary(Json::binary_t&) { return scalar(); }

  bool string(std::string& text) {
    switch (place()) {
      case Place::root:
        if (key_ == "errorType")
          error_type_ = printable(text);
        else if (key_ == "error")
          error_ = printable(text);
        else if (key_ == "status")
          status_ = std::move(text);
        return true;
      case Place::data:
        if (key_ == "resultType") type_ = std::move(text);
        return true;
      case Place::metric: return label(std::move(text));
      case Place::point: return value(text);
      default: return scalar();
    }
  }

  bool start_object(std::size_t) {
    const auto here = place();
    if (stack_.empty()) return push(Place::root);
    if (here == Place::root && key_ == "data") return push(Place::data);
    if (here == Place::result) return begin_item();
    if (here == Place::item && key_ == "metric") return push(Place::metric);
    return push(Place::elsewhere);
  }
  bool start_array(std::size_t) {
    const auto here = place();
    if (here == Place::data && key_ == "result") {
      saw_result_ = true;
      return push(Place::result);
    }
    if (here == Place::item && key_ == "values") return push(Place::values);
    if (here == Place::values) {
      parts_ = 0;
      return push(Place::point);
    }
    return push(Place::elsewhere);
  }
  bool key(std::string& text) {
    if (place() != Place::elsewhere) key_ = std::move(text);
    return true;
  }
  bool end_object() {
    const auto here = place();
    stack_.pop_back();
    return here != Place::item || end_item();
  }
  bool end_array() {
    const auto here = place();
    stack_.pop_back();
    return here != Place::point || parts_ == 2 || refuse("a point is not a time and a value");
  }
  bool parse_error(std::size_t at, const std::string&, const Json::exception&) {
    return refuse(fmt::format("byte {}: this is no JSON", at));
  }

 private:
  // Deep nesting costs a byte each.
  bool push(Place place) {
    stack_.push_back(place);
    return true;
  }
  [[nodiscard]] Place place() const { return stack_.empty() ? Place::elsewhere : stack_.back(); }

  bool refuse(std::string text) {
    if (!out_.error) out_.error = base::Error{base::Errc::parse, std::move(text)};
    return false;
  }
  bool refuse_size(std::string text) {
    out_.too_much = true;
    return refuse(std::move(text));
  }

  bool scalar() { return place() != Place::point || refuse("a point is not a time and a value"); }

  bool begin_item() {
    if (out_.series.size() == limits_.series)
      return refuse_size(
          fmt::format("more than {} series to record; keep fewer names", limits_.series));
    out_.series.emplace_back();
    metric_.clear();
    name_.begin({});
    return push(Place::item);
  }
  bool end_item() {
    name_.rename(metric_);
    if (!is_identifier(metric_, true)) return refuse("a series has no name");
    if (auto problem = name_.settle(limits_); !problem.empty()) return refuse(std::move(problem));
    auto& series = out_.series.back();
    series.series = name_.text();
    bytes_ += series.points.size() * series.series.size();
    if (bytes_ > kMaxRangeBytes)
      return refuse_size(fmt::format("more than {} MiB of samples at once", kMaxRangeBytes >> 20));
    return true;
  }
  bool label(std::string text) {
    if (key_ == "__name__") {
      metric_ = std::move(text);
      return true;
    }
    if (!is_identifier(key_, false)) return refuse("a label's name is no name");
    name_.add(key_, std::move(text));
    auto excess = name_.excess(limits_);
    return excess.empty() || refuse(std::move(excess));
  }

  bool number(double seconds) {
    if (place() != Place::point) return true;
    constexpr double kMost = 1e11;  // seconds; far beyond any clock, and safe as milliseconds
    if (parts_++ != 0 || !(std::abs(seconds) < kMost))
      return refuse("a point is not a time and a value");
    time_ = std::llround(seconds * 1e3);
    return true;
  }
  bool value(std::string_view text) {
    const auto v = go_number(text);
    if (parts_++ != 1 || !v) return refuse("a point is not a time and a value");
    if (++points_ > kMaxRangePoints)
      return refuse_size(fmt::format("more than {} points at once", kMaxRangePoints));
    auto& points = out_.series.back().points;
    if (!points.empty() && points.back().first >= time_)
      return refuse("the points of a series are not in the order of their times");
    points.emplace_back(time_, *v);
    return true;
  }

  const model::PageLimits& limits_;
  RangeAnswer out_;
  std::vector<Place> stack_;
  std::string key_;
  std::string status_, error_type_, error_, type_;
  bool saw_result_ = false;
  std::string metric_;
  SeriesName name_;
  int parts_ = 0;  // of the point
  std::int64_t time_ = 0;
  std::size_t points_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

RangeAnswer parse_range_answer(std::string_view text, const model::PageLimits& limits) {
  RangeReader reader(limits);
  Json::sax_parse(text.begin(), text.end(), &reader);
  return reader.take();
}

}  // namespace rampart::probe
