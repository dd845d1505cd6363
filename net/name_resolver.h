#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file_stamp.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/timer.h"

namespace rampart::net {

class NameResolver;
struct NameFlight;

enum class AddressFamily : std::uint8_t { any, v4, v6 };

// Why a name gave no address.
enum class NameFailure : std::uint8_t {
  no_host_name,  // nothing that a name server could be asked for
  no_such_name,  // NXDOMAIN under every search domain
  no_address,    // there is such a name, but without an address of the family asked for
  timed_out,     // no answer by the deadline, or to any of the tries
  server,        // the name servers refused, failed or cannot be reached
  local,         // this host's trouble: memory, files
};
std::string_view to_string(NameFailure failure);

struct NameError {
  NameFailure failure = NameFailure::local;
  std::string detail;  // for people, with the name
};

// At least one address, each once, in the order of RFC 6724.
using NameAnswer = tl::expected<std::vector<base::IpAddress>, NameError>;

// One question to a resolver. Destroyed while it waits, it is cancelled and unheard. Loop thread
// only.
class NameLookup final : public RingLink {
 public:
  class Listener {
   public:
    // Once per start, from the loop, never from inside start(). The lookup may be destroyed or
    // started again in it, the resolver may not be destroyed.
    virtual void on_names(NameLookup& lookup, NameAnswer&& answer) = 0;

   protected:
    ~Listener() = default;
  };

  // Both outlive it.
  NameLookup(NameResolver& resolver, Listener& listener);
  ~NameLookup();
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;

  // A literal address needs no query, and no time; with a family it must be of that one. Only when
  // none runs.
  void start(std::string host, AddressFamily family, base::MonoTime deadline);

 private:
  friend class NameResolver;

  NameResolver& resolver_;
  Listener& listener_;
  std::string host_;
  AddressFamily family_ = AddressFamily::any;
  base::MonoTime deadline_;
  bool running_ = false;
  NameFlight* flight_ = nullptr;  // while name servers are asked
  std::optional<NameAnswer> answer_;
};

// Asks name servers without blocking, by c-ares: hosts file, search domains, servers, and how long
// and how often each is asked, as /etc/hosts and /etc/resolv.conf say; a change of the latter is
// noticed by the next name, five seconds later at most. A query costs what its name needs, and
// nothing while the resolver idles. Loop thread only.
class NameResolver final : private Timer::Listener, private Deferred {
 public:
  struct Options {
    std::vector<base::Endpoint> servers = {};             // empty: as resolv.conf says
    std::optional<std::vector<std::string>> search = {};  // domains; not given: as resolv.conf says
    // Names that are asked for at the same time; more wait their turn, and their deadlines go on.
    std::size_t at_once = 256;
    base::Nanos look_again = std::chrono::seconds(5);  // at resolv.conf, where servers are its
  };

  // The clock must be the monotonic one of this host. Both outlive the resolver.
  static base::Result<std::unique_ptr<NameResolver>> open(Loop& loop, const base::Clock& clock,
                                                          const Options& options);
  // Every lookup was destroyed before.
  ~NameResolver();
  NameResolver(const NameResolver&) = delete;
  NameResolver& operator=(const NameResolver&) = delete;

  // Names that the servers are asked for now, those included that nobody waits for any more.
  [[nodiscard]] std::size_t in_flight() const;

 private:
  friend class NameLookup;
  friend struct NameFlight;
  class Channel;

  NameResolver(Loop& loop, const base::Clock& clock, const Options& options);
  base::Status renew();
  void begin(NameLookup& lookup);
  void cancel(NameLookup& lookup);
  void finish(NameLookup& lookup, NameAnswer&& answer);
  void abandon(NameLookup& lookup);
  void wake();
  void on_timer(Timer& timer) override;
  void before_wait() override;
  void look_around();
  void notice_new_config(base::MonoTime now);
  void expire(base::MonoTime now);
  bool answer_unasked(NameLookup& lookup);
  void begin_waiting();
  void deliver();
  void settle();
  void drop_abandoned();

  Loop& loop_;
  const base::Clock& clock_;
  const Options options_;
  Timer timer_;
  base::FileStamp config_;  // of /etc/resolv.conf
  base::MonoTime config_seen_;
  std::set<std::pair<base::MonoTime, NameLookup*>> deadlines_;  // of all that run
  RingLink waiting_;                                            // the head of those to be asked
  RingLink finished_;      // the head of those with an answer that was not yet delivered
  std::size_t asked_ = 0;  // lookups that the servers are asked for
  // The last one takes new names; the others are left by it and end when nobody waits for them.
  std::list<std::unique_ptr<Channel>> channels_;
};

}  // namespace rampart::net
