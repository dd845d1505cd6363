#include "sniffer/app/http_body.h"

#include <gtest/gtest.h>

#include "http_exchange.h"

namespace rampart::sniffer {
namespace {

using test::as_bytes;

constexpr HttpBodyLimits kLimits{.keep = 100, .first = 20, .window = 5};

std::string bytes_of(const HttpBody& body) {
  const auto view = body.view();
  return view ? std::string(view->data.begin(), view->data.end()) : "(none)";
}

TEST(HttpBody, waits_for_the_first_bytes_then_shows_windows) {
  HttpBody body;
  body.start(kLimits);
  body.append(as_bytes("0123456789"));
  EXPECT_FALSE(body.offer());
  EXPECT_FALSE(body.view());
  body.append(as_bytes("abcdefghij"));
  ASSERT_TRUE(body.offer());
  EXPECT_EQ(bytes_of(body), "0123456789abcdefghij");
  EXPECT_FALSE(body.view()->whole);
  EXPECT_FALSE(body.offer());  // nothing new
  body.append(as_bytes("KL"));
  ASSERT_TRUE(body.offer());
  EXPECT_EQ(bytes_of(body), "fghijKL");
  EXPECT_EQ(body.view()->base, 15U);
  body.finish();
  ASSERT_TRUE(body.offer());
  EXPECT_TRUE(body.view()->whole);
  EXPECT_FALSE(body.offer());
}

TEST(HttpBody, says_what_it_has_shown_before) {
  HttpBody body;
  body.start(kLimits);
  body.append(as_bytes(std::string(30, 'a')));
  ASSERT_TRUE(body.offer());
  EXPECT_EQ(body.view()->fresh, 0U);
  for (int i = 0; i < 10; ++i) {
    body.append(as_bytes("bc"));
    body.append(as_bytes("d"));
    ASSERT_TRUE(body.offer());
    const auto view = *body.view();
    EXPECT_EQ(view.fresh, kLimits.window);
    EXPECT_EQ(view.base + view.fresh, 30U + 3U * static_cast<unsigned>(i));
    EXPECT_TRUE(bytes_of(body).ends_with("bcd"));
    EXPECT_EQ(view.data.size(), kLimits.window + 3);
  }
  body.finish();
  ASSERT_TRUE(body.offer());
  EXPECT_EQ(body.view()->fresh, body.view()->data.size()) << "only that it ends is new";
}

TEST(HttpBody, is_shown_early_where_it_is_whole) {
  HttpBody body;
  body.start(kLimits);
  body.append(as_bytes("short"));
  body.finish();
  ASSERT_TRUE(body.offer());
  EXPECT_EQ(bytes_of(body), "short");
  EXPECT_TRUE(body.view()->whole);
}

TEST(HttpBody, keeps_no_more_than_its_limit) {
  HttpBody body;
  body.start(kLimits);
  body.append(as_bytes(std::string(60, 'a')));
  ASSERT_TRUE(body.offer());
  body.append(as_bytes(std::string(60, 'b')));
  ASSERT_TRUE(body.offer());
  EXPECT_EQ(bytes_of(body), "aaaaa" + std::string(40, 'b'));
  EXPECT_EQ(body.view()->base, 55U);
  EXPECT_TRUE(body.view()->whole);
  body.append(as_bytes("c"));
  body.finish();
  EXPECT_FALSE(body.offer());
}

TEST(HttpBody, nothing_lies_across_a_gap) {
  HttpBody body;
  body.start(kLimits);
  body.append(as_bytes("before"));
  body.gap(10);
  ASSERT_TRUE(body.offer());  // what came before it, at once
  EXPECT_EQ(bytes_of(body), "before");
  body.append(as_bytes("after"));
  body.finish();
  ASSERT_TRUE(body.offer());
  EXPECT_EQ(bytes_of(body), "after");
  EXPECT_EQ(body.view()->base, 16U);
}

TEST(HttpBody, a_gap_beyond_the_limit_ends_it) {
  HttpBody body;
  body.start(kLimits);
  body.append(as_bytes("before"));
  body.gap(~std::uint64_t{0} - 200);
  ASSERT_TRUE(body.offer());
  EXPECT_TRUE(body.view()->whole);
  body.append(as_bytes("after"));
  EXPECT_FALSE(body.offer());
}

TEST(HttpBody, nothing_is_no_body) {
  HttpBody body;
  EXPECT_FALSE(body.offer());
  body.start(kLimits);
  body.finish();
  EXPECT_FALSE(body.offer());
  EXPECT_FALSE(body.view());
}

TEST(HttpBody, starts_anew) {
  HttpBody body;
  body.start(kLimits);
  body.append(as_bytes(std::string(200, 'a')));
  EXPECT_TRUE(body.offer());
  body.start(kLimits);
  EXPECT_FALSE(body.view());
  body.append(as_bytes("b"));
  body.finish();
  EXPECT_TRUE(body.offer());
  EXPECT_EQ(bytes_of(body), "b");
}

}  // namespace
}  // namespace rampart::sniffer
