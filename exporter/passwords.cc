#include "exporter/passwords.h"

#include <crypt.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <utility>

namespace rampart::exporter {
namespace {

constexpr std::size_t kLongest = CRYPT_MAX_PASSPHRASE_SIZE - 1;  // bytes; crypt takes no more

// Takes as long wherever the two differ.
bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

std::string random_bytes() {
  std::random_device source;
  std::string out;
  for (int i = 0; i < 16; ++i) out += static_cast<char>(source());
  return out;
}

}  // namespace

struct Passwords::Trial {
  std::string user;
  std::string hash;  // somebody else's where there is no such user
  std::string password;
  bool right = false;
  std::vector<Done> done;
};

bool fits(const std::string& password, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();
  const char* made = crypt_rn(password.c_str(), hash.c_str(), data.get(), sizeof *data);
  return made != nullptr && same(made, hash);
}

Passwords::Passwords(net::Loop& loop) : secret_(random_bytes()), work_(loop) {}

const std::string& Passwords::hash_for_nobody(const std::string& name) const {
  const auto pick = std::hash<std::string>()(secret_ + name) % users_.size();
  return std::next(users_.begin(), static_cast<std::ptrdiff_t>(pick))->second;
}

void Passwords::use(std::map<std::string, std::string> users) {
  users_ = std::move(users);
  std::erase_if(proven_, [&](const auto& entry) {
    const auto user = users_.find(entry.first);
    return user == users_.end() || user->second != entry.second.hash;
  });
}

bool Passwords::proven(const std::string& user, const std::string& hash,
                       const std::string& password) const {
  const auto found = proven_.find(user);
  return found != proven_.end() && found->second.hash == hash &&
         same(found->second.password, password);
}

Passwords::Answer Passwords::check(const std::string& user, const std::string& password,
                                   Done done) {
  // crypt would not look behind a NUL.
  if (password.size() > kLongest || password.find('\0') != std::string::npos) return Answer::wrong;
  const auto known = users_.find(user);
  const auto& hash = known == users_.end() ? hash_for_nobody(user) : known->second;
  if (known != users_.end() && proven(user, hash, password)) return Answer::right;
  if (waiting_ >= kMostWaiting) return Answer::busy;
  ++waiting_;
  const auto found = std::find_if(trials_.begin(), trials_.end(), [&](const auto& trial) {
    return trial->user == user && trial->hash == hash && same(trial->password, password);
  });
  if (found != trials_.end()) {
    (*found)->done.push_back(std::move(done));
    return Answer::later;
  }
  auto trial = std::make_shared<Trial>(Trial{user, hash, password, false, {}});
  trial->done.push_back(std::move(done));
  trials_.push_back(trial);
  work_.add([trial] { trial->right = fits(trial->password, trial->hash); },
            [this, trial] { end(trial); });
  return Answer::later;
}

void Passwords::end(const std::shared_ptr<Trial>& trial) {
  trials_.remove(trial);
  const auto known = users_.find(trial->user);
  const bool right = trial->right && known != users_.end() && known->second == trial->hash;
  if (right) proven_[trial->user] = {trial->hash, trial->password};
  const auto done = std::move(trial->done);
  waiting_ -= done.size();
  for (const auto& hear : done) hear(right);
}

}  // namespace rampart::exporter
