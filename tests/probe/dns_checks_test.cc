#include "probe/module/dns_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/dns_server.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using testing::DnsMessage;

// Two answers, one authority; no additional record.
DnsReply reply(unsigned rcode = 0) {
  testing::DnsQuery query;
  query.name = "web.test.";
  query.question = testing::dns_name("web.test") + testing::be16(1) + testing::be16(1);
  return read_dns_reply(DnsMessage(query)
                            .rcode(rcode)
                            .add(DnsMessage::answer, 1, testing::dns_address("192.0.2.1"))
                            .add(DnsMessage::answer, 1, testing::dns_address("192.0.2.2"))
                            .add(DnsMessage::authority, 2, testing::dns_name("ns.test"))
                            .bytes())
      .value();
}

struct Case {
  std::vector<std::string> model::RecordChecks::* kind;
  std::vector<std::string> expressions;
  bool answer, authority, additional;  // what blackbox_exporter 0.23 said of each
};

TEST(DnsChecks, JudgesRecordsAsBlackboxExporterDoes) {
  using model::RecordChecks;
  const std::string all = "\\tA\\t192";
  for (const Case& c :
       {Case{&RecordChecks::fail_if_matches, {"192\\.0\\.2\\.1"}, false, true, true},
        Case{&RecordChecks::fail_if_matches, {all}, false, true, true},
        Case{&RecordChecks::fail_if_matches, {"nope"}, true, true, true},
        Case{&RecordChecks::fail_if_matches, {"nope", "192"}, false, true, true},
        Case{&RecordChecks::fail_if_all_match, {"192\\.0\\.2\\.1"}, false, false, true},
        Case{&RecordChecks::fail_if_all_match, {all}, true, false, true},
        Case{&RecordChecks::fail_if_all_match, {"nope"}, false, false, true},
        Case{&RecordChecks::fail_if_all_match, {"nope", "192"}, false, false, true},
        Case{&RecordChecks::fail_if_not_matches, {"192\\.0\\.2\\.1"}, false, false, false},
        Case{&RecordChecks::fail_if_not_matches, {all}, true, false, false},
        Case{&RecordChecks::fail_if_not_matches, {"nope"}, false, false, false},
        Case{&RecordChecks::fail_if_not_matches, {"nope", "192"}, false, false, false},
        Case{&RecordChecks::fail_if_none_matches, {"192\\.0\\.2\\.1"}, true, false, false},
        Case{&RecordChecks::fail_if_none_matches, {all}, true, false, false},
        Case{&RecordChecks::fail_if_none_matches, {"nope"}, false, false, false},
        Case{&RecordChecks::fail_if_none_matches, {"nope", "192"}, true, false, false}}) {
    const struct {
      model::RecordChecks model::DnsModule::* section;
      bool fine;
    } sections[] = {{&model::DnsModule::answer, c.answer},
                    {&model::DnsModule::authority, c.authority},
                    {&model::DnsModule::additional, c.additional}};
    for (const auto& [section, fine] : sections) {
      model::DnsModule module;
      module.*section.*c.kind = c.expressions;
      std::vector<std::string> log;
      const auto complaint = check_dns_reply(reply(), module, log);
      EXPECT_EQ(!complaint, fine) << c.expressions[0] << (complaint ? complaint->detail : "");
      if (complaint) {
        EXPECT_EQ(complaint->reason, ProbeReason::dns_answer);
      }
    }
  }
}

TEST(DnsChecks, JudgesCodes) {
  struct Code {
    unsigned rcode;
    std::vector<std::string> valid;
    bool fine;
  };
  for (const Code& c : {Code{0, {}, true}, Code{3, {}, false}, Code{3, {"NXDOMAIN"}, true},
                        Code{0, {"NXDOMAIN"}, false}, Code{2, {"NOERROR", "SERVFAIL"}, true},
                        Code{4, {"NOTIMPL"}, true}, Code{11, {"NOERROR"}, false}}) {
    model::DnsModule module;
    module.valid_rcodes = c.valid;
    std::vector<std::string> log;
    const auto complaint = check_dns_reply(reply(c.rcode), module, log);
    EXPECT_EQ(!complaint, c.fine) << c.rcode;
    if (complaint) {
      EXPECT_EQ(complaint->reason, ProbeReason::dns_rcode);
    }
  }
}

TEST(DnsChecks, ABadExpressionIsTheModules) {
  model::DnsModule module;
  module.answer.fail_if_matches = {"("};
  std::vector<std::string> log;
  const auto complaint = check_dns_reply(reply(), module, log);
  ASSERT_TRUE(complaint);
  EXPECT_EQ(complaint->reason, ProbeReason::bad_module);
  EXPECT_THAT(complaint->detail, ::testing::HasSubstr("'('"));
}

TEST(DnsChecks, LogsWhatItLooksAt) {
  model::DnsModule module;
  module.answer.fail_if_matches = {"nope"};
  std::vector<std::string> log;
  EXPECT_FALSE(check_dns_reply(reply(), module, log));
  EXPECT_THAT(log, ::testing::Contains("record: web.test.\t300\tIN\tA\t192.0.2.2"));
}

// A hostile server fills neither the log nor the outcome.
TEST(DnsChecks, BoundsWhatItTells) {
  testing::DnsQuery query;
  query.question = testing::dns_name("web.test") + testing::be16(16) + testing::be16(1);
  DnsMessage message(query);
  std::string words;
  for (int i = 0; i < 50; ++i) words += testing::dns_text(std::string(200, '\1'));  // 40 kB of text
  message.add(DnsMessage::answer, "\xC0\x0C", 16, words);
  for (int i = 0; i < 2000; ++i)
    message.add(DnsMessage::answer, "\xC0\x0C", 1, testing::dns_address("192.0.2.1"));
  for (int i = 0; i < 10; ++i)
    message.add(DnsMessage::authority, "\xC0\x0C", 1, testing::dns_address("192.0.2.1"));
  const auto large = read_dns_reply(message.bytes()).value();
  model::DnsModule module;
  module.answer.fail_if_matches = {"nope"};
  module.authority.fail_if_matches = {"nope"};
  std::vector<std::string> log;
  EXPECT_FALSE(check_dns_reply(large, module, log));
  const auto records = std::count_if(
      log.begin(), log.end(), [](const std::string& step) { return step.starts_with("record: "); });
  EXPECT_EQ(records, 100) << "of all sections";
  EXPECT_LT(log.size(), 200U);
  EXPECT_THAT(log, ::testing::Contains("and 10 more records"));
  EXPECT_THAT(log, ::testing::Contains("and 1901 more records"));
  for (const auto& line : log) EXPECT_LT(line.size(), 1200U);
  module.answer.fail_if_matches = {"TXT"};
  const auto complaint = check_dns_reply(large, module, log);
  ASSERT_TRUE(complaint);
  EXPECT_LT(complaint->detail.size(), 1200U);
  // All of them are looked at.
  module.answer = {};
  module.answer.fail_if_not_matches = {"192|TXT"};
  EXPECT_FALSE(check_dns_reply(large, module, log));
}

}  // namespace
}  // namespace rampart::probe
