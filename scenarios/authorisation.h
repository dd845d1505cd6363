#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "base/units.h"
#include "model/plan.h"

namespace rampart::scenarios {

// What the owner of the targets allows, in writing (docs/authorisation.md). Without a file only
// loopback may be touched. With one, its limits and its time hold for the whole plan, loopback
// included; loopback need not be listed among its targets.
//
// Asked three times: check() before any name is resolved or socket exists, check_address() for
// every resolved address, and Permitted::permits() at each connect. A value; any thread may read
// it.
class Authorisation {
 public:
  static Authorisation loopback_only();
  // `now` is the moment at which the run would start. Errors: not_found or io for the file; config
  // for its text, one "file:line:column: message" per line.
  static base::Result<Authorisation> load(const std::string& path, base::WallTime now);
  static base::Result<Authorisation> parse(std::string_view text, const std::string& path,
                                           base::WallTime now);

  // Names, protocols, summed peak rate (of loads and, beyond loopback, of what is asked beside
  // them) and connections, slow clients, and that the run fits into the time. Only
  // Errc::permission, with what is missing and what to do about it.
  [[nodiscard]] base::Status check(const model::Plan& plan) const;
  // Errc::permission where its time is over, without a plan.
  [[nodiscard]] base::Status check_not_over() const;
  // From when on it holds, where that is not yet.
  [[nodiscard]] std::optional<base::WallTime> begins_later() const;
  // Whether `url` may be reached at `address`. A listed host may be at any address, any other name
  // only at loopback or in a listed network, localhost only at loopback (RFC 6761, section 6.3).
  [[nodiscard]] base::Status check_address(const model::Url& url,
                                           const base::IpAddress& address) const;
  // The listed networks and the protocols below those that are listed. Addresses of listed hosts
  // are known only after resolving: the caller adds each one that passed check_address().
  [[nodiscard]] model::Permitted permitted() const;

 private:
  Authorisation() = default;

  [[nodiscard]] base::Status check_name(const model::Url& url) const;
  [[nodiscard]] base::Status check_window(base::Nanos duration) const;
  [[nodiscard]] base::Status check_protocols(const model::Plan& plan) const;
  [[nodiscard]] base::Status check_search(const model::Plan& plan) const;
  [[nodiscard]] base::Status check_volume(const model::Plan& plan) const;
  [[nodiscard]] base::Status check_connections(const model::Plan& plan) const;
  [[nodiscard]] base::Status check_slow(const model::Plan& plan) const;
  [[nodiscard]] bool lists(const base::IpAddress& address) const;
  [[nodiscard]] bool lists_host(const std::string& host) const;
  [[nodiscard]] tl::unexpected<base::Error> refuse(const model::Url& url,
                                                   std::string_view what) const;

  std::string path_;  // empty: loopback only
  std::string owner_;
  std::string contact_;
  std::vector<base::Cidr> networks_;
  std::vector<std::string> hosts_;  // lower case
  std::vector<std::string> protocols_;
  base::Rps max_rate_;
  std::uint64_t max_connections_ = 0;
  bool slow_ = false;
  base::WallTime valid_from_;
  base::WallTime valid_until_;  // inclusive
  base::WallTime now_;
};

}  // namespace rampart::scenarios
