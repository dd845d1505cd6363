#include "sniffer/detect/transaction_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Holds what a test puts into it.
class FakeTransaction final : public Transaction {
 public:
  struct Piece {
    std::string bytes;
    std::uint64_t base = 0;
    bool whole = true;
    std::size_t fresh = 0;
  };
  std::map<BufferId, std::vector<Piece>> pieces;

  std::optional<BufferView> buffer(BufferId id, Direction, unsigned i) const override {
    const auto found = pieces.find(id);
    if (found == pieces.end() || i >= found->second.size()) return std::nullopt;
    const auto& piece = found->second[i];
    return BufferView{
        {reinterpret_cast<const std::uint8_t*>(piece.bytes.data()), piece.bytes.size()},
        piece.base,
        piece.whole,
        piece.fresh};
  }
};

class Judge final : public RuleJudge {
 public:
  std::set<RuleId> foreign;    // rules for other flows
  std::set<RuleId> reluctant;  // rules that are not accepted
  std::vector<RuleId> accepted;

  bool concerns(RuleId rule) override { return !foreign.contains(rule); }
  bool accept(RuleId rule) override {
    if (reluctant.contains(rule)) return false;
    accepted.push_back(rule);
    return true;
  }
};

// Each rule is "PROTO OPTIONS"; its id is its place.
class TransactionRulesTest : public testing::Test {
 public:
  void load(const std::vector<std::string>& options, const std::string& header = "http") {
    std::string text;
    for (std::size_t i = 0; i < options.size(); ++i)
      text += "alert " + header + " any any -> any any (" + options[i] +
              " sid:" + std::to_string(i + 1) + ";)\n";
    parsed_ = parse_rules(text, "t.rules");
    for (const auto& d : parsed_.diagnostics) ADD_FAILURE() << to_string(d);
    PatternCompiler patterns;
    rules_ = TransactionRules::build(parsed_.set.rules, patterns);
    ASSERT_TRUE(patterns.finish(scratch_));
  }
  // What is accepted as the transaction comes to that stage.
  std::vector<RuleId> at(Stage stage, Direction direction = Direction::to_server) {
    transaction.stage[index(direction)] = stage;
    judge.accepted.clear();
    rules_.inspect(transaction, proto, direction, matcher_, scratch_, judge);
    return judge.accepted;
  }

  FakeTransaction transaction;
  Judge judge;
  AppProto proto = AppProto::http1;

 private:
  ParsedRules parsed_;
  ScanScratch scratch_;
  PayloadMatcher matcher_;
  TransactionRules rules_;
};

TEST_F(TransactionRulesTest, ARuleWaitsForEachOfItsBuffers) {
  load({R"(http.method; content:"GET"; http.uri; content:"/admin";)",
        R"(http.method; content:"GET"; http.uri; content:"/other";)",
        R"(http.method; content:"POST";)"});
  transaction.pieces[BufferId::http_method] = {{"GET"}};
  EXPECT_THAT(at(Stage::line), IsEmpty());
  transaction.pieces[BufferId::http_uri] = {{"/x/admin.php"}};
  EXPECT_THAT(at(Stage::headers), ElementsAre(0));
  EXPECT_THAT(at(Stage::complete), IsEmpty()) << "once per transaction";
}

TEST_F(TransactionRulesTest, ABufferThatNeverComesMatchesNothing) {
  load({R"(http.cookie; content:!"a";)"});
  EXPECT_THAT(at(Stage::headers), IsEmpty());
  EXPECT_THAT(at(Stage::complete), IsEmpty());
}

TEST_F(TransactionRulesTest, DirectionsAreJudgedApart) {
  load({R"(flow:to_client; http.header; content:"x";)", R"(http.header; content:"x";)",
        R"(http.stat_code; content:"200";)"});
  transaction.pieces[BufferId::http_header] = {{"A: x\r\n"}};
  transaction.pieces[BufferId::http_stat_code] = {{"200"}};
  EXPECT_THAT(at(Stage::complete), ElementsAre(1));
  EXPECT_THAT(at(Stage::complete, Direction::to_client), ElementsAre(0, 1, 2));
}

TEST_F(TransactionRulesTest, ContentsOfOneSectionStandInOneBuffer) {
  load({R"(dns.query; content:"evil"; content:"com"; distance:0;)"}, "dns");
  proto = AppProto::dns;
  transaction.pieces[BufferId::dns_query] = {{"evil.org"}, {"good.com"}};
  EXPECT_THAT(at(Stage::complete), IsEmpty());
  transaction.rules.clear();
  transaction.pieces[BufferId::dns_query].push_back({"evil.com"});
  EXPECT_THAT(at(Stage::complete), ElementsAre(0));
}

TEST_F(TransactionRulesTest, ABodyIsJudgedAgainWhenMoreOfItComes) {
  load({R"(file.data; content:"abc"; content:"xyz"; distance:0;)", R"(file.data; bsize:8;)"});
  const auto side = Direction::to_client;
  transaction.pieces[BufferId::file_data] = {{"..abc", 0, false}};
  EXPECT_THAT(at(Stage::body, side), IsEmpty());
  transaction.pieces[BufferId::file_data] = {{"abcxyz", 2, true}};
  EXPECT_THAT(at(Stage::complete, side), ElementsAre(0, 1));
}

