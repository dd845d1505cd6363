#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/background_work.h"

namespace rampart::exporter {

// Users and the hashes of their passwords (bcrypt). A hash is worked out beside the loop, one at a
// time, since it takes a good part of a second on purpose; of each user the password that fitted
// last is remembered, and costs neither a hash nor a place among those that wait. How long an
// answer takes does not tell whether there is such a user: a name that is nobody's is compared with
// a hash of somebody, always the same one, so that among such names hashes of every cost are as
// frequent as among users. Loop thread only.
class Passwords {
 public:
  // Callers that wait. Each may hold a request, also where many of them wait for the same hash.
  static constexpr std::size_t kMostWaiting = 64;

  explicit Passwords(net::Loop& loop);

  // Name to hash. What is remembered of other hashes is forgotten.
  void use(std::map<std::string, std::string> users);
  [[nodiscard]] bool empty() const { return users_.empty(); }

  // later: `done` hears it, but not after this is destroyed. busy: too many wait. There is a user.
  enum class Answer : std::uint8_t { right, wrong, later, busy };
  using Done = std::function<void(bool right)>;
  Answer check(const std::string& user, const std::string& password, Done done);

 private:
  struct Proven {
    std::string hash;
    std::string password;
  };
  struct Trial;

  [[nodiscard]] bool proven(const std::string& user, const std::string& hash,
                            const std::string& password) const;
  // There is a user.
  [[nodiscard]] const std::string& hash_for_nobody(const std::string& name) const;
  void end(const std::shared_ptr<Trial>& trial);

  const std::string secret_;  // who knew it would know whose hash a name gets
  std::map<std::string, std::string> users_;
  std::map<std::string, Proven> proven_;  // by user
  // Shared with the work on it, which nothing can stop.
  std::list<std::shared_ptr<Trial>> trials_;
  std::size_t waiting_ = 0;  // callers, of all trials
  net::BackgroundWork work_;
};

// Whether `password` has this hash, which also says how to make it (crypt(5)). Slow. Any thread.
bool fits(const std::string& password, const std::string& hash);

}  // namespace rampart::exporter
