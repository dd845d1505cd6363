#include "exporter/caretaker.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/clock.h"
#include "net/loop.h"
#include "net/name_resolver.h"
#include "probe/curl_multi.h"
#include "probe/module/kept_files.h"
#include "probe/module/tls_contexts.h"
#include "probe/own_sockets.h"
#include "tests/support/deadline.h"

namespace rampart::exporter {
namespace {

using namespace std::chrono_literals;

struct Nowhere final : model::Outbox<model::OwnTuple> {
  bool push(model::OwnTuple&&) noexcept override { return true; }
};

struct Source final : ModuleSource {
  base::Result<model::BlackboxConfig> read() override {
    ++reads;
    return model::BlackboxConfig{};
  }
  int reads = 0;
};

// A tenth of a second passes with each look at it; its times are long past for a timer, so that
// nothing waits.
struct Hurried final : base::Clock {
  [[nodiscard]] base::MonoTime mono() const noexcept override { return now += 100ms; }
  [[nodiscard]] base::WallTime wall() const noexcept override { return {}; }
  mutable base::MonoTime now;
};

std::unique_ptr<probe::ModuleProbe> none(const probe::ModuleContext&, probe::ModuleAsk) {
  return nullptr;
}

struct CaretakerTest : ::testing::Test {
  CaretakerTest() {
    EXPECT_TRUE(modules.reload());
    ExporterOptions options;
    options.listen = {{base::IpAddress::v4(127, 0, 0, 1), 0}};
    options.renew_permission = [this] { ++renewals, when_renewed(); };
    exporter = Exporter::listen({loop, *names, sockets, system, tls, curl, files}, modules, &none,
                                std::move(options))
                   .value();
  }
  void care() {
    const Caretaker caretaker({loop, hurried, *exporter, stops, hangups});
    loop.run();
  }

  base::SystemClock system;
  Hurried hurried;
  net::Loop loop;
  Source source;
  Nowhere nowhere;
  model::Permitted permitted;
  probe::OwnSockets sockets{permitted, nowhere, system};
  probe::TlsContexts tls;
  probe::CurlMulti curl{loop, system};
  probe::KeptFiles files{system};
  std::unique_ptr<net::NameResolver> names = net::NameResolver::open(loop, system, {}).value();
  Modules modules{source, system};
  std::unique_ptr<Exporter> exporter;
  std::atomic<int> stops = 0;
  std::atomic<int> hangups = 0;
  int renewals = 0;
  std::function<void()> when_renewed = [] {};
};

TEST_F(CaretakerTest, StopsTheLoop) {
  stops = 1;
  care();
  EXPECT_EQ(renewals, 0);
  EXPECT_EQ(source.reads, 1);
}

TEST_F(CaretakerTest, ReloadsAtEachHangup) {
  hangups = 1;  // one that came before
  when_renewed = [&] {
    if (renewals == 1)
      ++hangups;
    else
      stops = 1;
  };
  care();
  EXPECT_EQ(renewals, 2);
  EXPECT_EQ(source.reads, 3);
}

TEST_F(CaretakerTest, RenewsWhatIsPermittedEveryTenSeconds) {
  base::MonoTime last;
  when_renewed = [&] {
    EXPECT_GE(hurried.now - last, 10s);
    EXPECT_LE(hurried.now - last, 10s + 300ms);
    last = hurried.now;
    if (renewals == 3) stops = 1;
  };
  care();
  EXPECT_EQ(renewals, 3);
  EXPECT_EQ(source.reads, 1) << "the modules are read at a reload alone";
}

}  // namespace
}  // namespace rampart::exporter
