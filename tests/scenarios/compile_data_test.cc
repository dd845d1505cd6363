#include <gtest/gtest.h>

#include <string>

#include "parse.h"
#include "scratch_folder.h"

namespace rampart::scenarios {
namespace {

class CompileData : public testing::Test {
 protected:
  Parsed read(std::string_view data, std::string_view get = "/",
              std::string_view arrival = "rate: 1/s, duration: 1s") const {
    return parse(with_target("load: [ { name: a, arrival: { " + std::string(arrival) +
                             " }, data: " + std::string(data) + ",\n  flow: [ { get: \"" +
                             std::string(get) + "\" } ] } ]\n"),
                 {}, folder_.file("t.yml"));
  }
  std::string errors(std::string_view data, std::string_view get = "/") const {
    auto text = to_text(read(data, get).errors);
    const auto own = folder_.file("t.yml") + ":";
    return text.starts_with(own) ? text.substr(own.size()) : text;
  }
  ScratchFolder folder_;
};

TEST_F(CompileData, RowsReachThePlan) {
  folder_.write("users.csv", "name,pass\nann,1\nbob,\"2,3\"\n");
  folder_.write("items.csv", "id\n7\n8\n9\n");
  const auto parsed = read("{ users: users.csv, items: { file: items.csv, order: random } }",
                           "/{{users.name}}/{{items.id}}");
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& load = parsed.plan->loads[0];
  ASSERT_EQ(load.data.size(), 2U);
  EXPECT_EQ(load.data[0].name, "users");
  EXPECT_EQ(load.data[0].file, folder_.file("users.csv"));
  EXPECT_EQ(load.data[0].order, model::DataSet::Order::sequential);
  EXPECT_EQ(load.data[0].columns, (std::vector<std::string>{"name", "pass"}));
  ASSERT_EQ(load.data[0].rows->size(), 2U);
  EXPECT_EQ((*load.data[0].rows)[1][1], "2,3");
  EXPECT_EQ(load.data[1].name, "items");
  EXPECT_EQ(load.data[1].order, model::DataSet::Order::random);
  EXPECT_EQ(load.arrival.max_requests, 0U);
}

TEST_F(CompileData, UniqueRowsBoundTheFlows) {
  folder_.write("items.csv", "id\n7\n8\n9\n");
  const std::string unique = "{ items: { file: items.csv, order: unique } }";
  const auto flows = [&](std::string_view arrival) {
    return read(unique, "/", arrival).plan->loads[0].arrival.max_requests;
  };
  EXPECT_EQ(flows("rate: 1/s, duration: 1s"), 3U);
  EXPECT_EQ(flows("rate: 1/s, duration: 1s, requests: 2"), 2U);
  EXPECT_EQ(flows("users: 2, duration: 1s, requests: 20"), 3U);
}

TEST_F(CompileData, Refused) {
  folder_.write("bad.csv", "id,name\n7\n");
  folder_.write("good.csv", "id\n7\n");
  EXPECT_EQ(errors("{ x: none.csv }"), "2:69: no such file: " + folder_.file("none.csv"));
  EXPECT_EQ(errors("{ x: bad.csv }"), "2:69: " + folder_.file("bad.csv") +
                                          ":2:1: 1 value, and the first line names 2 columns");
  EXPECT_EQ(
      errors("{ x: { file: bad.csv } }"),
      "2:77: " + folder_.file("bad.csv") + ":2:1: 1 value, and the first line names 2 columns");
  EXPECT_EQ(errors("{ x: { order: random } }"), "2:69: 'file' is missing in load.data: the same");
  EXPECT_EQ(errors("{ x: { file: good.csv, order: rndom } }"),
            "2:94: load.data.order: unknown word 'rndom': did you mean 'random'?");
  EXPECT_EQ(errors("{ \"a b\": good.csv }"),
            "2:66: 'a b' is not a name: 1 to 64 letters, digits, '.', '_' or '-'");
  EXPECT_EQ(errors("{ x: good.csv }", "/{{x.name}}"),
            "3:18: nothing is called 'x.name' here; there is flow.number, x.id");
  EXPECT_EQ(errors("{ x: . }"), "2:69: is a folder, not a file: " + folder_.file("."));
}

// What a run would refuse, with the place in the data file.
TEST_F(CompileData, ValuesThatNoRequestCanCarry) {
  folder_.write("x.csv", "\xEF\xBB\xBFid,note\n7,\"one\ntwo\"\n");
  const std::string header = "/\", headers: { X: \"{{x.note}}\" }, name: \"n";
  const auto wrong = folder_.file("x.csv") +
                     ":2:3: a request cannot carry this 'note': a header takes no line break, a "
                     "path begins with /, and neither takes more than 65536 bytes";
  EXPECT_EQ(errors("{ x: x.csv }", header), "2:69: " + wrong);
  EXPECT_EQ(errors("{ x: { file: x.csv } }", header), "2:77: " + wrong);
  EXPECT_EQ(errors("{ x: x.csv }", "/?{{x.note}}"), "");
}

// The columns of a file that cannot be read are not known: its trouble is told once.
TEST_F(CompileData, OneCauseOneError) {
  folder_.write("bad.csv", "id,name\n7\n");
  for (const auto* data : {"{ x: bad.csv }", "{ x: { file: bad.csv } }", "{ x: none.csv }",
                           "{ x: { order: random } }"})
    EXPECT_EQ(read(data, "/{{x.name}}").errors.size(), 1U) << errors(data, "/{{x.name}}");
}

TEST_F(CompileData, DataFillsFlowsOnly) {
  folder_.write("good.csv", "id\n7\n");
  const auto parsed = parse(
      with_target(
          "load: [ { name: a, arrival: { rate: 1/s, duration: 1s }, data: { x: good.csv } } ]"),
      {}, folder_.file("t.yml"));
  EXPECT_EQ(to_text(parsed.errors),
            folder_.file("t.yml") +
                ":2:64: data fills the requests of a flow: write flow: [ { get: "
                "... } ] instead of request");
}

TEST_F(CompileData, AnExtractedNameMayNotHideAColumn) {
  folder_.write("good.csv", "id\n7\n");
  const auto parsed =
      parse(with_target(
                "load: [ { name: a, arrival: { rate: 1/s, duration: 1s }, data: { x: good.csv },\n"
                "  flow: [ { get: /, extract: { x.id: { header: X } } } ] } ]"),
            {}, folder_.file("t.yml"));
  EXPECT_EQ(to_text(parsed.errors),
            folder_.file("t.yml") + ":3:32: 'x.id' is taken: choose another name");
}

}  // namespace
}  // namespace rampart::scenarios
