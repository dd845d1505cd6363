#include <gtest/gtest.h>

#include <string>

#include "parse.h"
#include "scratch_folder.h"

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;

class CompileReplay : public testing::Test {
 protected:
  Parsed read(std::string_view arrival) const {
    return parse(with_target("load: [ { name: a, arrival: " + std::string(arrival) + " } ]\n"), {},
                 folder_.file("t.yml"));
  }
  std::string errors(std::string_view arrival) const {
    auto text = to_text(read(arrival).errors);
    const auto own = folder_.file("t.yml") + ":";
    return text.starts_with(own) ? text.substr(own.size()) : text;
  }
  ScratchFolder folder_;
};

TEST_F(CompileReplay, TimesReachThePlan) {
  folder_.write("times.txt", "0\n0.5\n2\n");
  const auto parsed = read("{ replay: times.txt }");
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& arrival = parsed.plan->loads[0].arrival;
  EXPECT_EQ(arrival.model, model::Arrival::Model::open);
  EXPECT_EQ(arrival.replay, (std::vector<base::Nanos>{0s, 500ms, 2s}));
  EXPECT_TRUE(arrival.stages.empty());
  EXPECT_EQ(arrival.duration, 2s + 1ns);  // so that the last is due within it
  EXPECT_EQ(parsed.plan->duration, 2s + 1ns);
}

TEST_F(CompileReplay, TheLoadMayLastLonger) {
  folder_.write("times.txt", "0\n0.5\n2\n");
  folder_.write("one.txt", "0\n");
  EXPECT_EQ(read("{ replay: times.txt, duration: 9s, requests: 2 }").plan->duration, 9s);
  EXPECT_EQ(read("{ replay: one.txt }").plan->duration, 100ms);
}

TEST_F(CompileReplay, Refused) {
  folder_.write("times.txt", "0\n0.5\n2\n");
  folder_.write("back.txt", "0\n2\n1\n");
  EXPECT_EQ(errors("{ replay: none.txt }"), "2:39: no such file: " + folder_.file("none.txt"));
  EXPECT_EQ(
      errors("{ replay: back.txt }"),
      "2:39: " + folder_.file("back.txt") + ":3: '1' lies before the line above: sort the times");
  EXPECT_EQ(errors("{ replay: times.txt, duration: 2s }"),
            "2:60: the last time of " + folder_.file("times.txt") +
                " is 2.00 s after the start: leave duration out, or make it longer");
  for (const std::string key : {"rate: 1/s", "stages: []", "distribution: poisson", "burst: 2"}) {
    const auto name = key.substr(0, key.find(':'));
    const auto found = errors("{ replay: times.txt, " + key + " }");
    EXPECT_NE(found.find("the replayed times already say it: leave " + name + " out"),
              std::string::npos)
        << found;
  }
  EXPECT_NE(errors("{ replay: times.txt, users: 3 }").find("users belong to the closed model"),
            std::string::npos);
  EXPECT_NE(errors("{ model: closed, users: 3, duration: 1s, replay: times.txt }")
                .find("replay belongs to the open model"),
            std::string::npos);
}

}  // namespace
}  // namespace rampart::scenarios
