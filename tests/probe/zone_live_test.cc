// Needs root: network namespaces that the tests make for themselves.
#include <gtest/gtest.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <memory>
#include <string>

#include "module_lab.h"
#include "net/http_server.h"
#include "own_namespace.h"
#include "probe/module/dns_module.h"
#include "probe/module/grpc_module.h"
#include "probe/module/http_module.h"
#include "probe/module/icmp_module.h"
#include "probe/module/tcp_module.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using Prober = model::BlackboxModule::Prober;

class Ok final : public net::HttpServer::Handler {
 public:
  explicit Ok(net::Loop& loop)
      : server_(
            net::HttpServer::listen(loop, {base::IpAddress::parse("::").value(), 0}, nullptr, *this)
                .value()) {}
  [[nodiscard]] std::string port() const { return std::to_string(server_->endpoint().port); }

 private:
  void on_request(net::HttpServer::ExchangeId id, const net::HttpServer::Request&) override {
    server_->reply(id, {.body = "ok"});
  }
  std::unique_ptr<net::HttpServer> server_;
};

// What only "%lo" says the way to.
void add_link_local(const std::string& text) {
  const Descriptor fd(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  in6_ifreq request{};
  const auto address = base::IpAddress::parse(text).value();
  std::copy(address.bytes.begin(), address.bytes.end(), request.ifr6_addr.s6_addr);
  request.ifr6_prefixlen = 64;
  request.ifr6_ifindex = static_cast<int>(if_nametoindex("lo"));
  ASSERT_EQ(ioctl(fd.get(), SIOCSIFADDR, &request), 0);
}

model::BlackboxModule module_of(Prober prober) {
  model::BlackboxModule out;
  out.prober = prober;
  out.dns.query_name = "web.test";
  out.dns.query_type = "A";
  out.dns.tcp = true;
  return out;
}

TEST(ZoneLive, SaysThroughWhichInterface) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  in_namespace(Link::up, [] {
    add_link_local("fe80::9");
    ModuleLab lab;
    lab.permitted.networks.push_back(base::Cidr::parse("fe80::9").value());
    Ok server(lab.loop);
    const auto at = "[fe80::9%lo]:" + server.port();
    auto out = lab.run<TcpModuleProbe>(module_of(Prober::tcp), at);
    EXPECT_TRUE(out.success) << out.detail;
    ASSERT_FALSE(lab.tuples.records.empty());
    EXPECT_EQ(base::to_string(lab.tuples.records[0].remote.address), "fe80::9");
    out = lab.run<IcmpModuleProbe>(module_of(Prober::icmp), "fe80::9%lo");
    EXPECT_TRUE(out.success) << out.detail;
    out = lab.run<HttpModuleProbe>(module_of(Prober::http),
                                   "http://[fe80::9%25lo]:" + server.port() + "/a");
    EXPECT_TRUE(out.success) << out.detail;
    out = lab.run<GrpcModuleProbe>(module_of(Prober::grpc), at);
    EXPECT_GT(out.phases.connect, base::Nanos(0)) << out.detail;  // it speaks HTTP/2, not gRPC
    testing::DnsServer names(lab.loop,
                             [](const testing::DnsQuery& query) {
                               return std::vector{testing::DnsMessage(query).rcode(0).bytes()};
                             },
                             {.address = "::"});
    out = lab.run<DnsModuleProbe>(module_of(Prober::dns),
                                  "[fe80::9%lo]:" + std::to_string(names.port()));
    EXPECT_EQ(names.queries.size(), 1U) << out.detail;
    out = lab.run<TcpModuleProbe>(module_of(Prober::tcp), "[fe80::9]:" + server.port());
    EXPECT_FALSE(out.success);
    out = lab.run<IcmpModuleProbe>(module_of(Prober::icmp), "fe80::8%lo");
    EXPECT_EQ(out.reason, ProbeReason::not_permitted) << out.detail;
  });
}

}  // namespace
}  // namespace rampart::probe
