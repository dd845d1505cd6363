#include "probe/module/http_checks.h"

#include <gtest/gtest.h>

namespace rampart::probe {
namespace {

using model::HeaderMatch;
using model::HttpModule;
using model::ProbeReason;

const HttpHead kHead{.protocol = "HTTP/1.1",
                     .status = 200,
                     .fields = {{"X-Kind", "one"}, {"x-kind", "two"}, {"X-Empty", ""}}};

TEST(HttpChecks, Status) {
  HttpModule module;
  HttpHead head = kHead;
  for (const int status : {200, 204, 299}) {
    head.status = status;
    EXPECT_FALSE(check_status(module, head)) << status;
  }
  for (const int status : {100, 199, 300, 404}) {
    head.status = status;
    EXPECT_EQ(check_status(module, head)->reason, ProbeReason::http_status) << status;
  }
  module.valid_status_codes = {404, 405};
  head.status = 404;
  EXPECT_FALSE(check_status(module, head));
  head.status = 200;
  EXPECT_EQ(check_status(module, head)->detail, "status 200, expected 404, 405");
  module.valid_status_codes.clear();
  head.status = 503;
  EXPECT_EQ(check_status(module, head)->detail, "status 503, expected 2xx");
}

TEST(HttpChecks, Version) {
  HttpModule module;
  EXPECT_FALSE(check_version(module, kHead));
  module.valid_http_versions = {"HTTP/2.0"};
  EXPECT_EQ(check_version(module, kHead)->detail,
            "HTTP/1.1, which is not among valid_http_versions");
  module.valid_http_versions.emplace_back("HTTP/1.1");
  EXPECT_FALSE(check_version(module, kHead));
}

TEST(HttpChecks, Header) {
  struct Case {
    HeaderMatch match;
    bool may_match;   // passes as fail_if_header_matches
    bool must_match;  // passes as fail_if_header_not_matches
  };
  for (const Case& c :
       {Case{{"X-Kind", "one"}, false, true}, Case{{"X-Kind", "two"}, false, true},
        Case{{"X-KIND", "three"}, true, false}, Case{{"X-None", "one"}, false, false},
        Case{{"X-None", "one", true}, true, true}, Case{{"X-Empty", "^$"}, false, true}}) {
    HttpModule may;
    may.fail_if_header_matches = {c.match};
    EXPECT_TRUE(looks_at_header(may));
    const auto complaint = check_header(may, kHead);
    EXPECT_EQ(!complaint, c.may_match) << c.match.header << c.match.regexp;
    EXPECT_EQ(complaint ? complaint->reason : ProbeReason::header_mismatch,
              ProbeReason::header_mismatch);
    HttpModule must;
    must.fail_if_header_not_matches = {c.match};
    EXPECT_EQ(!check_header(must, kHead), c.must_match) << c.match.header << c.match.regexp;
  }
  EXPECT_FALSE(looks_at_header({}));
}

TEST(HttpChecks, Body) {
  constexpr std::string_view kBody = "first line\nsecond line\nthird\n";
  struct Case {
    const char* expression;
    bool matches;
  };
  for (const Case& c : {Case{"second", true}, Case{"fourth", false}, Case{"^second line$", false},
                        Case{"(?m)^second line$", true}, Case{"first.*third", false},
                        Case{"(?s)first.*third", true}, Case{"(?i)SECOND", true}}) {
    HttpModule may;
    may.fail_if_body_matches = {"fifth", c.expression};
    EXPECT_TRUE(looks_at_body(may));
    const auto complaint = check_body(may, kBody);
    EXPECT_EQ(complaint.has_value(), c.matches) << c.expression;
    EXPECT_EQ(complaint ? complaint->reason : ProbeReason::body_mismatch,
              ProbeReason::body_mismatch);
    HttpModule must;
    must.fail_if_body_not_matches = {"first", c.expression};
    EXPECT_EQ(check_body(must, kBody).has_value(), !c.matches) << c.expression;
  }
  EXPECT_FALSE(looks_at_body({}));
}

TEST(HttpChecks, AnExpressionThatIsNoneIsTheModules) {
  HttpModule module;
  module.fail_if_body_matches = {"("};
  EXPECT_EQ(check_body(module, "x")->reason, ProbeReason::bad_module);
  module.fail_if_header_matches = {{"X-Kind", "("}};
  EXPECT_EQ(check_header(module, kHead)->reason, ProbeReason::bad_module);
}

// A reply is hostile; the words about it go to terminals and logs.
TEST(HttpChecks, WordsOfThePeerAreHarmless) {
  HttpHead head = kHead;
  head.fields = {{"X-Kind", "\x1b[31mred"}};
  HttpModule module;
  module.fail_if_header_matches = {{"X-Kind", "red"}};
  EXPECT_EQ(check_header(module, head)->detail, "header X-Kind: 'red' matches '?[31mred'");
}

}  // namespace
}  // namespace rampart::probe
