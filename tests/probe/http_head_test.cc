#include "probe/module/http_head.h"

#include <gtest/gtest.h>

namespace rampart::probe {
namespace {

// The lines end with LF in the cases.
base::Result<HttpHead> read(std::string_view text, bool of_head = false) {
  HeadReader reader(of_head);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    RAMPART_CHECK(reader.take(text.substr(0, end)));
    text.remove_prefix(end);
  }
  if (!reader.whole()) return base::fail(base::Errc::parse, "not whole");
  return reader.head();
}

TEST(HeadReader, ReadsStatusAndFields) {
  const auto head =
      read("HTTP/1.1 200 OK\r\nX-Kind: one\r\nx-kind:  two \r\nX-Empty:\r\n\r\n").value();
  EXPECT_EQ(head.protocol, "HTTP/1.1");
  EXPECT_EQ(head.version(), 1.1);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.values("X-KIND"), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(head.value("X-Kind"), "one");
  EXPECT_EQ(head.values("X-Empty"), std::vector<std::string>{""});
  EXPECT_TRUE(head.values("X-None").empty());
}

TEST(HeadReader, TakesWhatGoTakes) {
  struct Case {
    const char* text;
    double version;
    int status;
  };
  for (const Case& c : {Case{"HTTP/1.0 404 No\n\n", 1.0, 404}, Case{"HTTP/2.0 200 ?\n\n", 2, 200},
                        Case{"HTTP/2 200 \n\n", 2, 200}, Case{"HTTP/1.1 200\n\n", 1.1, 200},
                        Case{"HTTP/1.1  999 x\n\n", 1.1, 999},
                        Case{"HTTP/1.1 100 Continue\n\nHTTP/1.1 204 x\n\n", 1.1, 204},
                        Case{"HTTP/1.1 103 x\nLink: </a>\n\nHTTP/1.1 200 x\n\n", 1.1, 200},
                        Case{"HTTP/1.1 101 x\n\n", 1.1, 101}}) {
    const auto head = read(c.text);
    ASSERT_TRUE(head) << c.text << head.error().text;
    EXPECT_EQ(head->version(), c.version) << c.text;
    EXPECT_EQ(head->status, c.status) << c.text;
  }
  EXPECT_TRUE(read("HTTP/1.1 103 x\nLink: </a>\n\nHTTP/1.1 200 x\n\n").value().fields.empty());
}

TEST(HeadReader, RefusesWhatGoRefuses) {
  for (const auto* text :
       {"this is no HTTP\n\n", "HTTP/1.1\n\n", "HTTP/1.1 20 OK\n\n", "HTTP/1.1 abc OK\n\n",
        "HTTP/1.1 2000 OK\n\n", "HTTP/11 200 OK\n\n", "http/1.1 200 OK\n\n", "\n",
        "HTTP/1.1 200 OK\nno colon here\n\n", "HTTP/1.1 200 OK\n folded: first\n\n",
        "HTTP/1.1 200 OK\nContent-Length: two\n\n", "HTTP/1.1 200 OK\nContent-Length: -1\n\n",
        "HTTP/1.1 200 OK\nContent-Length: +1\n\n",
        "HTTP/1.1 200 OK\nContent-Length: 99999999999999999999\n\n",
        "HTTP/1.1 200 OK\nContent-Length: 2\nContent-Length: 3\n\n",
        "HTTP/1.1 200 OK\nTransfer-Encoding: gzip\n\n",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n"})
    EXPECT_FALSE(read(text)) << text;
}

TEST(HeadReader, FoldedLinesGoOn) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\nX-Folded: one\n\t two\n\n").value().value("X-Folded"),
            "one two");
}

TEST(HeadReader, FindsTheLength) {
  struct Case {
    const char* text;
    std::int64_t length;
    bool of_head = false;
  };
  for (const Case& c :
       {Case{"HTTP/1.1 200 OK\nContent-Length: 5\n\n", 5}, Case{"HTTP/1.1 200 OK\n\n", -1},
        Case{"HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 5\n\n", 5},
        Case{"HTTP/1.1 200 OK\nContent-Length: 5\nTransfer-Encoding: Chunked\n\n", -1},
        Case{"HTTP/1.1 204 OK\n\n", 0}, Case{"HTTP/1.1 304 OK\nContent-Length: 5\n\n", 0},
        Case{"HTTP/1.1 304 OK\nContent-Length: 5\n\n", 5, true},
        Case{"HTTP/1.1 200 OK\n\n", -1, true}})
    EXPECT_EQ(read(c.text, c.of_head).value().content_length, c.length) << c.text;
}

TEST(HeadReader, BoundsInformationalAnswersAndPassesOverTrailers) {
  std::string many;
  for (int i = 0; i < 6; ++i) many += "HTTP/1.1 100 Continue\n\n";
  EXPECT_FALSE(read(many + "HTTP/1.1 200 OK\n\n"));
  EXPECT_TRUE(read("HTTP/1.1 200 OK\n\nX-Trailer: 1\nnonsense\n").value().fields.empty());
}

}  // namespace
}  // namespace rampart::probe
