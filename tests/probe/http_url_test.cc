#include "probe/module/http_url.h"

#include <gtest/gtest.h>

namespace rampart::probe {
namespace {

// Scheme, user, host, port, path and query, separated by bars.
std::string parts(const base::Result<HttpUrl>& url) {
  if (!url) return "bad";
  const auto user = url->user ? url->user->name + ":" + url->user->password : std::string();
  return url->scheme + "|" + user + "|" + url->host + "|" + url->port + "|" + url->path + "|" +
         url->query;
}

// What Go 1.19 makes of them.
TEST(HttpUrl, Parses) {
  struct Case {
    const char* text;
    const char* parts;
  };
  for (const Case& c : {Case{"http://web.test", "http||web.test|||"},
                        Case{"HTTPS://web.test/a?b=c#d", "https||web.test||/a|?b=c"},
                        Case{"http://web.test:8080/", "http||web.test|8080|/|"},
                        Case{"http://web.test:/x", "http||web.test||/x|"},
                        Case{"http://[::1]:80/x", "http||::1|80|/x|"},
                        Case{"http://[::1]", "http||::1|||"},
                        Case{"http://a%20b:c%3Ad@web.test/", "http|a b:c:d|web.test||/|"},
                        Case{"http://a@b@web.test/", "http|a@b:|web.test||/|"},
                        Case{"http://web.test?x=y", "http||web.test|||?x=y"},
                        Case{"http://web.test/ok x?a b", "http||web.test||/ok%20x|?a%20b"},
                        Case{"http://web.test/\xC3\xBC%20%2F;x", "http||web.test||/%C3%BC%20/;x|"},
                        Case{"http://web.test/%2F;x", "http||web.test||/%2F;x|"},
                        Case{"http://HTTP://web.test/", "http||HTTP||//web.test/|"},
                        Case{"http:///x", "http||||/x|"},
                        Case{"http://[fe80::1%25e%C3%BC0]:80/x", "http||fe80::1|80|/x|"},
                        Case{"http://[fe80::1%lo]/", "bad"},
                        Case{"http://[fe80::1%25%zz]/", "bad"},
                        Case{"http://[u:x@web.test/", "bad"},
                        Case{"http://u:\xC3\xBC@web.test/", "bad"},
                        Case{"http://u:%5B@web.test/", "http|u:[|web.test||/|"},
                        Case{"http://[::1", "bad"},
                        Case{"http://[::1]x/", "bad"},
                        Case{"http://[web.test]/", "bad"},
                        Case{"http://web.test:port/", "bad"},
                        Case{"http://web.test/%zz", "bad"},
                        Case{"http://web test/", "bad"},
                        Case{"http://web%2Etest/", "bad"},
                        Case{"http://web%25test/", "bad"},
                        Case{"http://w\xC3\xA4%C3%A4.test/", "http||w\xC3\xA4\xC3\xA4.test||/|"},
                        Case{"http://web.test/\n", "bad"},
                        Case{"web.test", "bad"},
                        Case{"://web.test", "bad"},
                        Case{"1http://web.test", "bad"},
                        Case{"", "bad"}})
    EXPECT_EQ(parts(HttpUrl::parse(c.text)), c.parts) << c.text;
}

TEST(HttpUrl, WritesItselfWithoutItsUser) {
  const auto url = HttpUrl::parse("https://me:secret@[::1]:8443/a/b?c#d").value();
  EXPECT_EQ(url.text(), "https://[::1]:8443/a/b?c");
  EXPECT_EQ(url.authority(), "[::1]:8443");
  EXPECT_EQ(url.target(), "/a/b?c");
  EXPECT_TRUE(url.tls());
  const auto zoned = HttpUrl::parse("http://[fe80::1%25lo]:80/").value();
  EXPECT_EQ(zoned.zoned_host(), "fe80::1%lo");
  EXPECT_EQ(zoned.authority(), "[fe80::1]:80");
  EXPECT_EQ(url.zoned_host(), "::1");
  EXPECT_EQ(HttpUrl::parse("http://web.test?c").value().target(), "/?c");
}

TEST(HttpUrl, KnowsItsPort) {
  struct Case {
    const char* text;
    std::optional<std::uint16_t> port;
  };
  for (const Case& c : {Case{"http://a", 80}, Case{"https://a", 443}, Case{"http://a:65535", 65535},
                        Case{"http://a:0", {}}, Case{"http://a:65536", {}}, Case{"ftp://a", {}}})
    EXPECT_EQ(HttpUrl::parse(c.text).value().port_number(), c.port) << c.text;
}

// RFC 3986, section 5.4, as far as it is about http.
TEST(HttpUrl, ResolvesReferences) {
  const auto page = HttpUrl::parse("http://a/b/c/d;p?q").value();
  struct Case {
    const char* reference;
    const char* url;
  };
  for (const Case& c : {Case{"g", "http://a/b/c/g"},
                        Case{"./g", "http://a/b/c/g"},
                        Case{"g/", "http://a/b/c/g/"},
                        Case{"/g", "http://a/g"},
                        Case{"//g", "http://g"},
                        Case{"?y", "http://a/b/c/d;p?y"},
                        Case{"g?y", "http://a/b/c/g?y"},
                        Case{"#s", "http://a/b/c/d;p?q"},
                        Case{"g#s", "http://a/b/c/g"},
                        Case{"", "http://a/b/c/d;p?q"},
                        Case{".", "http://a/b/c/"},
                        Case{"..", "http://a/b/"},
                        Case{"../g", "http://a/b/g"},
                        Case{"../..", "http://a/"},
                        Case{"../../../g", "http://a/g"},
                        Case{"/./g", "http://a/g"},
                        Case{"/../g", "http://a/g"},
                        Case{"g..", "http://a/b/c/g.."},
                        Case{"./g/.", "http://a/b/c/g/"},
                        Case{"g/./h", "http://a/b/c/g/h"},
                        Case{"https://x:1/y/../z?q#f", "https://x:1/z?q"},
                        Case{"ftp://x/", "ftp://x/"}}) {
    const auto url = page.resolve(c.reference);
    ASSERT_TRUE(url) << c.reference;
    EXPECT_EQ(url->text(), c.url) << c.reference;
  }
  for (const auto* wrong : {"http://[::bad/", "//a:b", "/%zz", "a\r\nb"})
    EXPECT_FALSE(page.resolve(wrong)) << wrong;
}

TEST(HttpUrl, ARelativeReferenceKeepsTheUser) {
  const auto page = HttpUrl::parse("http://me:x@a/b").value();
  EXPECT_TRUE(page.resolve("c").value().user.has_value());
  EXPECT_FALSE(page.resolve("http://a/c").value().user.has_value());
}

}  // namespace
}  // namespace rampart::probe
