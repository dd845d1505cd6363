#include "loadgen/session.h"

#include <strings.h>

#include "base/reuse.h"

namespace rampart::loadgen {

Session::Session(const Options& options) : values(options.variables), clock_(options.clock) {
  if (options.cookies) jar_.emplace(options.tls);
}

void Session::begin(std::uint64_t number) {
  values.begin(number);
  if (jar_) jar_->clear();
}

void Session::forget() {
  answer.clear();
  request.clear();
  base::empty_out(target);
  base::empty_out(cookies_);
}

void Session::end() {
  forget();
  values.clear();
  if (jar_) jar_->clear();
}

void Session::expect(const AnswerCheck& check) {
  check_ = &check;
  check.start(answer);
}

void Session::on_header(std::string_view name, std::string_view value) {
  constexpr std::string_view kSetCookie = "set-cookie";
  check_->on_header(answer, name, value);
  if (jar_ && name.size() == kSetCookie.size() &&
      strncasecmp(name.data(), kSetCookie.data(), name.size()) == 0)
    jar_->store(value, target, clock_.wall());
}

std::string_view Session::cookies() {
  cookies_.clear();
  if (jar_ && !jar_->empty()) jar_->append_to(cookies_, target, clock_.wall());
  return cookies_;
}

}  // namespace rampart::loadgen
