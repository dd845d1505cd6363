#include "model/service_map.h"

#include <gtest/gtest.h>

namespace rampart::model {
namespace {

Target target(const std::string& url, const std::string& address) {
  Target out;
  out.url = parse_url(url).value();
  out.endpoints = {{base::IpAddress::parse(address).value(), 80}};
  return out;
}

class ServiceMap : public testing::Test {
 public:
  Plan plan;
  ScrapeSpec spec;

  std::optional<std::uint32_t> page(const std::string& url) {
    spec.url = parse_url(url).value();
    return target_of_page(plan, spec);
  }
  std::optional<std::uint32_t> instance(const std::string& text) {
    return target_of_instance(plan, spec, text);
  }
};

TEST_F(ServiceMap, APageIsOfTheOnlyTargetOrOfTheOneOnItsHost) {
  EXPECT_EQ(page("http://web:9100/metrics"), std::nullopt);
  plan.targets = {target("http://web/", "10.0.0.1")};
  EXPECT_EQ(page("http://web:9100/metrics"), 0U);
  EXPECT_EQ(page("http://elsewhere:9100/metrics"), std::nullopt);
  plan.scrapes.resize(1);
  EXPECT_EQ(page("http://elsewhere:9100/metrics"), 0U) << "one target, one page";
  plan.scrapes.resize(2);
  EXPECT_EQ(page("http://elsewhere:9100/metrics"), std::nullopt);
  plan.targets.push_back(target("http://api/", "10.0.0.2"));
  EXPECT_EQ(page("http://elsewhere:9100/metrics"), std::nullopt);
  EXPECT_EQ(page("http://api:9100/metrics"), 1U);
  EXPECT_EQ(page("http://10.0.0.2:9100/metrics"), 1U);
  plan.targets.push_back(target("http://api:8080/", "10.0.0.2"));
  EXPECT_EQ(page("http://api:9100/metrics"), std::nullopt) << "two services on this host";
  spec.target = 2;
  EXPECT_EQ(page("http://api:9100/metrics"), 2U);
}

TEST_F(ServiceMap, AnInstanceIsOfTheTargetOnItsHost) {
  plan.targets = {target("http://web/", "10.0.0.1"), target("http://api/", "2001:db8::2")};
  EXPECT_EQ(instance("web:9100"), 0U);
  EXPECT_EQ(instance("web"), 0U);
  EXPECT_EQ(instance("10.0.0.1:9113"), 0U);
  EXPECT_EQ(instance("[2001:db8::2]:9100"), 1U);
  for (const auto* other : {"other:9100", "", ":9100", "[", "http://web/", "web/x"})
    EXPECT_EQ(instance(other), std::nullopt) << other;
  spec.target = 1;
  EXPECT_EQ(instance("web:9100"), std::nullopt);
  EXPECT_EQ(instance("api:9100"), 1U);
  spec.select = "job=\"api\"";
  EXPECT_EQ(instance("sidecar-7"), 1U);
  spec.target.reset();
  EXPECT_EQ(instance("sidecar-7"), std::nullopt);
  plan.targets.push_back(target("http://web:8080/", "10.0.0.1"));
  EXPECT_EQ(instance("web:9100"), std::nullopt) << "two services on this host";
}

TEST_F(ServiceMap, ServiceMetrics) {
  EXPECT_TRUE(is_service_metric(spec, "nginx_up"));
  EXPECT_FALSE(is_service_metric(spec, "node_network_up"));
  EXPECT_FALSE(is_service_metric(spec, "up"));
  spec.service_metric = "mine";
  EXPECT_TRUE(is_service_metric(spec, "mine"));
  EXPECT_FALSE(is_service_metric(spec, "nginx_up"));
}

}  // namespace
}  // namespace rampart::model
