#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "loadgen/request.h"
#include "model/plan.h"
#include "model/template.h"
#include "model/value_use.h"

namespace rampart::loadgen {

using model::ValueUse;

// Appends a value to a request target. What a target allows stays as it is: letters, digits, "%"
// with two hexadecimal digits, and any of -._~!$&'()*+,;=:@/? (RFC 3986, 3.3 and 3.4), so that a
// value may be a path with a query, too. Every other byte is percent-encoded.
void append_to_target(std::string& out, std::string_view value);

// A request of which path, header values and body are filled in for each flow. A value stands in a
// header and in the body as it is, in the path as append_to_target() says; blanks around a header's
// value are left out.
class RequestTemplate {
 public:
  // By variable, as model::variables_of() orders them.
  using Values = std::span<const std::string_view>;

  // Without a word of where it stands, Errc::config where a template is wrong.
  static base::Result<RequestTemplate> parse(model::Protocol protocol, const model::Target& target,
                                             const model::HttpRequest& request,
                                             std::string_view run_id,
                                             std::span<const std::string> names);

  // Whether it is the same for every flow.
  [[nodiscard]] bool constant() const { return constant_; }

  // hot. The path alone, in place of what `out` holds.
  void fill_path(std::string& out, Values values) const;
  // hot. The whole request, in the memory that `out` has. `path` is what fill_path() made;
  // `cookies` goes after those that the scenario sets.
  void fill(Request& out, Values values, std::string_view path, std::string_view cookies) const;

 private:
  struct Text {
    std::vector<model::TemplatePart> parts;

    [[nodiscard]] bool constant() const;
    void append_to(std::string& out, Values values) const;
    void append_value_to(std::string& out, Values values) const;
    [[nodiscard]] std::size_t size(Values values) const;
  };
  struct Field {
    std::string name;
    Text value;
    bool cookie = false;
    bool path = false;  // :path
  };

  void fill_http1(Request& out, Values values, std::string_view path,
                  std::string_view cookies) const;
  void fill_http2(Request& out, Values values, std::string_view path,
                  std::string_view cookies) const;

  bool http2_ = false;
  bool head_ = false;
  bool length_ = false;
  bool constant_ = false;
  bool own_cookie_ = false;
  std::string method_;
  Text path_;
  std::vector<Field> fields_;
  Text body_;
};

}  // namespace rampart::loadgen
