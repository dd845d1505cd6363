#include "net/name_resolver.h"

#include <ares.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>

#include "base/assert.h"
#include "base/deleter.h"
#include "net/fd_watcher.h"
#include "net/name_sockets.h"
#include "net/resolv_options.h"
#include "net/sockaddr.h"

namespace rampart::net {
namespace {

using namespace std::chrono_literals;

constexpr const char* kConfig = "/etc/resolv.conf";
using AddressesPtr = std::unique_ptr<ares_addrinfo, base::Deleter<ares_freeaddrinfo>>;

tl::unexpected<NameError> failed(NameFailure failure, const std::string& host,
                                 std::string_view why) {
  return tl::unexpected(NameError{failure, fmt::format("resolve {}: {}", host, why)});
}

int native_family(AddressFamily family) {
  switch (family) {
    case AddressFamily::v4: return AF_INET;
    case AddressFamily::v6: return AF_INET6;
    case AddressFamily::any: break;
  }
  return AF_UNSPEC;
}

std::string_view missing(AddressFamily family) {
  switch (family) {
    case AddressFamily::v4: return "it has no IPv4 address";
    case AddressFamily::v6: return "it has no IPv6 address";
    case AddressFamily::any: break;
  }
  return "it has no address";
}

bool is_host_name(const std::string& host) {
  const auto odd = [](char c) {
    return c <= ' ' || c > '~' || std::string_view(":/[]@%?#").find(c) != std::string_view::npos;
  };
  return !host.empty() && host.size() <= 255 && std::none_of(host.begin(), host.end(), odd);
}

NameAnswer no_host_name(const std::string& host) {
  const bool international = std::any_of(
      host.begin(), host.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
  return failed(NameFailure::no_host_name, host,
                host.empty()    ? "there is no host"
                : international ? "not a host name; international names need their xn-- form"
                                : "not a host name");
}

NameAnswer literal(const base::IpAddress& address, AddressFamily family, const std::string& host) {
  const bool other = family == AddressFamily::v4 ? address.v6 : !address.v6;
  if (family != AddressFamily::any && other)
    return failed(NameFailure::no_address, host, missing(family));
  return std::vector{address};
}

// c-ares reports name servers that failed or refused as refused connections, too, where it has
// tried them all.
NameAnswer explain(int status, AddressFamily family, const std::string& host) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENONAME: return failed(NameFailure::no_such_name, host, "no such name");
    case ARES_EBADNAME: return no_host_name(host);
    case ARES_ENODATA: return failed(NameFailure::no_address, host, missing(family));
    case ARES_ETIMEOUT:
      return failed(NameFailure::timed_out, host, "no answer from the name servers");
    case ARES_EFORMERR:
    case ARES_ESERVFAIL:
    case ARES_ENOTIMP:
    case ARES_EREFUSED:
    case ARES_EBADRESP:
    case ARES_ECONNREFUSED:
    case ARES_EOF:
      return failed(NameFailure::server, host,
                    "the name servers refused, failed or cannot be reached");
    default: return failed(NameFailure::local, host, ares_strerror(status));
  }
}

NameAnswer read_addresses(const ares_addrinfo& found, AddressFamily family,
                          const std::string& host) {
  std::vector<base::IpAddress> out;
  for (const auto* node = found.nodes; node != nullptr; node = node->ai_next) {
    const auto address = from_sockaddr(node->ai_addr).address;
    if (std::find(out.begin(), out.end(), address) == out.end()) out.push_back(address);
  }
  if (out.empty()) return failed(NameFailure::no_address, host, missing(family));
  return out;
}

ares_addr_port_node as_node(const base::Endpoint& server) {
  ares_addr_port_node out{};
  out.family = server.address.v6 ? AF_INET6 : AF_INET;
  out.udp_port = out.tcp_port = server.port;
  const auto raw = server.address.raw();
  if (server.address.v6)
    std::memcpy(&out.addr.addr6, raw.data(), raw.size());
  else
    std::memcpy(&out.addr.addr4, raw.data(), raw.size());
  return out;
}

// Of resolv.conf; its defaults where it cannot be read. Lines behind the first 64 KiB do not count.
ResolvOptions read_resolv_options() {
  std::array<char, 65536> text{};
  std::ifstream file(kConfig, std::ios::binary);
  file.read(text.data(), text.size());
  return resolv_options({text.data(), static_cast<std::size_t>(file.gcount())});
}

}  // namespace

