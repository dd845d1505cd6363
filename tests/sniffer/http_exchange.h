#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sniffer/app/http_parser.h"
#include "sniffer/app/http_transaction.h"

// One HTTP connection, and what its parser tells of it.

namespace rampart::sniffer::test {

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class HttpExchange final : public AppSink {
 public:
  explicit HttpExchange(HttpOptions options = {}) : parser_(make_http_parser(options)) {}

  // In pieces of `piece` bytes each. False where the parser gave the flow up.
  bool client(std::string_view text) { return say(Direction::to_server, text); }
  bool server(std::string_view text) { return say(Direction::to_client, text); }
  bool gap(Direction direction, std::uint64_t bytes) {
    return alive_ = alive_ && parser_->gap(direction, bytes, *this);
  }
  void end(Direction direction) {
    if (alive_) parser_->end(direction, *this);
  }
  void end() {
    end(Direction::to_server);
    end(Direction::to_client);
  }
  [[nodiscard]] std::optional<Handover> handover() const { return parser_->handover(); }
  [[nodiscard]] std::size_t memory() const { return parser_->memory(); }
  std::size_t piece = std::string_view::npos;

  // All that a buffer showed of a transaction, each view once; a later one that goes on where an
  // earlier one ended is added to it without what both have.
  struct Shown {
    std::string all;
    std::vector<std::pair<std::uint64_t, std::size_t>> views;  // base, size
    bool whole = false;
  };
  // Nullptr: never shown.
  const Shown* shown(BufferId id, Direction direction, std::uint64_t number = 0,
                     unsigned i = 0) const {
    const auto it = shown_.find({number, id, direction, i});
    return it == shown_.end() ? nullptr : &it->second;
  }
  bool whole(BufferId id, Direction direction) const {
    const auto* s = shown(id, direction);
    return s != nullptr && s->whole;
  }
  std::string request(BufferId id, std::uint64_t number = 0, unsigned i = 0) const {
    const auto* s = shown(id, Direction::to_server, number, i);
    return s == nullptr ? "(none)" : s->all;
  }
  std::string answer(BufferId id, std::uint64_t number = 0, unsigned i = 0) const {
    const auto* s = shown(id, Direction::to_client, number, i);
    return s == nullptr ? "(none)" : s->all;
  }

  std::vector<std::string> steps;   // "0>line": transaction, direction, stage; "0 done"
  std::vector<std::string> events;  // each once per transaction, as told
  std::map<std::uint64_t, std::uint64_t> answer_lengths;  // by transaction, as last told
  std::size_t open = 0;
  std::size_t most_open = 0;

  void on_progress(Transaction& t, Direction direction) override {
    if (known_.emplace(&t, t.number).second) most_open = std::max(most_open, ++open);
    static constexpr const char* kStages[] = {"none", "line", "headers", "body", "complete"};
    steps.push_back(std::to_string(t.number) + (direction == Direction::to_server ? ">" : "<") +
                    kStages[static_cast<int>(t.stage[index(direction)])]);
    answer_lengths[t.number] = dynamic_cast<const HttpTransaction&>(t).answer_length();
    for (const auto& info : buffer_infos())
      for (unsigned i = 0; auto view = t.buffer(info.id, direction, i); ++i)
        add(shown_[{t.number, info.id, direction, i}], *view);
  }
  void on_done(Transaction& t) override {
    steps.push_back(std::to_string(t.number) + " done");
    open -= known_.erase(&t);
  }
  void on_event(AppEvent event, Direction, Transaction*) override {
    events.emplace_back(to_string(event));
  }

 private:
  bool say(Direction direction, std::string_view text) {
    while (alive_ && !text.empty()) {
      // Memory of its own, so that reading beyond it is seen.
      const std::string part(text.substr(0, piece));
      text.remove_prefix(part.size());
      alive_ = parser_->bytes(direction, as_bytes(part), *this);
    }
    return alive_;
  }
  static void add(Shown& shown, const BufferView& view) {
    const std::string_view text{reinterpret_cast<const char*>(view.data.data()), view.data.size()};
    if (view.base <= shown.all.size())
      shown.all.resize(view.base);
    else
      shown.all.append(view.base - shown.all.size(), '?');
    shown.all += text;
    const std::pair<std::uint64_t, std::size_t> place{view.base, text.size()};
    if (shown.views.empty() || shown.views.back() != place) shown.views.push_back(place);
    shown.whole = view.whole;
  }

  std::unique_ptr<AppParser> parser_;
  bool alive_ = true;
  std::map<const Transaction*, std::uint64_t> known_;
  std::map<std::tuple<std::uint64_t, BufferId, Direction, unsigned>, Shown> shown_;
};

}  // namespace rampart::sniffer::test
