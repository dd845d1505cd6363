#include "model/url_secret.h"

#include <gtest/gtest.h>

#include "model/plan.h"

namespace rampart::model {
namespace {

TEST(UrlSecret, IsWhatPeopleMeanByPassword) {
  struct Case {
    const char* url;
    const char* secret;
  };
  for (const auto& [url, secret] : {
           Case{"http://me:hunter2@h.test/a?b=c", ":hunter2@"},
           Case{"me:hunter2@h.test:80", ":hunter2@"},
           Case{"http://me:pa/ss@h.test/", ":pa/ss@"},
           Case{"http:/me:hunter2@h.test/", ":hunter2@"},
           Case{"http//me:hunter2@h.test/", ":hunter2@"},
           Case{"https:///me:hunter2@h.test/", ":hunter2@"},
           Case{"me:hunter2@h.test/?next=http://a/", ":hunter2@"},
           Case{"me:/ss@h.test", ":/ss@"},
           Case{"http:/h.test/", ""},
           Case{"http://me@h.test:80/", ""},
           Case{"http://h.test:80/a@b", ""},
           Case{"http://[::1]/a@b", ""},
           Case{"", ""},
       }) {
    EXPECT_EQ(url_secret(url), secret) << url;
  }
  EXPECT_EQ(shown_url("http://me:me:@h.test/"), "http://me:xxxxx@h.test/");
  EXPECT_EQ(shown_url("http://h.test/"), "http://h.test/");
}

TEST(UrlSecret, IsInNoMessage) {
  for (const auto* url :
       {"http://u:s3cret@127.0.0.1/", "u:s3cret@127.0.0.1", "tcp://u:s3cret/x@127.0.0.1:1",
        "http://u:s3cret @127.0.0.1/", "ftp://u:s3cret@h/", "http:/u:s3cret@h/",
        "http//u:s3cret@h/", "http://u:s3cret?x@h/"}) {
    const auto refused = parse_url(url);
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().text.find("s3cret"), std::string::npos) << refused.error().text;
    EXPECT_NE(refused.error().text.find("credentials in a URL"), std::string::npos);
  }
  EXPECT_NE(parse_url("http://me@h.test/").error().text.find("credentials"), std::string::npos);
}

}  // namespace
}  // namespace rampart::model
