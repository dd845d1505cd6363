#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rampart::probe {

// The status line and the fields of an HTTP answer.
struct HttpHead {
  std::string protocol;  // "HTTP/1.1", "HTTP/2.0"
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;  // as sent, in their order
  std::int64_t content_length = -1;                         // -1: not told

  // Of every field of this name, in whatever letters.
  [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
  // The first of them; empty where there is none.
  [[nodiscard]] std::string value(std::string_view name) const;
  // 1.1
  [[nodiscard]] double version() const;
};

// A control character that no field of HTTP can have: any but the tab. It could end a field and
// begin another one.
bool has_control(std::string_view text);
// Of a status that leads somewhere, where a Location says where.
bool is_redirect(int status);

// The same letters, whatever their case (ASCII).
bool same_field_name(std::string_view a, std::string_view b);

// Reads heads line by line, and takes and refuses what Go's net/http does. Any bytes are safe; how
// many there are is the caller's to bound.
class HeadReader {
 public:
  // What is asked for by HEAD has a length without having a body.
  explicit HeadReader(bool of_head) : of_head_(of_head) {}

  // With its line end. Lines behind the head, trailers, are passed over. Errc::parse.
  base::Status take(std::string_view line);
  // The empty line came: informational answers (1xx) are passed over.
  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] const HttpHead& head() const { return head_; }

 private:
  base::Status status_line(std::string_view line);
  base::Status field(std::string_view line);
  base::Status end();
  base::Status find_length();

  const bool of_head_;
  bool begun_ = false;
  bool whole_ = false;
  unsigned informational_ = 0;
  HttpHead head_;
};

}  // namespace rampart::probe
