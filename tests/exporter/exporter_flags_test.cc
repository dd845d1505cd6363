#include "exporter/exporter_flags.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/support/without_ipv6.h"

namespace rampart::exporter {
namespace {

std::vector<std::string> listens_at(std::vector<std::string> given) {
  ExporterFlags flags;
  flags.listen = std::move(given);
  std::vector<std::string> out;
  const auto options = exporter_options(flags).value();
  for (const auto& at : options.listen) out.push_back(base::to_string(at));
  return out;
}

std::string complaint(const ExporterFlags& flags) {
  const auto options = exporter_options(flags);
  if (options) return "none";
  EXPECT_EQ(options.error().code, base::Errc::config) << options.error().text;
  return options.error().text;
}

TEST(ExporterFlags, WhereItListens) {
  EXPECT_EQ(listens_at({}), std::vector<std::string>{"[::]:9115"});
  EXPECT_EQ(
      listens_at({":80", "127.0.0.1:0", "[::1]:65535", "0.0.0.0:1", "[::]:2"}),
      (std::vector<std::string>{"[::]:80", "127.0.0.1:0", "[::1]:65535", "0.0.0.0:1", "[::]:2"}));
  for (const auto* text : {"", "9115", "127.0.0.1", "127.0.0.1:", ":x", ":65536", ":-1", ":1 ",
                           "::1:9115", "[127.0.0.1]:1", "[::1]", "[::1:1", "[]:1"}) {
    ExporterFlags flags;
    flags.listen = {text};
    EXPECT_TRUE(complaint(flags).starts_with(fmt::format("--web.listen-address {}: ", text)))
        << text << ": " << complaint(flags);
  }
}

TEST(ExporterFlags, ListensAtIpv4WhereThereIsNoIpv6) {
  testing::without_ipv6([] {
    EXPECT_EQ(listens_at({}), std::vector<std::string>{"0.0.0.0:9115"});
    EXPECT_EQ(listens_at({"[::]:1"}), std::vector<std::string>{"[::]:1"}) << "it was asked for";
  });
}

TEST(ExporterFlags, ResolvesNames) {
  const auto at = listens_at({"localhost:7"});
  EXPECT_TRUE(at[0] == "127.0.0.1:7" || at[0] == "[::1]:7") << at[0];
  ExporterFlags flags;
  flags.listen = {"no such name:7"};
  EXPECT_TRUE(exporter_options(flags).error().text.starts_with(
      "--web.listen-address no such name:7: resolve"));
}

TEST(ExporterFlags, WhatIsLogged) {
  for (const auto& [word, log] :
       {std::pair{"none", ProbeLog::nothing}, std::pair{"error", ProbeLog::failures},
        std::pair{"warn", ProbeLog::failures}, std::pair{"info", ProbeLog::ends},
        std::pair{"debug", ProbeLog::steps}}) {
    ExporterFlags flags;
    flags.log_prober = word;
    EXPECT_EQ(exporter_options(flags).value().log, log) << word;
  }
  for (const auto* word : {"", "loud", "Debug", "off"}) {
    ExporterFlags flags;
    flags.log_prober = word;
    EXPECT_EQ(complaint(flags),
              fmt::format("--log.prober {}: none, debug, info, warn or error", word));
  }
}

TEST(ExporterFlags, Numbers) {
  ExporterFlags flags;
  flags.timeout_offset = 1.5;
  flags.history_limit = 7;
  const auto options = exporter_options(flags).value();
  EXPECT_EQ(options.timeout_offset, 1.5);
  EXPECT_EQ(options.history_limit, 7U);
  for (const double offset : {std::numeric_limits<double>::quiet_NaN(),
                              std::numeric_limits<double>::infinity(), -0.5, 600.5}) {
    flags.timeout_offset = offset;
    EXPECT_EQ(complaint(flags), "--timeout-offset: seconds, 0 to 600");
  }
  flags.timeout_offset = 600;
  flags.history_limit = 100'000;
  EXPECT_EQ(complaint(flags), "none");
  for (const std::int64_t limit : {-1, 100'001}) {
    flags.history_limit = limit;
    EXPECT_EQ(complaint(flags), "--history.limit: 0 to 100000");
  }
}

TEST(ExporterFlags, PathsOfUrls) {
  for (const auto& [url, path] :
       {std::pair{"http://h.test", ""}, std::pair{"http://h.test/", ""},
        std::pair{"https://h.test:1/x/y/", "/x/y"}, std::pair{"/x/%79", "/x/y"}, std::pair{"/", ""},
        std::pair{"http://h.test//x", "/x"}})
    EXPECT_EQ(path_of_url(url).value(), path) << url;
  for (const auto* url :
       {"h.test", "h.test/x", "http://h.test/%zz", "http://h.test/?a", "http://h.test/#a",
        "http://h.test/a b", "http://h.test/\r\nx: y", "/\"", "/'", "http://h.t\x80st/"}) {
    const auto path = path_of_url(url);
    ASSERT_FALSE(path) << url;
    EXPECT_EQ(path.error().code, base::Errc::config);
    EXPECT_EQ(path.error().text,
              fmt::format("--web.external-url {}: a URL as http://host/path", url));
  }
}

TEST(ExporterFlags, ThePrefix) {
  struct Row {
    const char* external;
    const char* prefix;
    const char* route;    // that is taken
    const char* outside;  // where the start page is seen
  };
  for (const auto& row :
       {Row{"", "", "", "/"}, Row{"http://h.test/x/", "", "/x", "http://h.test/x/"},
        Row{"http://h.test/%78", "", "/x", "http://h.test/%78/"},
        Row{"http://h.test/x", "/y/", "/y", "http://h.test/x/"},
        Row{"http://h.test/x", "/", "", "http://h.test/x/"}, Row{"", "y", "/y", "/y/"}}) {
    ExporterFlags flags;
    flags.external_url = row.external;
    flags.route_prefix = row.prefix;
    const auto options = exporter_options(flags).value();
    EXPECT_EQ(options.route_prefix, row.route) << row.external << ' ' << row.prefix;
    EXPECT_EQ(options.external_url, row.outside) << row.external << ' ' << row.prefix;
  }
  for (const auto* prefix : {"/a?b", "/a#b", "/a b", "/%61", "/a\r\nx: y", "/\""}) {
    ExporterFlags flags;
    flags.route_prefix = prefix;
    EXPECT_EQ(complaint(flags), fmt::format("--web.route-prefix {}: a path as /probes", prefix));
  }
}

}  // namespace
}  // namespace rampart::exporter
