#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "net/peer_chain.h"
#include "net/stream.h"

struct ssl_ctx_st;
struct ssl_st;

namespace rampart::net {

class TlsContext;

// Lets the SSL_CTX of another library shake hands as a TlsContext of ours does, and hears what the
// server showed, also where it was refused. Outlives the connections of what it attends. One
// thread.
class TlsWitness {
 public:
  struct Handshake {
    bool done = false;
    std::string version;  // TLSv1.3; empty: not agreed upon
    std::string cipher;   // its name at IANA; empty: not agreed upon
    std::optional<PeerChain> chain;
    // Why the server's certificate was refused; empty: it was not.
    std::optional<StreamEnd> refusal;
    std::string why;  // OpenSSL's words for it
  };

  TlsWitness() = default;
  TlsWitness(const TlsWitness&) = delete;
  TlsWitness& operator=(const TlsWitness&) = delete;
  ~TlsWitness() = default;

  // Before the context's first connection, of which there is one. Takes over what `like` trusts,
  // checks, speaks and shows; its pin is not. Forgets what was heard of a context before. `name`:
  // what the certificate must be for, a name or an address.
  base::Status attend(ssl_ctx_st& context, const TlsContext& like, const std::string& name);

  [[nodiscard]] const Handshake& handshake() const { return handshake_; }

 private:
  static void hear(const ssl_st* ssl, int where, int value) noexcept;
  void look_at(const ssl_st& ssl, bool done);

  const ssl_ctx_st* attended_ = nullptr;
  Handshake handshake_;
};

}  // namespace rampart::net
