#include "net/name_resolver.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/support/deadline.h"
#include "tests/support/dns_server.h"
#include "tests/support/raw_server.h"

namespace rampart::net {
namespace {

using namespace std::chrono_literals;
using testing::DnsMessage;
using testing::DnsQuery;
using testing::DnsServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr unsigned kA = 1;
constexpr unsigned kAaaa = 28;
using Replies = std::vector<std::string>;

std::vector<std::string> texts(const NameAnswer& answer) {
  std::vector<std::string> out;
  if (answer)
    for (const auto& address : *answer) out.push_back(base::to_string(address));
  else
    out.push_back(std::string(to_string(answer.error().failure)));
  return out;
}

// Asks a server of its own, and keeps what its lookups were told.
class NameResolverTest : public ::testing::Test, protected NameLookup::Listener {
 protected:
  void open(DnsServer::Script script, NameResolver::Options options = {}) {
    server_.emplace(loop_, std::move(script));
    if (options.servers.empty()) options.servers = {server_->endpoint()};
    if (!options.search) options.search.emplace();
    resolver_ = NameResolver::open(loop_, clock_, options).value();
  }

  void on_names(NameLookup& lookup, NameAnswer&& answer) override {
    heard_.emplace(&lookup, std::move(answer));
    if (when_heard_) when_heard_(lookup);
    if (heard_.size() == expected_) loop_.stop();
  }

  std::unique_ptr<NameLookup> make_lookup() {
    NameLookup::Listener& self = *this;
    return std::make_unique<NameLookup>(*resolver_, self);
  }

  // One question, to its end.
  NameAnswer ask(const std::string& host, AddressFamily family = AddressFamily::any,
                 base::Nanos within = 5s) {
    heard_.clear();
    expected_ = 1;
    NameLookup lookup(*resolver_, *this);
    lookup.start(host, family, clock_.mono() + within);
    EXPECT_TRUE(heard_.empty());
    loop_.run();
    return heard_.at(&lookup);
  }

