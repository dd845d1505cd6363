#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "parse.h"
#include "scratch_folder.h"

namespace rampart::scenarios {
namespace {

class CompileAuth : public testing::Test {
 protected:
  Parsed read(const std::string& auth, const std::string& more = "") const {
    return parse(with_target("load: [ { name: a, arrival: { rate: 1/s, duration: 1s }, auth: " +
                             auth + more + " } ]\n"),
                 {}, folder_.file("t.yml"));
  }
  // What the first request carries.
  std::string value(const std::string& auth) const {
    const auto parsed = read(auth);
    EXPECT_TRUE(parsed.plan) << to_text(parsed.errors);
    if (!parsed.plan) return "";
    const auto& headers = parsed.plan->loads[0].steps[0].request.headers;
    EXPECT_EQ(headers.size(), 1U);
    EXPECT_EQ(headers.at(0).first, "Authorization");
    return headers.at(0).second;
  }
  std::string errors(const std::string& auth, const std::string& more = "") const {
    auto text = to_text(read(auth, more).errors);
    const auto own = folder_.file("t.yml") + ":";
    return text.starts_with(own) ? text.substr(own.size()) : text;
  }
  ScratchFolder folder_;
};

// The example of RFC 7617, section 2.
TEST_F(CompileAuth, BasicAndBearer) {
  folder_.write("secret", "open sesame\r\nsecond line\n");
  folder_.write("token", "abc.DEF-_~+/123==\n");
  EXPECT_EQ(value("{ user: Aladdin, password: open sesame }"),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(value("{ user: Aladdin, password_file: secret }"),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(value("{ bearer: mF_9.B5f-4.1JqM }"), "Bearer mF_9.B5f-4.1JqM");
  EXPECT_EQ(value("{ bearer_file: token }"), "Bearer abc.DEF-_~+/123==");
}

TEST_F(CompileAuth, EveryStepProbesAndScrapes) {
  const auto parsed = parse(with_target(
      "load: [ { name: a, arrival: { rate: 1/s, duration: 1s }, auth: { bearer: t },\n"
      "  flow: [ { get: / }, { get: /b, headers: { A: b } } ] } ]\n"
      "probes: [ { name: p, auth: { bearer: u } } ]\n"
      "scrape: [ { name: s, url: \"http://127.0.0.1/metrics\", auth: { bearer: v } } ]\n"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& plan = *parsed.plan;
  using Header = std::pair<std::string, std::string>;
  EXPECT_EQ(plan.loads[0].steps[0].request.headers.back(), Header("Authorization", "Bearer t"));
  EXPECT_EQ(plan.loads[0].steps[1].request.headers.back(), Header("Authorization", "Bearer t"));
  EXPECT_EQ(plan.probes[0].module.request.headers.back(), Header("Authorization", "Bearer u"));
  EXPECT_EQ(plan.scrapes[0].headers.back(), Header("Authorization", "Bearer v"));
}

TEST_F(CompileAuth, RefusedWithoutShowingTheSecret) {
  folder_.write("empty", "");
  folder_.write("binary", "hun\x01ter2\n");
  const std::string one =
      "2:64: say who asks in one way: user with password or password_file, bearer, or bearer_file";
  for (const auto& [auth, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"{}", one},
           {"{ password: hunter2 }", one},
           {"{ user: u, password: hunter2, bearer: hunter2 }", one},
           {"{ bearer: hunter2, bearer_file: empty }", one},
           {"{ user: u }", "2:64: a user needs one of password and password_file"},
           {"{ user: u, password: hunter2, password_file: empty }",
            "2:64: a user needs one of password and password_file"},
           {"{ bearer: t, password: hunter2 }",
            "2:64: a password belongs to a user, not to a token"},
           {"{ user: \"u:v\", password: hunter2 }",
            "2:72: a user's name may hold no ':' (RFC 7617): the password begins after it"},
           {"{ user: u, password: \"hunter2\\n\" }",
            "2:85: load.auth.password: line breaks and control characters are not allowed here"},
           {"{ bearer: hunter 2 }",
            "2:74: not a bearer token: letters, digits, -._~+/ and '=' at the end (RFC 6750)"},
           {"{ bearer: \"==\" }",
            "2:74: not a bearer token: letters, digits, -._~+/ and '=' at the end (RFC 6750)"},
           {"{ user: u, password_file: none }", "2:90: no such file: " + folder_.file("none")},
           {"{ user: u, password_file: empty }",
            "2:90: " + folder_.file("empty") + ": the first line must hold 1 to 8192 bytes"},
           {"{ user: u, password_file: binary }",
            "2:90: a password may hold no control characters (RFC 7617)"},
           {"{ bearer_file: binary }",
            "2:79: not a bearer token: letters, digits, -._~+/ and '=' at the end (RFC 6750)"},
       }) {
    const auto found = errors(auth);
    EXPECT_EQ(found, wanted) << auth;
    EXPECT_EQ(found.find("hun"), std::string::npos);
  }
  EXPECT_EQ(errors("{ bearer: t }", ", request: { headers: { authorization: x } }"),
            "2:64: a request has a header Authorization already: leave it or auth out");
  EXPECT_EQ(
      errors_of(with_target("duration: 1s\nprobes: [ { name: p, module: icmp, auth: { bearer: "
                            "t } } ]\n")),
      "t.yml:3:42: auth belongs to an http probe");
}

}  // namespace
}  // namespace rampart::scenarios