std::string_view to_string(NameFailure failure) {
  switch (failure) {
    case NameFailure::no_host_name: return "no host name";
    case NameFailure::no_such_name: return "no such name";
    case NameFailure::no_address: return "no address";
    case NameFailure::timed_out: return "no answer in time";
    case NameFailure::server: return "name server failure";
    case NameFailure::local: return "local failure";
  }
  return "failed";
}

// One question in c-ares, which cannot be taken back: it lives until c-ares calls back.
struct NameFlight {
  NameResolver::Channel& channel;
  NameLookup* lookup;  // null once nobody waits for it
};

// c-ares with its sockets on the loop. Never destroyed in a call from c-ares.
class NameResolver::Channel final : public FdWatcher::Listener {
 public:
  explicit Channel(NameResolver& resolver) : resolver_(resolver) {}
  ~Channel() {
    if (handle_ != nullptr) ares_destroy(handle_);  // calls back for every flight
    RAMPART_ASSERT(flights == 0);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  base::Status open(const Options& options) {
    ares_options settings{};
    settings.sock_state_cb = state_changed;
    settings.sock_state_cb_data = this;
    int mask = ARES_OPT_SOCK_STATE_CB;
    std::vector<char*> domains;
    if (options.search) {
      for (const auto& domain : *options.search)
        domains.push_back(const_cast<char*>(domain.c_str()));  // copied
      settings.domains = domains.data();
      settings.ndomains = static_cast<int>(domains.size());
      mask |= ARES_OPT_DOMAINS;
    }
    if (options.servers.empty()) {  // c-ares 1.18 knows neither under the name that they have there
      const auto asked = read_resolv_options();
      settings.timeout = static_cast<int>(asked.timeout / 1ms);
      settings.tries = asked.attempts;
      mask |= ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
    }
    int status = ares_init_options(&handle_, &settings, mask);
    if (status == ARES_SUCCESS && !options.servers.empty()) status = set_servers(options.servers);
    if (status == ARES_SUCCESS) {
      ares_set_socket_functions(handle_, &name_sockets(), nullptr);
      return {};
    }
    return base::fail(base::Errc::io, fmt::format("set up the resolver: {}; look at "
                                                  "/etc/resolv.conf",
                                                  ares_strerror(status)));
  }

  void ask(NameLookup& lookup) {
    ares_addrinfo_hints hints{};
    hints.ai_family = native_family(lookup.family_);
    hints.ai_socktype = SOCK_STREAM;                // else each address comes once per type
    auto* flight = new NameFlight{*this, &lookup};  // freed in answered()
    lookup.flight_ = flight;
    ++flights;
    ++resolver_.asked_;
    ares_getaddrinfo(handle_, lookup.host_.c_str(), nullptr, &hints, answered, flight);
  }

  // When c-ares wants to be called next; none: on the sockets only.
  [[nodiscard]] std::optional<base::Nanos> wait() const {
    timeval buffer{};
    const timeval* wait = ares_timeout(handle_, nullptr, &buffer);
    if (wait == nullptr) return std::nullopt;
    // It cuts to milliseconds, and would find nothing to do a little too early.
    return std::chrono::seconds(wait->tv_sec) + std::chrono::microseconds(wait->tv_usec) + 1ms;
  }
  // Nobody waits for any of its questions, if it has some.
  [[nodiscard]] bool left() const { return flights == abandoned; }
  void cancel() { ares_cancel(handle_); }
  void look_at_times() { ares_process_fd(handle_, ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

  std::size_t flights = 0;    // in c-ares
  std::size_t abandoned = 0;  // of these, those that nobody waits for

 private:
  int set_servers(const std::vector<base::Endpoint>& servers) {
    std::vector<ares_addr_port_node> nodes;
    for (const auto& server : servers) nodes.push_back(as_node(server));
    for (std::size_t i = 1; i < nodes.size(); ++i) nodes[i - 1].next = &nodes[i];
    return ares_set_servers_ports(handle_, nodes.data());
  }

  static void state_changed(void* data, int fd, int readable, int writable) {
    auto* self = static_cast<Channel*>(data);
    if (readable == 0 && writable == 0) {
      self->watchers_.erase(fd);  // c-ares closes it after this call
      return;
    }
    auto& watcher = self->watchers_[fd];
    FdWatcher::Listener& listener = *self;
    if (!watcher) watcher = std::make_unique<FdWatcher>(self->resolver_.loop_, fd, listener);
    watcher->watch(readable != 0, writable != 0);
  }

  static void answered(void* data, int status, int, ares_addrinfo* found) {
    const std::unique_ptr<NameFlight> flight(static_cast<NameFlight*>(data));
    const AddressesPtr addresses(found);
    --flight->channel.flights;
    auto* lookup = flight->lookup;
    if (lookup == nullptr) {
      --flight->channel.abandoned;
      return;
    }
    lookup->flight_ = nullptr;
    auto& resolver = flight->channel.resolver_;
    --resolver.asked_;
    if (status == ARES_SUCCESS && addresses)
      resolver.finish(*lookup, read_addresses(*addresses, lookup->family_, lookup->host_));
    else
      resolver.finish(*lookup, explain(status, lookup->family_, lookup->host_));
  }

  void on_ready(int fd, bool readable, bool writable) override {
    ares_process_fd(handle_, readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
    resolver_.settle();
  }

  NameResolver& resolver_;
  ares_channel handle_ = nullptr;
  std::map<int, std::unique_ptr<FdWatcher>> watchers_;
};

NameLookup::NameLookup(NameResolver& resolver, Listener& listener)
    : resolver_(resolver), listener_(listener) {}

NameLookup::~NameLookup() { resolver_.cancel(*this); }

void NameLookup::start(std::string host, AddressFamily family, base::MonoTime deadline) {
  RAMPART_ASSERT(!running_);
  host_ = std::move(host);
  family_ = family;
  deadline_ = deadline;
  resolver_.begin(*this);
}

base::Result<std::unique_ptr<NameResolver>> NameResolver::open(Loop& loop, const base::Clock& clock,
                                                               const Options& options) {
  static const int ready = ares_library_init(ARES_LIB_INIT_ALL);
  if (ready != ARES_SUCCESS)
    return base::fail(base::Errc::io, fmt::format("set up the resolver: {}", ares_strerror(ready)));
  std::unique_ptr<NameResolver> out(new NameResolver(loop, clock, options));
  RAMPART_CHECK(out->renew());
  return out;
}

NameResolver::NameResolver(Loop& loop, const base::Clock& clock, const Options& options)
    : loop_(loop), clock_(clock), options_(options), timer_(loop, *this) {}

NameResolver::~NameResolver() {
  RAMPART_ASSERT(deadlines_.empty());
  channels_.clear();
}

std::size_t NameResolver::in_flight() const {
  std::size_t out = 0;
  for (const auto& channel : channels_) out += channel->flights;
  return out;
}

base::Status NameResolver::renew() {
  config_ = base::FileStamp::of(kConfig);
  config_seen_ = clock_.mono();
  auto channel = std::make_unique<Channel>(*this);
  RAMPART_CHECK(channel->open(options_));
  channels_.push_back(std::move(channel));
  return {};
}

void NameResolver::begin(NameLookup& lookup) {
  lookup.running_ = true;
  deadlines_.emplace(lookup.deadline_, &lookup);
  lookup.link_before(waiting_);
  wake();
}

void NameResolver::cancel(NameLookup& lookup) {
  if (!lookup.running_) return;
  abandon(lookup);
  lookup.unlink();
  deadlines_.erase({lookup.deadline_, &lookup});
  wake();  // the place is free, and the time to wake for may be another
}

void NameResolver::abandon(NameLookup& lookup) {
  auto* flight = std::exchange(lookup.flight_, nullptr);
  if (flight == nullptr) return;
  flight->lookup = nullptr;
  ++flight->channel.abandoned;
  --asked_;
}

// Possibly in a call from c-ares: so listeners hear of it later.
void NameResolver::finish(NameLookup& lookup, NameAnswer&& answer) {
  lookup.unlink();
  lookup.answer_ = std::move(answer);
  lookup.link_before(finished_);
}

void NameResolver::wake() { loop_.before_wait(*this); }

void NameResolver::on_timer(Timer&) { look_around(); }
void NameResolver::before_wait() { look_around(); }

void NameResolver::look_around() {
  const auto now = clock_.mono();
  for (const auto& channel : channels_) channel->look_at_times();
  expire(now);
  drop_abandoned();
  notice_new_config(now);
  settle();
}

void NameResolver::notice_new_config(base::MonoTime now) {
  const bool full = channels_.back()->abandoned >= options_.at_once;
  bool changed = false;
  if (options_.servers.empty() && now - config_seen_ >= options_.look_again) {
    config_seen_ = now;
    changed = base::FileStamp::of(kConfig) != config_;
  }
  // Where that fails the old one goes on.
  if (full || changed) static_cast<void>(renew());
}

void NameResolver::expire(base::MonoTime now) {
  for (auto next = deadlines_.begin(); next != deadlines_.end() && next->first <= now; ++next) {
    auto& lookup = *next->second;
    if (lookup.answer_ || answer_unasked(lookup)) continue;
    abandon(lookup);
    finish(lookup,
           failed(NameFailure::timed_out, lookup.host_, "no answer from the name servers in time"));
  }
}

// Where nobody need be asked for that.
bool NameResolver::answer_unasked(NameLookup& lookup) {
  if (const auto address = base::IpAddress::parse(lookup.host_))
    finish(lookup, literal(*address, lookup.family_, lookup.host_));
  else if (!is_host_name(lookup.host_))
    finish(lookup, no_host_name(lookup.host_));
  else
    return false;
  return true;
}

// A bounded number per call: names of the hosts file are answered at once, and reading it takes a
// while.
void NameResolver::begin_waiting() {
  for (std::size_t begun = 0;
       begun < options_.at_once && asked_ < options_.at_once && !waiting_.alone(); ++begun) {
    auto& lookup = *static_cast<NameLookup*>(waiting_.next());
    lookup.unlink();
    if (!answer_unasked(lookup)) channels_.back()->ask(lookup);
  }
  if (asked_ < options_.at_once && !waiting_.alone()) wake();
}

void NameResolver::deliver() {
  while (!finished_.alone()) {
    auto& lookup = *static_cast<NameLookup*>(finished_.next());
    lookup.unlink();
    deadlines_.erase({lookup.deadline_, &lookup});
    lookup.running_ = false;
    auto answer = *std::move(lookup.answer_);
    lookup.answer_.reset();
    lookup.listener_.on_names(lookup, std::move(answer));
  }
}

// Begins, delivers, and sets the time to wake.
void NameResolver::settle() {
  begin_waiting();
  deliver();
  const auto now = clock_.mono();
  std::optional<base::MonoTime> due;
  const auto sooner = [&due](base::MonoTime at) {
    if (!due || at < *due) due = at;
  };
  if (!deadlines_.empty()) sooner(deadlines_.begin()->first);
  for (const auto& channel : channels_) {
    if (const auto wait = channel->wait()) sooner(now + *wait);
    if (channel->left() && (channel->flights > 0 || channel != channels_.back())) sooner(now);
  }
  if (due)
    timer_.arm(*due);
  else
    timer_.disarm();
}

// Questions that nobody waits for would go on for a minute, and hold the loop.
void NameResolver::drop_abandoned() {
  for (auto next = channels_.begin(); next != std::prev(channels_.end());)
    next = (*next)->left() ? channels_.erase(next) : std::next(next);
  if (auto& last = *channels_.back(); last.left() && last.flights > 0) last.cancel();
}

}  // namespace rampart::net
