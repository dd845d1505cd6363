#include "probe/module/make_module_probe.h"

#include <gtest/gtest.h>

#include <array>

#include "module_lab.h"

namespace rampart::probe {
namespace {

using Prober = model::BlackboxModule::Prober;

constexpr std::array kAll{Prober::http, Prober::tcp,  Prober::dns,
                          Prober::icmp, Prober::grpc, Prober::unix_socket};

// Each of them ends on a target that nobody can ask.
TEST(MakeModuleProbe, MakesEveryKind) {
  struct Result final : ModuleProbe::Listener {
    explicit Result(net::Loop& l) : loop(l) {}
    void on_outcome(ModuleOutcome&& outcome) override {
      failed = !outcome.success;
      if (waiting) loop.stop();
    }
    net::Loop& loop;
    bool failed = false;
    bool waiting = false;
  };
  ModuleLab lab;
  for (const auto prober : kAll) {
    model::BlackboxModule module;
    module.prober = prober;
    const auto probe = make_module_probe(
        lab.context,
        {.module = &module, .target = "", .hostname = {}, .timeout = std::chrono::seconds(5)});
    ASSERT_NE(probe, nullptr) << model::to_string(prober);
    Result result(lab.loop);
    probe->start(result);
    result.waiting = true;
    if (!result.failed) lab.loop.run();
    EXPECT_TRUE(result.failed) << model::to_string(prober);
  }
}

}  // namespace
}  // namespace rampart::probe
