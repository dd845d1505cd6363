#include "probe/module/conversation.h"

#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "net/loop.h"
#include "probe/module/gauge.h"
#include "probe/module/module_tls.h"
#include "probe/module/peer_words.h"
#include "probe/module/stream_reason.h"
#include "probe/module/tls_contexts.h"
#include "probe/own_sockets.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

constexpr std::size_t kNotedLines = 100;   // in the log
constexpr std::size_t kLinesPerLook = 64;  // at the clock
constexpr std::size_t kShown = 256;        // bytes of a line; peer_words() shows less

}  // namespace

struct Conversation::Expectation {
  explicit Expectation(const std::string& text) : pattern(text, RE2::Quiet) {}

  RE2 pattern;
  std::string last;  // the beginning of the line before
};

Conversation::Conversation(const ModuleContext& context, Listener& listener)
    : context_(context), listener_(listener), timer_(context.loop, *this) {}

Conversation::~Conversation() = default;

void Conversation::start(ConversationAsk ask) {
  ask_ = std::move(ask);
  timer_.arm(ask_.deadline);
  const bool starttls = std::any_of(ask_.turns->begin(), ask_.turns->end(),
                                    [](const auto& turn) { return turn.starttls; });
  if (ask_.tls || starttls) {
    auto context = context_.tls.of(*ask_.tls_options);
    if (!context) {
      fail(ProbeReason::bad_module, context.error().text);
      return;
    }
    tls_context_ = *std::move(context);
    if (const auto& name = ask_.tls_options->server_name; !name.empty()) ask_.server_name = name;
    if (ask_.server_name.empty() && !ask_.tls_options->insecure) {
      fail(ProbeReason::bad_module,
           "tls: nobody says whose certificate it should be: set server_name");
      return;
    }
  }
  since_ = context_.clock.mono();  // what was read for TLS is no part of the connecting
  net::Stream::Listener& self = *this;
  const int fd = ask_.socket.release();
  plain_ = ask_.to ? net::TcpStream::connect(context_.loop, *ask_.to, self,
                                             {.socket = fd, .scope = ask_.scope})
                   : net::TcpStream::open(context_.loop, fd, self);
  if (ask_.to && !ask_.announced)
    context_.sockets.announce_tcp_port(plain_->local_port(), *ask_.to, model::Owner::probe);
}

net::Stream& Conversation::stream() {
  if (tls_) return *tls_;
  return *plain_;
}

void Conversation::on_open() {
  const auto now = context_.clock.mono();
  if (state_ == State::connecting) {
    out_.connect = now - since_;
    note(fmt::format("connected to {}", ask_.peer));
    since_ = now;
    if (ask_.tls)
      begin_tls();
    else
      begin_talking();
    return;
  }
  out_.tls = now - since_;
  out_.tls_info = net::tls_info(*tls_);
  out_.chain = net::peer_chain(*tls_);
  note(fmt::format("{} with {}", out_.tls_info->version, out_.tls_info->cipher));
  since_ = now;
  begin_talking();
}

void Conversation::begin_tls() {
  state_ = State::handshake;
  since_ = context_.clock.mono();
  if (lines_.left() > 0)
    note(fmt::format("threw away {} bytes that came in clear text before TLS", lines_.left()));
  lines_.clear();
  net::Stream::Listener& self = *this;
  tls_ = net::start_tls(*tls_context_, ask_.server_name, std::move(plain_), self);
}

void Conversation::begin_talking() {
  state_ = State::talking;
  go_on();
}

// Every step that may end the conversation is the last one here: it may be destroyed by then.
void Conversation::go_on() {
  while (turn_ < ask_.turns->size()) {
    const auto& turn = (*ask_.turns)[turn_];
    std::string send = turn.send;
    if (!turn.expect.empty() && !hear(turn, send)) return;
    if (!send.empty()) say(send);
    ++turn_;
    heard_ = 0;
    expected_.reset();
    if (!turn.starttls) continue;
    if (tls_) {
      fail(ProbeReason::bad_module, "starttls: TLS has begun before");
    } else if (ended_) {
      fail(ProbeReason::reset, fmt::format("{} closed before TLS", ask_.peer));
    } else {
      out_.tls_by_starttls = true;
      out_.exchange += context_.clock.mono() - since_;
      begin_tls();
    }
    return;
  }
  state_ = State::sending;
  if (ended_ || stream().queued() == 0) finish();
}

bool Conversation::hear(const model::QueryResponse& turn, std::string& send) {
  if (!expected_) {
    expected_ = std::make_unique<Expectation>(turn.expect);
    if (!expected_->pattern.ok()) {
      fail(ProbeReason::bad_module,
           fmt::format("expect '{}': {}", turn.expect, expected_->pattern.error()));
      return false;
    }
  }
  while (const auto line = lines_.next()) {
    // The timer waits as long as there is more to read.
    if (++heard_ % kLinesPerLook == 0 && context_.clock.mono() >= ask_.deadline) {
      out_of_time();
      return false;
    }
    if (noted_++ < kNotedLines) note(fmt::format("heard: {}", peer_words(*line)));
    if (is_as_expected(turn, *line, send)) return true;
    expected_->last.assign(line->substr(0, kShown));
  }
  if (lines_.too_long())
    fail(ProbeReason::protocol,
         fmt::format("{} sent a line of more than {} bytes", ask_.peer, LineReader::kLongest));
  else if (ended_)
    no_match(turn);
  return false;
}

