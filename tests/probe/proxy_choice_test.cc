#include "probe/module/proxy_choice.h"

#include <gtest/gtest.h>

#include <map>

namespace rampart::probe {
namespace {

using Variables = std::map<std::string, std::string>;

Environment variables(const Variables& known) {
  return [known](const char* name) {
    const auto found = known.find(name);
    return found != known.end() ? found->second : std::string();
  };
}

model::ProxyOptions by(const std::string& url, const std::string& no_proxy = {}) {
  model::ProxyOptions out;
  out.url = url;
  out.no_proxy = no_proxy;
  return out;
}

// The proxy's URL, or "directly".
std::string chosen(const model::ProxyOptions& options, const std::string& url,
                   const std::string& name = "web.test", const Variables& known = {}) {
  const auto proxy = choose_proxy(options, HttpUrl::parse(url).value(), name, variables(known));
  if (!proxy) return "error: " + proxy.error().text;
  return *proxy ? (*proxy)->text() : "directly";
}

TEST(ProxyChoice, TakesTheUrl) {
  EXPECT_EQ(chosen({}, "http://192.0.2.1/"), "directly");
  EXPECT_EQ(chosen(by("http://proxy.test"), "http://192.0.2.1/"), "http://proxy.test:80");
  EXPECT_EQ(chosen(by("https://proxy.test"), "http://192.0.2.1/"), "https://proxy.test:443");
  EXPECT_EQ(chosen(by("socks5://[::1]"), "https://192.0.2.1/"), "socks5://[::1]:1080");
  EXPECT_EQ(chosen(by("http://p:3128"), "http://127.0.0.1/"), "http://p:3128");
  const auto user = choose_proxy(by("http://me:a%20b@p"), HttpUrl::parse("http://a/").value(), "a",
                                 variables({}));
  ASSERT_TRUE(user && *user && (*user)->user);
  EXPECT_EQ((*user)->user->password, "a b");
}

TEST(ProxyChoice, RefusesWhatIsNoProxy) {
  for (const auto* wrong : {"ftp://p/", "http://", "http://p:99999", "http://[::1", "://"})
    EXPECT_TRUE(chosen(by(wrong), "http://192.0.2.1/").starts_with("error")) << wrong;
}

TEST(ProxyChoice, Exceptions) {
  struct Case {
    const char* list;
    const char* url;  // with the address
    bool direct;
  };
  for (const Case& c : {Case{"*", "http://192.0.2.1/", true},
                        Case{"other.test", "http://192.0.2.1/", false},
                        Case{"web.test", "http://192.0.2.1/", true},
                        Case{"other.test, WEB.test ", "http://192.0.2.1/", true},
                        Case{"test", "http://192.0.2.1/", true},
                        Case{".test", "http://192.0.2.1/", true},
                        Case{"*.test", "http://192.0.2.1/", true},
                        Case{".web.test", "http://192.0.2.1/", false},
                        Case{"eb.test", "http://192.0.2.1/", false},
                        Case{"web.test:80", "http://192.0.2.1/", true},
                        Case{"web.test:81", "http://192.0.2.1/", false},
                        Case{"web.test:443", "https://192.0.2.1/", true},
                        Case{"192.0.2.1", "http://192.0.2.1/", true},
                        Case{"192.0.2.1:8080", "http://192.0.2.1:8080/", true},
                        Case{"192.0.2.1:8080", "http://192.0.2.1/", false},
                        Case{"192.0.2.0/24", "http://192.0.2.1/", true},
                        Case{"192.0.3.0/24", "http://192.0.2.1/", false},
                        Case{"192.0.2.0/24", "http://[::ffff:192.0.2.1]/", true},
                        Case{"::ffff:192.0.2.1", "http://192.0.2.1/", true},
                        Case{"other.test", "http://[::ffff:127.0.0.1]/", true},
                        Case{"2001:db8::/32", "http://[2001:db8::1]/", true},
                        Case{"[2001:db8::1]:80", "http://[2001:db8::1]/", true},
                        Case{"2001:db8::1", "http://[2001:db8::1]/", true},
                        Case{"other.test", "http://127.0.0.1/", true},
                        Case{"other.test", "http://[::1]/", true},
                        Case{",,:80, ", "http://192.0.2.1/", false}})
    EXPECT_EQ(chosen(by("http://p", c.list), c.url) == "directly", c.direct)
        << c.list << " " << c.url;
}

TEST(ProxyChoice, FromTheEnvironment) {
  model::ProxyOptions options;
  options.from_environment = true;
  const Variables known{
      {"http_proxy", "p:3128"}, {"HTTPS_PROXY", "http://s"}, {"no_proxy", "other.test"}};
  EXPECT_EQ(chosen(options, "http://192.0.2.1/", "web.test", known), "http://p:3128");
  EXPECT_EQ(chosen(options, "https://192.0.2.1/", "web.test", known), "http://s:80");
  EXPECT_EQ(chosen(options, "http://192.0.2.1/", "other.test", known), "directly");
  EXPECT_EQ(chosen(options, "http://127.0.0.1/", "web.test", known), "directly");
  EXPECT_EQ(chosen(options, "http://192.0.2.1/", "localhost", known), "directly");
  EXPECT_EQ(chosen(options, "http://192.0.2.1/", "web.test", {}), "directly");
}

}  // namespace
}  // namespace rampart::probe
