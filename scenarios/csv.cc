#include "scenarios/csv.h"

#include <fmt/core.h>

#include <algorithm>

namespace rampart::scenarios {
namespace {

using base::Errc;

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text), line_start_(text.data()) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] int line() const { return line_; }

  // A value of a record, by number, and where it begins.
  struct Wanted {
    std::size_t column = 0;
    std::string place{};
  };
  // The next record, with the end of its line. Only where not done.
  base::Result<std::vector<std::string>> record(Wanted* wanted = nullptr) {
    std::vector<std::string> values;
    do {
      if (wanted != nullptr && wanted->column == values.size())
        wanted->place = fmt::format("{}:{}", line_, column());
      if (values.size() == kMaxCsvColumns)
        return wrong(fmt::format("more than {} values in a line", kMaxCsvColumns));
      auto value = rest_.starts_with('"') ? quoted() : plain();
      if (!value) return base::fail(std::move(value).error());
      values.push_back(*std::move(value));
    } while (take(','));
    RAMPART_CHECK(end_line());
    return values;
  }

  [[nodiscard]] tl::unexpected<base::Error> wrong(std::string_view message) const {
    return wrong_at(line_, column(), message);
  }
  static tl::unexpected<base::Error> wrong_at(int line, std::ptrdiff_t column,
                                              std::string_view message) {
    return base::fail(Errc::parse, fmt::format("{}:{}: {}", line, column, message));
  }

 private:
  [[nodiscard]] std::ptrdiff_t column() const { return rest_.data() - line_start_ + 1; }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  base::Result<std::string> plain() {
    const auto end = std::min(rest_.find_first_of(",\"\r\n"), rest_.size());
    std::string value(rest_.substr(0, end));
    rest_.remove_prefix(end);
    if (rest_.starts_with('"'))
      return wrong("a quote inside of a value: put the whole value in quotes and double this one");
    return value;
  }

  base::Result<std::string> quoted() {
    const int line = line_;
    const auto start = column();
    rest_.remove_prefix(1);
    std::string value;
    while (true) {
      const auto quote = rest_.find('"');
      if (quote == std::string_view::npos)
        return wrong_at(line, start, "the quote that opens here is never closed");
      const auto piece = rest_.substr(0, quote);
      value += piece;
      line_ += static_cast<int>(std::count(piece.begin(), piece.end(), '\n'));
      if (const auto newline = piece.rfind('\n'); newline != std::string_view::npos)
        line_start_ = piece.data() + newline + 1;
      rest_.remove_prefix(quote + 1);
      if (!take('"')) break;
      value += '"';
    }
    if (!rest_.empty() && std::string_view(",\r\n").find(rest_.front()) == std::string_view::npos)
      return wrong(
          "after a closing quote comes a comma or the end of the line; a quote inside of "
          "a value is doubled");
    return value;
  }

  base::Status end_line() {
    if (rest_.starts_with('\r') && !rest_.starts_with("\r\n"))
      return wrong("a carriage return without a line feed: end lines with LF or CRLF");
    take('\r');
    take('\n');
    ++line_;
    line_start_ = rest_.data();
    return {};
  }

  std::string_view rest_;
  const char* line_start_;
  int line_ = 1;
};

// So that {{set.column}} can name it.
base::Status check_columns(const std::vector<std::string>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& name = columns[i];
    const auto bad = [&](std::string_view why) {
      return CsvReader::wrong_at(1, 1, fmt::format("column {} {}", i + 1, why));
    };
    if (name.empty()) return bad("has no name: the first line names the columns");
    const bool odd = std::any_of(name.begin(), name.end(), [](char c) {
      return static_cast<unsigned char>(c) < ' ' || c == '{' || c == '}' || c == 0x7F;
    });
    if (odd || name.size() > 64 || name.front() == ' ' || name.back() == ' ')
      return bad(
          "has a name that {{set.column}} cannot hold: at most 64 bytes, no braces, line "
          "breaks, tabs or blanks around it");
    if (std::find(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(i), name) !=
        columns.begin() + static_cast<std::ptrdiff_t>(i))
      return bad(fmt::format("is called '{}' like one before it", name));
  }
  return {};
}

std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

}  // namespace

base::Result<Csv> parse_csv(std::string_view text) {
  CsvReader reader(without_mark(text));
  if (reader.done()) return reader.wrong("the file is empty: its first line names the columns");
  Csv out;
  RAMPART_TRY(out.columns, reader.record());
  RAMPART_CHECK(check_columns(out.columns));
  while (!reader.done()) {
    const int line = reader.line();
    RAMPART_TRY(auto row, reader.record());
    if (row.size() != out.columns.size())
      return CsvReader::wrong_at(
          line, 1,
          fmt::format("{} value{}, and the first line names {} column{}", row.size(),
                      row.size() == 1 ? "" : "s", out.columns.size(),
                      out.columns.size() == 1 ? "" : "s"));
    if (out.rows.size() == kMaxCsvRows)
      return CsvReader::wrong_at(line, 1, fmt::format("more than {} rows", kMaxCsvRows));
    if ((out.rows.size() + 1) * out.columns.size() > kMaxCsvValues)
      return CsvReader::wrong_at(line, 1, fmt::format("more than {} values", kMaxCsvValues));
    out.rows.push_back(std::move(row));
  }
  if (out.rows.empty())
    return reader.wrong("there are no rows, only the line that names the columns");
  return out;
}

std::string csv_place(std::string_view text, std::size_t row, std::size_t column) {
  CsvReader reader(without_mark(text));
  CsvReader::Wanted wanted{column};
  for (std::size_t i = 0; i <= row && !reader.done(); ++i)
    if (!reader.record()) return {};
  if (reader.done() || !reader.record(&wanted)) return {};
  return wanted.place;
}

}  // namespace rampart::scenarios