  Loop loop_;
  base::SystemClock clock_;
  std::optional<DnsServer> server_;
  std::unique_ptr<NameResolver> resolver_;
  std::map<const NameLookup*, NameAnswer> heard_;
  std::size_t expected_ = 1;
  std::function<void(NameLookup&)> when_heard_;
};

std::string address_reply(const DnsQuery& query) {
  DnsMessage out(query);
  if (query.type == kA)
    out.add(DnsMessage::answer, kA, testing::dns_address("192.0.2.7"))
        .add(DnsMessage::answer, kA, testing::dns_address("192.0.2.8"))
        .add(DnsMessage::answer, kA, testing::dns_address("192.0.2.7"));
  else
    out.add(DnsMessage::answer, kAaaa, testing::dns_address("2001:db8::7"));
  return out.bytes();
}

TEST_F(NameResolverTest, GivesEveryAddressOnce) {
  open([](const DnsQuery& query) { return Replies{address_reply(query)}; });
  EXPECT_THAT(texts(ask("web.test")),
              UnorderedElementsAre("192.0.2.7", "192.0.2.8", "2001:db8::7"));
  EXPECT_EQ(server_->queries.size(), 2U);
  EXPECT_TRUE(server_->queries[0].recursion);
  EXPECT_EQ(server_->queries[0].name, "web.test.");
  EXPECT_THAT(texts(ask("web.test", AddressFamily::v6)), ElementsAre("2001:db8::7"));
  EXPECT_THAT(texts(ask("web.test", AddressFamily::v4)),
              UnorderedElementsAre("192.0.2.7", "192.0.2.8"));
  EXPECT_EQ(server_->queries.size(), 4U);
  EXPECT_EQ(resolver_->in_flight(), 0U);
}

TEST_F(NameResolverTest, TellsFailuresApart) {
  struct Case {
    const char* what;
    DnsServer::Script script;
    NameFailure failure;
    base::Nanos within = 5s;
  };
  const auto rcode = [](unsigned code) {
    return [code](const DnsQuery& query) { return Replies{DnsMessage(query).rcode(code).bytes()}; };
  };
  const Case cases[] = {
      {"NXDOMAIN", rcode(3), NameFailure::no_such_name},
      {"no record", rcode(0), NameFailure::no_address},
      {"SERVFAIL", rcode(2), NameFailure::server},
      {"NOTIMP", rcode(4), NameFailure::server},
      {"REFUSED", rcode(5), NameFailure::server},
      {"silence", [](const DnsQuery&) { return Replies{}; }, NameFailure::timed_out, 80ms},
      {"garbage", [](const DnsQuery&) { return Replies{"garbage", std::string(400, '\xC0')}; },
       NameFailure::timed_out, 80ms},
      {"another id",
       [](const DnsQuery& query) {
         return Replies{
             DnsMessage(query).id(static_cast<std::uint16_t>(query.id + 1)).rcode(3).bytes()};
       },
       NameFailure::timed_out, 80ms},
      {"another question",
       [](const DnsQuery& query) {
         return Replies{DnsMessage(query).question("evil.test", query.type).rcode(3).bytes()};
       },
       NameFailure::timed_out, 80ms},
      {"a record cut short",
       [](const DnsQuery& query) {
         auto whole = address_reply(query);
         whole.resize(whole.size() - 2);
         return Replies{whole};
       },
       NameFailure::server},
  };
  for (const auto& c : cases) {
    open(c.script);
    const auto answer = ask("web.test", AddressFamily::any, c.within);
    ASSERT_FALSE(answer) << c.what;
    EXPECT_EQ(answer.error().failure, c.failure) << c.what << ": " << answer.error().detail;
    EXPECT_THAT(answer.error().detail, HasSubstr("resolve web.test: ")) << c.what;
    EXPECT_FALSE(server_->queries.empty()) << c.what;
  }
}

TEST_F(NameResolverTest, ServersThatCannotBeReachedAreServerFailures) {
  open([](const DnsQuery&) { return Replies{}; }, {.servers = {testing::RawServer::refusing()}});
  EXPECT_THAT(texts(ask("web.test")), ElementsAre("name server failure"));
}

TEST_F(NameResolverTest, AsksTheNextServer) {
  DnsServer refuses(
      loop_, [](const DnsQuery& query) { return Replies{DnsMessage(query).rcode(5).bytes()}; });
  DnsServer knows(loop_, [](const DnsQuery& query) { return Replies{address_reply(query)}; });
  open([](const DnsQuery&) { return Replies{}; },
       {.servers = {refuses.endpoint(), knows.endpoint()}});
  EXPECT_THAT(texts(ask("web.test", AddressFamily::v6)), ElementsAre("2001:db8::7"));
  EXPECT_FALSE(refuses.queries.empty());
}

TEST_F(NameResolverTest, ANameOfTheOtherFamilyHasNoAddress) {
  open([](const DnsQuery& query) {
    return Replies{query.type == kA ? address_reply(query) : DnsMessage(query).bytes()};
  });
  EXPECT_EQ(texts(ask("web.test")).size(), 2U);
  const auto answer = ask("web.test", AddressFamily::v6);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().failure, NameFailure::no_address);
  EXPECT_EQ(answer.error().detail, "resolve web.test: it has no IPv6 address");
}

TEST_F(NameResolverTest, ATruncatedReplyIsAskedForByTcp) {
  open([](const DnsQuery& query) {
    return Replies{query.tcp ? address_reply(query) : DnsMessage(query).truncated().bytes()};
  });
  EXPECT_THAT(texts(ask("web.test", AddressFamily::v6)), ElementsAre("2001:db8::7"));
  ASSERT_EQ(server_->queries.size(), 2U);
  EXPECT_FALSE(server_->queries[0].tcp);
  EXPECT_TRUE(server_->queries[1].tcp);
}

TEST_F(NameResolverTest, ForeignRepliesDoNotHideTheRightOne) {
  open([](const DnsQuery& query) {
    DnsMessage other(query);
    other.id(static_cast<std::uint16_t>(query.id ^ 0x5555U)).rcode(3);
    return Replies{other.bytes(), "?", address_reply(query)};
  });
  EXPECT_THAT(texts(ask("web.test", AddressFamily::v6)), ElementsAre("2001:db8::7"));
}

TEST_F(NameResolverTest, LiteralsNeedNoServer) {
  open([](const DnsQuery& query) { return Replies{DnsMessage(query).rcode(3).bytes()}; });
  EXPECT_THAT(texts(ask("192.0.2.1")), ElementsAre("192.0.2.1"));
  EXPECT_THAT(texts(ask("2001:db8::1")), ElementsAre("2001:db8::1"));
  EXPECT_THAT(texts(ask("192.0.2.1", AddressFamily::v4)), ElementsAre("192.0.2.1"));
  EXPECT_THAT(texts(ask("192.0.2.1", AddressFamily::v6)), ElementsAre("no address"));
  EXPECT_THAT(texts(ask("2001:db8::1", AddressFamily::v4)), ElementsAre("no address"));
  for (const auto* odd :
       {"", "a b", "\x01", "caf\xC3\xA9.test", "web.test:80", "[::1]", "/etc/passwd"})
    EXPECT_THAT(texts(ask(odd)), ElementsAre("no host name")) << odd;
  EXPECT_THAT(texts(ask(std::string(300, 'a'))), ElementsAre("no host name"));
  EXPECT_THAT(texts(ask(std::string(70, 'a') + ".test")), ElementsAre("no host name"));
  EXPECT_TRUE(server_->queries.empty());
}

TEST_F(NameResolverTest, FollowsSearchDomains) {
  open(
      [](const DnsQuery& query) {
        const bool here = query.name == "web.b.test.";
        return Replies{here ? address_reply(query) : DnsMessage(query).rcode(3).bytes()};
      },
      {.search = std::vector<std::string>{"a.test", "b.test"}});
  EXPECT_THAT(texts(ask("web", AddressFamily::v6)), ElementsAre("2001:db8::7"));
  ASSERT_EQ(server_->queries.size(), 2U);
  EXPECT_EQ(server_->queries[0].name, "web.a.test.");
  EXPECT_THAT(texts(ask("other")), ElementsAre("no such name"));
}

TEST_F(NameResolverTest, TenThousandNamesAtOnce) {
  constexpr std::size_t kNames = 10'000;
  std::size_t most = 0;
  open(
      [&](const DnsQuery& query) {
        most = std::max(most, resolver_->in_flight());
        // Every name has an address of its own.
        const auto number = static_cast<std::uint32_t>(std::stoul(query.name.substr(1)));
        DnsMessage out(query);
        if (query.type == kA) out.add(DnsMessage::answer, kA, testing::be32(0x0A000000U + number));
        return Replies{out.bytes()};
      },
      {.at_once = 100});
  std::vector<std::unique_ptr<NameLookup>> lookups;
  expected_ = kNames;
  for (std::size_t i = 0; i < kNames; ++i) {
    lookups.push_back(make_lookup());
    lookups.back()->start(fmt::format("n{}.test", i), AddressFamily::any, clock_.mono() + 50s);
  }
  loop_.run();
  ASSERT_EQ(heard_.size(), kNames);
  for (std::size_t i = 0; i < kNames; ++i) {
    const auto& answer = heard_.at(lookups[i].get());
    ASSERT_TRUE(answer) << answer.error().detail;
    const auto raw = answer->at(0).raw();
    EXPECT_EQ(raw[1] * 65536U + raw[2] * 256U + raw[3], i);
  }
  EXPECT_LE(most, 100U);
  EXPECT_GT(most, 1U);
}

TEST_F(NameResolverTest, DeadlinesGoOnWhileNamesWaitTheirTurn) {
  open([](const DnsQuery&) { return Replies{}; }, {.at_once = 1});
  NameLookup first(*resolver_, *this);
  NameLookup second(*resolver_, *this);
  expected_ = 2;
  const auto begin = clock_.mono();
  first.start("a.test", AddressFamily::v4, begin + 5s);
  second.start("b.test", AddressFamily::v4, begin + 50ms);
  when_heard_ = [&](NameLookup& lookup) {
    EXPECT_EQ(&lookup, &second);
    loop_.stop();
  };
  loop_.run();
  EXPECT_THAT(texts(heard_.at(&second)), ElementsAre("no answer in time"));
  ASSERT_EQ(server_->queries.size(), 1U);
  EXPECT_EQ(server_->queries[0].name, "a.test.");
}

TEST_F(NameResolverTest, CancelledItIsUnheardAndHoldsNothing) {
  open([](const DnsQuery&) { return Replies{}; });
  auto asked = make_lookup();
  auto waiting = make_lookup();
  asked->start("a.test", AddressFamily::any, clock_.mono() + 50s);
  struct Cancel final : Timer::Listener {
    void on_timer(Timer&) override { call(); }
    std::function<void()> call;
  } cancel;
  Timer timer(loop_, cancel);
  cancel.call = [&] {
    if (server_->queries.empty()) {
      timer.arm(clock_.mono() + 5ms);
      return;
    }
    EXPECT_EQ(resolver_->in_flight(), 1U);
    waiting->start("b.test", AddressFamily::any, clock_.mono() + 50s);
    waiting.reset();
    asked.reset();
    server_.reset();  // else it alone holds the loop
  };
  timer.arm(clock_.mono());
  loop_.run();  // ends by itself
  EXPECT_TRUE(heard_.empty());
  EXPECT_EQ(resolver_->in_flight(), 0U);
}

// Names that nobody waits for any more must not keep others from being asked for.
TEST_F(NameResolverTest, SilentServersDoNotBlockLaterNames) {
  open(
      [](const DnsQuery& query) {
        return query.name.starts_with("dead") ? Replies{} : Replies{address_reply(query)};
      },
      {.at_once = 4});
  NameLookup patient(*resolver_, *this);  // keeps the others from being cancelled all at once
  patient.start("dead.test", AddressFamily::v4, clock_.mono() + 50s);
  for (int round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<NameLookup>> dead;
    heard_.clear();
    expected_ = 3;
    for (int i = 0; i < 3; ++i) {
      dead.push_back(make_lookup());
      dead.back()->start("dead.test", AddressFamily::v4, clock_.mono() + 30ms);
    }
    loop_.run();
    for (const auto& lookup : dead)
      EXPECT_THAT(texts(heard_.at(lookup.get())), ElementsAre("no answer in time"));
    EXPECT_THAT(texts(ask("live.test", AddressFamily::v6)), ElementsAre("2001:db8::7"));
    EXPECT_LE(resolver_->in_flight(), 2U * 4U + 1U);
  }
}

TEST_F(NameResolverTest, StartsAgainInItsAnswer) {
  open([](const DnsQuery& query) { return Replies{address_reply(query)}; });
  NameLookup lookup(*resolver_, *this);
  int answers = 0;
  when_heard_ = [&](NameLookup& heard) {
    heard_.clear();
    if (++answers == 3)
      loop_.stop();
    else
      heard.start("again.test", AddressFamily::v4, clock_.mono() + 5s);
  };
  lookup.start("web.test", AddressFamily::v4, clock_.mono() + 5s);
  loop_.run();
  EXPECT_EQ(answers, 3);
  EXPECT_EQ(server_->queries.size(), 3U);
}

}  // namespace
}  // namespace rampart::net
