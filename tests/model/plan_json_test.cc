#include "model/plan_json.h"

#include <gtest/gtest.h>

#include <random>

namespace rampart::model {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ScrapeSpec full_scrape() {
  ScrapeSpec scrape;
  scrape.name = "node";
  scrape.url = {"http", "127.0.0.1", 9100, "/metrics"};
  scrape.tls.ca_file = "x";
  scrape.tls.server_name = "y";
  scrape.tls.insecure = true;
  scrape.interval = seconds(7);
  scrape.timeout = seconds(6);
  scrape.keep = {"nginx_up", "node_load1"};
  scrape.also = {"go_*"};
  scrape.labels = {{"job", "web"}};
  scrape.honor_labels = true;
  scrape.limits = {1, 2, 3, 4, 5};
  scrape.source = ScrapeSpec::Source::prometheus;
  scrape.select = "job=\"web\"";
  scrape.every = seconds(8);
  scrape.settle = seconds(9);
  scrape.service_metric = "web_serves";
  scrape.target = 1;
  scrape.endpoints = {{base::IpAddress::v4(127, 0, 0, 1), 9100}};
  return scrape;
}

// Every member differs from its default, so one that is forgotten shows.
Plan full_plan() {
  Plan p;
  p.name = "login-surge";
  p.path = "scenarios/login.yml";
  p.text = "name: login-surge\n# \"quoted\" \t é";
  p.seed = 0xFFFFFFFFFFFFFFFFULL;
  p.workers = 3;
  p.duration = seconds(160);
  Target web;
  web.name = "web";
  web.url = {"https", "::1", 8443, "/a?b=c"};
  web.tls.ca_file = "ca.pem";
  web.tls.server_name = "example.test";
  web.tls.insecure = true;
  web.tls.pin = "sha256/AAAA";
  web.tls.min_version = TlsVersion::tls1_2;
  web.tls.max_version = TlsVersion::tls1_3;
  web.tls.ciphers = "ECDHE+AESGCM";
  web.tls.ciphersuites = "TLS_AES_128_GCM_SHA256";
  web.tls.groups = "X25519";
  web.tls.certificate = "me.pem";
  web.tls.key = "me.key";
  web.tls.resumption = true;
  web.family = Family::ipv6;
  web.endpoints = {{*base::IpAddress::parse("::1"), 8443}, {base::IpAddress::v4(127, 0, 0, 1), 1}};
  p.targets = {web, web};
  LoadSpec load;
  load.name = "browse";
  load.target = 1;
  load.protocol = Protocol::http2;
  load.arrival.model = Arrival::Model::closed;
  load.arrival.distribution = Arrival::Distribution::poisson;
  load.arrival.stages = {{base::Rps{0.1}, base::Rps{500}, seconds(30)}};
  load.arrival.users = 32;
  load.arrival.duration = seconds(9);
  load.arrival.max_requests = 1ULL << 40U;
  load.connections = 64;
  load.arrival.burst = 5;
  load.streams = 16;
  load.requests_per_connection = 7;
  load.connection_rate = base::Rps{12};
  load.sources = {*base::Cidr::parse("127.0.1.0/24")};
  Step step;
  step.name = "POST /login";
  step.request = {
      "POST", "/login", {{"X-A", "1"}, {"X-A", "2"}}, std::string("\xFF\x00z", 3), {201}};
  step.extract = {{"csrf", Extract::From::json, "/token"}};
  step.expect_body = "ok$";
  step.think = {ThinkTime::Kind::uniform, milliseconds(3), milliseconds(4)};
  load.steps = {step};
  load.flow = true;
  load.cookies = true;
  load.data = {{"users", "users.csv", DataSet::Order::unique, {"name"}, nullptr}};
  load.socket = {SocketUse::Mode::send, 99, true};
  load.pace = {1000, 10};
  load.arrival.replay = {milliseconds(5)};
  load.first_byte_timeout = milliseconds(3);
  load.connect_timeout = milliseconds(1);
  load.timeout = milliseconds(2);
  p.loads = {load};
  ProbeSpec probe;
  probe.name = "web-tcp";
  probe.module = {
      "tcp_x", ProbeModule::Kind::tcp, {"HEAD", "/h", {}, "b", {200, 204}}, "ok$", false};
  probe.target = 1;
  probe.interval = milliseconds(250);
  probe.timeout = milliseconds(200);
  p.probes = {probe};
  p.scrapes = {full_scrape()};
  p.sniff =
      SniffSpec{"lo", "tcp", {"a.rules", "b.rules"}, "eve.json", {"alert", "dns"}, "t.config", 2};
  p.sniff->behaviour = {false, base::Rps{1}, base::Rps{2}, base::Rps{3}, base::Rps{4}, 5, 6, 7, 8,
                        9,     seconds(10)};
  p.canaries = CanarySpec{seconds(3), {9000001, 9000002}, 1};
  p.objectives.availability = base::Ratio{0.98};
  p.objectives.latency = {{99.9, milliseconds(250)}};
  p.objectives.errors = base::Ratio{0.001};
  p.objectives.detection = base::Ratio{0.99};
  p.objectives.confidence = base::Ratio{0.95};
  p.stop_when = {base::Ratio{0.5}, seconds(10), base::Ratio{0.2}, seconds(11)};
  p.find =
      FindSpec{0, base::Rps{10}, base::Rps{99}, base::Ratio{0.05}, seconds(4), 5, p.objectives};
  p.permitted.networks = {*base::Cidr::parse("10.0.0.0/8"), *base::Cidr::parse("fd00::/8")};
  p.permitted.owner = "ops";
  p.permitted.contact = "ops@example.test";
  return p;
}

// As the first release wrote it.
TEST(PlanJson, ReadsSniffersOfEarlierReleases) {
  auto plan = full_plan();
  plan.sniff->behaviour.enabled = true;
  auto text = to_json(plan);
  const auto cut = [&](const std::string& from, const std::string& to) {
    const auto begin = text.find(from, text.find("\"sniff\""));
    ASSERT_NE(begin, std::string::npos) << from;
    text.erase(begin, text.find(to, begin) + to.size() - begin);
  };
  cut("\"behaviour\"", "},");
  cut("\"eve_types\"", "],");
  cut(",\"threads\"", "2");
  cut(",\"threshold_file\"", "t.config\"");
  const auto back = plan_from_json(text);
  ASSERT_TRUE(back) << back.error().text << text;
  ASSERT_TRUE(back->sniff);
  EXPECT_EQ(back->sniff->eve_file, "eve.json");
  EXPECT_TRUE(back->sniff->eve_types.empty());
  EXPECT_TRUE(back->sniff->threshold_file.empty());
  EXPECT_EQ(back->sniff->threads, 1U);
  EXPECT_FALSE(back->sniff->behaviour.enabled) << "nobody looked for attacks then";
}

TEST(PlanJson, ReadsScrapesOfEarlierReleases) {
  auto text = to_json(full_plan());
  const auto begin = text.find("\"also\"", text.find("\"scrapes\""));
  for (const std::string key :
       {"also", "labels", "honor_labels", "limits", "source", "select", "every"}) {
    const auto at = text.find("\"" + key + "\"", text.find("\"scrapes\""));
    ASSERT_NE(at, std::string::npos) << key;
    text.replace(at + 1, 1, "-");  // a member that nobody asks for
  }
  ASSERT_NE(begin, std::string::npos);
  const auto back = plan_from_json(text);
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(back->scrapes.at(0).keep.size(), 2U);
  EXPECT_TRUE(back->scrapes[0].also.empty());
  EXPECT_EQ(back->scrapes[0].limits.series, PageLimits().series);
  EXPECT_EQ(back->scrapes[0].source, ScrapeSpec::Source::page);
}

TEST(PlanJson, GivesEveryMemberBack) {
  const auto text = to_json(full_plan());
  const auto back = plan_from_json(text);
  ASSERT_TRUE(back) << back.error().text;
  // The writer is checked against the values below, so equal text means equal plans.
  EXPECT_EQ(to_json(*back), text);
  const auto& load = back->loads.at(0);
  EXPECT_EQ(back->seed, 0xFFFFFFFFFFFFFFFFULL);
  EXPECT_EQ(back->targets.at(0).url.text(), "https://[::1]:8443/a?b=c");
  EXPECT_EQ(base::to_string(back->targets[0].endpoints.at(0)), "[::1]:8443");
  EXPECT_EQ(load.arrival.model, Arrival::Model::closed);
  EXPECT_EQ(load.arrival.stages.at(0).from.per_second, 0.1);
  EXPECT_EQ(load.steps.at(0).request.body, std::string("\xFF\x00z", 3));
  EXPECT_EQ(load.steps.at(0).request.headers.at(1).second, "2");
  EXPECT_EQ(back->probes.at(0).module.kind, ProbeModule::Kind::tcp);
  EXPECT_FALSE(back->probes[0].module.follow_redirects);
  EXPECT_EQ(back->scrapes.at(0).target, 1U);
  EXPECT_EQ(back->scrapes[0].also, std::vector<std::string>{"go_*"});
  EXPECT_EQ(back->scrapes[0].labels.at(0).second, "web");
  EXPECT_TRUE(back->scrapes[0].honor_labels);
  EXPECT_EQ(back->scrapes[0].limits.body, 1U);
  EXPECT_EQ(back->scrapes[0].limits.label_value, 5U);
  EXPECT_EQ(back->scrapes[0].source, ScrapeSpec::Source::prometheus);
  EXPECT_EQ(back->scrapes[0].select, "job=\"web\"");
  EXPECT_EQ(back->scrapes[0].every, seconds(8));
  EXPECT_EQ(back->sniff->rule_files.size(), 2U);
  EXPECT_EQ(back->sniff->eve_types.size(), 2U);
  EXPECT_EQ(back->sniff->threshold_file, "t.config");
  EXPECT_EQ(back->sniff->threads, 2U);
  EXPECT_FALSE(back->sniff->behaviour.enabled);
  EXPECT_EQ(back->sniff->behaviour.syn_flood, base::Rps{1});
  EXPECT_EQ(back->sniff->behaviour.failed_logins, 8U);
  EXPECT_EQ(back->sniff->behaviour.warm_up, seconds(10));
  EXPECT_EQ(back->canaries->sids.at(1), 9000002U);
  EXPECT_EQ(back->objectives.confidence->value, 0.95);
  EXPECT_EQ(back->stop_when.errors_over, seconds(11));
  EXPECT_EQ(base::to_string(back->permitted.networks.at(1)), "fd00::/8");
}

TEST(PlanJson, GivesAnEmptyPlanBack) {
  const auto back = plan_from_json(to_json(Plan{}));
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_FALSE(back->sniff);
  EXPECT_FALSE(back->objectives.availability);
  EXPECT_TRUE(back->targets.empty());
}

TEST(PlanJson, NamesTheDamagedMember) {
  struct Case {
    std::string_view from, to, error;
  };
  const std::string good = to_json(full_plan());
  const Case cases[] = {
      {"\"workers\":3", "\"workers\":-3", "workers: must be a whole number"},
      {"\"workers\":3", "\"workers\":4294967296", "workers: must be a whole number"},
      {"\"workers\":3", "\"workers\":3.5", "workers: must be a whole number"},
      {"\"workers\":3", "\"workerz\":3", "workers: is missing"},
      {"\"protocol\":1", "\"protocol\":9", "loads[0].protocol: must be a whole number from 0 to 4"},
      {"\"users\":32", "\"users\":\"32\"", "loads[0].arrival.users"},
      {"\"connections\":64", "\"connections\":null", "loads[0].connections"},
      {"\"interval\":250000000", "\"interval\":-1", "probes[0].interval: must be a whole number"},
      {"\"interval\":250000000", "\"interval\":9223372036854775807", "probes[0].interval"},
      {"[::1]:8443", "[::1]:84430", "targets[0].endpoints[0]: the port"},
      {"[::1]:8443", "[::g]:8443", "targets[0].endpoints[0]"},
      {"10.0.0.0/8", "10.0.0.0/99", "permitted.networks[0]"},
      {"ff007a", "ff007", "half a byte"},
      {"ff007a", "ff00zz", "hex digit"},
      {"\"name\":\"web-tcp\",\"target\":1", "\"name\":\"web-tcp\",\"target\":2",
       "probes[0].target: there is no target 2"},
      {"\"insecure\":true", "\"insecure\":1", "insecure: must be true or false"},
  };
  for (const auto& c : cases) {
    std::string text = good;
    const auto at = text.find(c.from);
    ASSERT_NE(at, std::string::npos) << c.from;
    text.replace(at, c.from.size(), c.to);
    const auto back = plan_from_json(text);
    ASSERT_FALSE(back) << c.to;
    EXPECT_EQ(back.error().code, base::Errc::parse);
    EXPECT_NE(back.error().text.find(c.error), std::string::npos) << back.error().text;
  }
}

TEST(PlanJson, RefusesWhatIsNoPlan) {
  for (const std::string_view text :
       {"", "[]", "3", "null", "{}", "{\"name\":", "\xFF\xFE", "{\"a\":1}"})
    EXPECT_FALSE(plan_from_json(text)) << text;
  EXPECT_FALSE(plan_from_json(std::string(100'000, '[')));
}

TEST(PlanJson, SurvivesAnyDamage) {
  const std::string good = to_json(full_plan());
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text = good;
    for (int i = 0; i < 3; ++i) text[random() % text.size()] = static_cast<char>(random() % 256);
    if (round % 3 == 0) text.resize(random() % text.size());
    const auto back = plan_from_json(text);
    if (!back) {
      EXPECT_FALSE(back.error().text.empty());
      continue;
    }
    for (const auto& load : back->loads) EXPECT_LT(load.target, back->targets.size());
  }
}

}  // namespace
}  // namespace rampart::model
