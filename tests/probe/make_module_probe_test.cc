#include "probe/module/make_module_probe.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <optional>
#include <utility>

#include "module_lab.h"

namespace rampart::probe {
namespace {

using Prober = model::BlackboxModule::Prober;

constexpr std::array kAll{Prober::http, Prober::tcp,  Prober::dns,
                          Prober::icmp, Prober::grpc, Prober::unix_socket};

struct Result final : ModuleProbe::Listener {
  explicit Result(net::Loop& l) : loop(l) {}
  void on_outcome(ModuleOutcome&& outcome) override {
    out = std::move(outcome);
    if (waiting) loop.stop();
  }
  // Runs it to its end.
  const ModuleOutcome& of(ModuleProbe& probe) {
    probe.start(*this);
    waiting = true;
    if (!out) loop.run();
    return *out;
  }
  net::Loop& loop;
  std::optional<ModuleOutcome> out;
  bool waiting = false;
};

// Each of them ends on a target that nobody can ask.
TEST(MakeModuleProbe, MakesEveryKind) {
  ModuleLab lab;
  for (const auto prober : kAll) {
    model::BlackboxModule module;
    module.prober = prober;
    const auto probe = make_module_probe(
        lab.context,
        {.module = &module, .target = "", .hostname = {}, .timeout = std::chrono::seconds(5)});
    ASSERT_NE(probe, nullptr) << model::to_string(prober);
    Result result(lab.loop);
    EXPECT_FALSE(result.of(*probe).success) << model::to_string(prober);
  }
}

// Many probes at once may take all descriptors: those that find none end, the program does not.
TEST(MakeModuleProbe, WithoutDescriptorsIsLocal) {
  ModuleLab lab;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  for (const auto prober : kAll) {
    model::BlackboxModule module;
    module.prober = prober;
    module.dns.query_name = "web.test";
    const bool unlike = prober == Prober::icmp || prober == Prober::unix_socket;
    const ModuleAsk ask{.module = &module,
                        .target = unlike ? "127.0.0.1" : "127.0.0.1:9",
                        .hostname = {},
                        .timeout = std::chrono::seconds(5)};
    // Twice: the undefined behaviour sanitizer takes descriptors when it first meets a type.
    for (const bool limited : {false, true}) {
      const rlimit none{3, before.rlim_max};
      if (limited) {
        ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
      }
      Result result(lab.loop);
      const auto probe = make_module_probe(lab.context, ask);
      const auto out = result.of(*probe);
      ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
      EXPECT_TRUE(limited == (out.reason == model::ProbeReason::local) || prober == Prober::icmp)
          << model::to_string(prober) << ": " << out.detail;
    }
  }
}

}  // namespace
}  // namespace rampart::probe
