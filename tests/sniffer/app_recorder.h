#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "packet_builder.h"
#include "sniffer/app/parser.h"

namespace rampart::sniffer::test {

inline std::string text_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }
inline const char* arrow(Direction d) { return d == Direction::to_server ? ">" : "<"; }

// Writes down what a parser tells, and reads the buffers that it is asked to watch at each
// progress.
class AppRecorder final : public AppSink {
 public:
  explicit AppRecorder(std::vector<BufferId> watched = {}) : watched_(std::move(watched)) {}

  void on_progress(Transaction& transaction, Direction direction) override {
    // Memory and numbers are used again, by the next transaction and the next parser.
    EXPECT_FALSE(done_.count(&transaction) != 0 && transaction.number == last_done_ &&
                 transaction.stage[0] >= last_stage_[0] && transaction.stage[1] >= last_stage_[1])
        << "progress after the end";
    ++progress;
    stages[index(direction)] = transaction.stage[index(direction)];
    for (const auto id : watched_)
      for (unsigned i = 0;; ++i) {
        const auto view = transaction.buffer(id, direction, i);
        if (!view) break;
        const auto line = std::string(arrow(direction)) + std::string(info_of(id).sticky) + "=" +
                          text_of(view->data);
        if (std::find(buffers.begin(), buffers.end(), line) == buffers.end())
          buffers.push_back(line);
      }
  }
  void on_done(Transaction& transaction) override {
    ++done;
    done_.insert(&transaction);
    last_done_ = transaction.number;
    last_stage_ = transaction.stage;
  }
  void on_event(AppEvent event, Direction direction, Transaction* /*transaction*/) override {
    events.push_back(arrow(direction) + std::string(to_string(event)));
  }

  unsigned progress = 0;
  unsigned done = 0;
  std::array<Stage, 2> stages{};  // by Direction, of the last progress
  std::vector<std::string> events;
  std::vector<std::string> buffers;  // ">dns.query=example.org", repeats left out

 private:
  std::vector<BufferId> watched_;
  std::set<const Transaction*> done_;
  std::uint64_t last_done_ = 0;
  std::array<Stage, 2> last_stage_{};
};

// One side's words, in the order in which they were said.
struct Said {
  Direction direction;
  std::string text;
};

inline constexpr auto kClient = Direction::to_server;
inline constexpr auto kServer = Direction::to_client;

// Every piece as it is, or every byte for itself. False as soon as the parser gave up.
inline bool say(AppParser& parser, const std::vector<Said>& talk, AppSink& sink,
                bool byte_by_byte) {
  for (const auto& said : talk) {
    const auto bytes = octets(said.text);
    const std::size_t step = byte_by_byte ? 1 : bytes.size();
    for (std::size_t at = 0; at < bytes.size(); at += step)
      if (!parser.bytes(said.direction, Bytes(bytes).subspan(at, step), sink)) return false;
  }
  return true;
}

}  // namespace rampart::sniffer::test
