#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "loadgen/answer_check.h"
#include "loadgen/cookie_jar.h"
#include "loadgen/flow_values.h"
#include "loadgen/request.h"

namespace rampart::loadgen {

// One flow in progress: what it knows, the request that is out and what was seen of its answer.
// Belongs to an exchange and serves its flows one after the other, in the same memory. Loop thread
// only.
class Session {
 public:
  struct Options {
    std::size_t variables = 0;
    bool cookies = false;  // are kept
    bool tls = false;
    const base::Clock& clock;
  };
  explicit Session(const Options& options);

  // A new flow, with its number and no cookies.
  void begin(std::uint64_t number);
  // Its request has ended, whatever came of it: the request and what was seen of its answer are let
  // go. hot
  void forget();
  // The flow has ended: all that it knew is let go. hot
  void end();
  // A new request, whose answer is for `check`.
  void expect(const AnswerCheck& check);

  // Of the answer, from the channel, for requests with `observe`. hot
  void on_header(std::string_view name, std::string_view value);
  void on_body(std::span<const char> bytes) { check_->on_body(answer, bytes); }

  // What goes with a request for `target` in Cookie; valid until the next call.
  std::string_view cookies();
  [[nodiscard]] bool keeps_cookies() const { return jar_.has_value(); }

  FlowValues values;
  std::string target;  // of the request: its path and query
  Request request;     // where it is built for this flow
  Observed answer;

 private:
  const base::Clock& clock_;
  const AnswerCheck* check_ = nullptr;
  std::optional<CookieJar> jar_;
  std::string cookies_;
};

}  // namespace rampart::loadgen