TEST_F(TransactionRulesTest, ALaterPartOfABodyAlertsNoSecondTime) {
  load({R"(file.data; content:"abc";)"});
  const auto side = Direction::to_client;
  transaction.pieces[BufferId::file_data] = {{"..abc", 0, false}};
  EXPECT_THAT(at(Stage::body, side), ElementsAre(0));
  transaction.pieces[BufferId::file_data] = {{"abcxyz", 2, true}};
  EXPECT_THAT(at(Stage::complete, side), IsEmpty());
}

TEST_F(TransactionRulesTest, WhatWasShownBeforeMatchesOnlyWithWhatIsNew) {
  load({R"(file.data; content:"abc";)", R"(file.data; content:"cde";)",
        R"(file.data; content:"abc"; content:"xyz"; distance:0;)",
        R"(file.data; to_lowercase; content:"abc";)"});
  const auto side = Direction::to_client;
  judge.foreign = {0, 3};
  transaction.pieces[BufferId::file_data] = {{"..abc", 0, false}};
  EXPECT_THAT(at(Stage::body, side), IsEmpty());
  judge.foreign = {};
  transaction.pieces[BufferId::file_data] = {{"..abc..", 0, false, 5}};
  EXPECT_THAT(at(Stage::body, side), ElementsAre(3)) << "a transform tells nothing of places";
  transaction.pieces[BufferId::file_data] = {{".abcde", 1, false, 4}};
  EXPECT_THAT(at(Stage::body, side), ElementsAre(1)) << "it is split between the two";
  transaction.pieces[BufferId::file_data] = {{".abcdexyz", 1, false, 6}};
  EXPECT_THAT(at(Stage::body, side), ElementsAre(2)) << "the first half is remembered";
  transaction.pieces[BufferId::file_data] = {{"xyz.abc", 7, true, 3}};
  EXPECT_THAT(at(Stage::complete, side), ElementsAre(0));
}

TEST_F(TransactionRulesTest, ASectionIsFirstTriedOnAllThatIsShown) {
  load({R"(http.response_body; content:"abc"; file.data; content:"a longer literal";)",
        R"(file.data; content:"abc"; pcre:"/abc(?=de)/";)"});
  const auto side = Direction::to_client;
  const auto show = [&](const std::string& bytes, std::size_t fresh) {
    for (const auto id : {BufferId::http_response_body, BufferId::file_data})
      transaction.pieces[id] = {{bytes, 0, false, fresh}};
  };
  show("..abc", 0);
  EXPECT_THAT(at(Stage::body, side), IsEmpty());
  show("..abc.a longer literal", 6);
  EXPECT_THAT(at(Stage::body, side), ElementsAre(0))
      << "the literal of the one section makes it a candidate, which the other came before";
  show("..abcde", 5);
  EXPECT_THAT(at(Stage::body, side), ElementsAre(1)) << "the pattern looks at what is new";
}

TEST_F(TransactionRulesTest, RulesWithoutALiteralAreTriedOnEachTransaction) {
  load({R"(urilen:4;)", R"(http.uri; content:!"b";)", R"(http.uri; pcre:"/a+/";)"});
  transaction.pieces[BufferId::http_uri] = {{"/aaa"}};
  EXPECT_THAT(at(Stage::headers), ElementsAre(0, 1, 2));
}

TEST_F(TransactionRulesTest, TransformsAreSearchedApart) {
  load({R"(http.host; dotprefix; content:".example.com"; endswith;)",
        R"(http.host; content:".example.com"; endswith;)"});
  transaction.pieces[BufferId::http_host] = {{"example.com"}};
  EXPECT_THAT(at(Stage::headers), ElementsAre(0));
}

TEST_F(TransactionRulesTest, TheJudgeHasTheLastWord) {
  load({R"(http.method; content:"GET";)", R"(http.method; content:"GE";)"});
  transaction.pieces[BufferId::http_method] = {{"GET"}};
  judge.foreign = {0};
  judge.reluctant = {1};
  EXPECT_THAT(at(Stage::line), IsEmpty());
  judge.foreign.clear();
  judge.reluctant.clear();
  EXPECT_THAT(at(Stage::headers), ElementsAre(1)) << "the first was no candidate at its time";
}

TEST_F(TransactionRulesTest, HttpRulesAreForHttp2Too) {
  load({R"(http.method; content:"GET";)"});
  transaction.pieces[BufferId::http_method] = {{"GET"}};
  proto = AppProto::tls;
  EXPECT_THAT(at(Stage::headers), IsEmpty());
  transaction.rules.clear();
  proto = AppProto::http2;
  EXPECT_THAT(at(Stage::headers), ElementsAre(0));
}

TEST_F(TransactionRulesTest, AClearedTransactionIsANewOne) {
  load({R"(http.method; content:"GET";)"});
  transaction.pieces[BufferId::http_method] = {{"GET"}};
  EXPECT_THAT(at(Stage::complete), ElementsAre(0));
  transaction.rules.clear();
  EXPECT_THAT(at(Stage::complete), ElementsAre(0));
}

}  // namespace
}  // namespace rampart::sniffer