bool Conversation::is_as_expected(const model::QueryResponse& turn, std::string_view line,
                                  std::string& send) {
  const auto& pattern = expected_->pattern;
  const int groups = 1 + pattern.NumberOfCapturingGroups();
  std::vector<re2::StringPiece> pieces(static_cast<std::size_t>(groups));
  if (!pattern.Match(line, 0, line.size(), RE2::UNANCHORED, pieces.data(), groups)) return false;
  Match match;
  match.names = pattern.NamedCapturingGroups();
  for (const auto& piece : pieces) match.groups.emplace_back(piece.data(), piece.size());
  note(fmt::format("that is as expected by '{}'", turn.expect));
  send = expand(turn.send, match);
  add_labels(turn, match);
  return true;
}

void Conversation::add_labels(const model::QueryResponse& turn, const Match& match) {
  if (turn.labels.empty()) return;
  model::MetricFamily::Series series;
  series.value = 1;
  for (const auto& [name, text] : turn.labels)
    series.labels.emplace_back(name, expand(text, match));
  const bool twice = std::any_of(out_.labels.begin(), out_.labels.end(),
                                 [&series](const auto& s) { return s.labels == series.labels; });
  if (!twice) out_.labels.push_back(std::move(series));
}

void Conversation::say(const std::string& line) {
  note(fmt::format("said: {}", peer_words(line)));
  stream().write(line + "\n");
}

void Conversation::no_match(const model::QueryResponse& turn) {
  out_.no_match = true;
  fail(ProbeReason::body_mismatch,
       heard_ == 0
           ? fmt::format("{} closed, and said nothing where '{}' was expected", ask_.peer,
                         turn.expect)
           : fmt::format("{} closed, and no line was as expected by '{}'; the last was '{}'",
                         ask_.peer, turn.expect, peer_words(expected_->last)));
}

void Conversation::on_data(std::span<const char> bytes) {
  if (state_ != State::talking) return;
  lines_.add(bytes);
  go_on();
}

void Conversation::on_drained() {
  if (state_ == State::sending) finish();
}

void Conversation::on_end(net::StreamEnd end, std::string_view detail) {
  const auto failed = [&](std::string_view what) {
    const auto reason = reason_of(end);
    fail(reason, fmt::format("{} {}: {}{}", what, ask_.peer, detail,
                             tls_ ? certificate_advice(reason, net::peer_chain(*tls_)) : ""));
  };
  switch (state_) {
    case State::connecting: failed("connect"); return;
    case State::handshake: failed("tls with"); return;
    case State::talking:
      if (end != net::StreamEnd::eof) {
        failed("talk to");
        return;
      }
      ended_ = true;
      lines_.end();
      go_on();
      return;
    case State::sending:  // a peer that says no more may still listen
      if (end == net::StreamEnd::eof)
        finish();
      else
        failed("send to");
      return;
    case State::over: return;
  }
}

void Conversation::on_timer(net::Timer&) { out_of_time(); }

void Conversation::out_of_time() {
  if (state_ == State::connecting) {
    fail(ProbeReason::connect_timeout, fmt::format("connect {}: no answer in time", ask_.peer));
  } else if (state_ == State::handshake) {
    fail(ProbeReason::timeout_first_byte,
         fmt::format("tls with {}: no whole handshake in time", ask_.peer));
  } else if (state_ == State::sending) {
    fail(ProbeReason::timeout_transfer,
         fmt::format("{} did not take what was sent to it in time", ask_.peer));
  } else if (heard_ > 0) {
    fail(ProbeReason::body_mismatch,
         fmt::format("no line of {} was as expected by '{}' in time; the last was '{}'", ask_.peer,
                     (*ask_.turns)[turn_].expect, peer_words(expected_->last)));
  } else if (lines_.left() > 0) {
    fail(ProbeReason::timeout_transfer, fmt::format("{}: no whole line in time", ask_.peer));
  } else {
    fail(ProbeReason::timeout_first_byte, fmt::format("{}: no line in time", ask_.peer));
  }
}

void Conversation::note(std::string text) { out_.log.push_back(std::move(text)); }

void Conversation::fail(ProbeReason reason, std::string detail) {
  out_.reason = reason;
  out_.detail = std::move(detail);
  finish();
}

void Conversation::finish() {
  const auto spent = context_.clock.mono() - since_;
  if (state_ == State::connecting) out_.connect = spent;
  if (state_ == State::handshake) {
    out_.tls = spent;
    if (tls_) out_.chain = net::peer_chain(*tls_);
  }
  if (state_ == State::talking || state_ == State::sending) {
    out_.exchange += spent;
    stream().shutdown();
  }
  state_ = State::over;
  timer_.disarm();
  tls_.reset();
  plain_.reset();
  auto conversed = std::move(out_);  // the conversation may be destroyed in the call
  listener_.on_conversed(std::move(conversed));
}

std::vector<model::MetricFamily> conversation_families(const Conversed& conversed) {
  std::vector<model::MetricFamily> out;
  out.push_back(gauge("probe_failed_due_to_regex", "Indicates if probe failed due to regex",
                      flag(conversed.no_match)));
  if (!conversed.labels.empty())
    out.push_back({"probe_expect_info", "Explicit content matched",
                   model::MetricFamily::Type::gauge, conversed.labels});
  if (conversed.tls_info) out.push_back(tls_version_family(*conversed.tls_info));
  if (conversed.chain)
    for (auto& family : chain_families(*conversed.chain, conversed.tls_info.has_value()))
      out.push_back(std::move(family));
  return out;
}

}  // namespace rampart::probe
