#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sniffer/app/certificate.h"
#include "sniffer/app/tls_hello.h"
#include "sniffer/app/transaction.h"

namespace rampart::sniffer {

// A handshake: one transaction per connection. Stages of a direction: headers with its hello, body
// with its certificates, complete when it goes on in secret or ends.
class TlsTransaction final : public Transaction {
 public:
  // The buffers of a certificate are of the side that showed it, so that those of clients are found
  // in the direction to the server.
  [[nodiscard]] std::optional<BufferView> buffer(BufferId id, Direction direction,
                                                 unsigned i) const override;

  void take(TlsClientHello hello);  // its fingerprints too
  void take(TlsServerHello hello);
  // The certificates that one side showed; false where the first is none.
  bool take(Direction direction, const std::vector<Bytes>& chain);

  [[nodiscard]] const std::optional<TlsClientHello>& client() const { return client_; }
  [[nodiscard]] const std::optional<TlsServerHello>& server() const { return server_; }
  // The first certificate that this direction's sender showed.
  [[nodiscard]] const std::optional<Certificate>& certificate(Direction direction) const {
    return chains_[index(direction)].own;
  }
  [[nodiscard]] std::string_view ja3() const { return ja3_hash_; }
  [[nodiscard]] std::string_view ja3s() const { return ja3s_hash_; }
  [[nodiscard]] std::string_view ja4() const { return ja4_; }
  // What was agreed upon: "1.2"; "SSLv3"; empty: not known.
  [[nodiscard]] std::string_view version() const;

  [[nodiscard]] std::size_t memory() const;

 private:
  struct Chain {
    std::vector<std::uint8_t> der;                            // all of them
    std::vector<std::pair<std::size_t, std::size_t>> places;  // where each begins, and its size
    std::optional<Certificate> own;
    std::uint8_t length = 0;  // in certificates
  };

  [[nodiscard]] const TlsRandom* random_of(Direction direction) const;
  [[nodiscard]] std::optional<std::string_view> client_text(BufferId id) const;
  [[nodiscard]] std::optional<std::string_view> server_text(BufferId id) const;

  std::optional<TlsClientHello> client_;
  std::optional<TlsServerHello> server_;
  std::array<Chain, 2> chains_;  // by Direction
  std::string ja3_, ja3_hash_, ja4_;
  std::string ja3s_, ja3s_hash_;
};

}  // namespace rampart::sniffer
