#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "net/stream.h"
#include "net/tcp_stream.h"
#include "net/udp_server.h"

namespace rampart::net {
class TlsContext;
}

namespace rampart::testing {

// Pieces of the wire form of DNS (RFC 1035, section 4).
std::string be16(unsigned value);
std::string be32(std::uint32_t value);
std::string dns_name(std::string_view dotted);   // "web.test" or "web.test."
std::string dns_text(std::string_view words);    // one character string
std::string dns_address(std::string_view text);  // the rdata of A or AAAA

struct DnsQuery {
  std::uint16_t id = 0;
  std::string name;  // as sent, with the final dot
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  bool recursion = false;
  bool tcp = false;
  std::size_t records = 0;  // of all sections behind the question
  std::string question;     // the section's bytes
};

// A reply, right or wrong as a test wants it.
class DnsMessage {
 public:
  enum Section : std::uint8_t { answer, authority, additional };

  // NOERROR, the query's id and question, no record.
  explicit DnsMessage(const DnsQuery& query);
  DnsMessage& id(std::uint16_t value);
  DnsMessage& rcode(unsigned value);
  DnsMessage& truncated();
  DnsMessage& not_a_reply();
  DnsMessage& question(std::string_view name, unsigned type, unsigned klass = 1);
  DnsMessage& no_question();
  // `name` and `rdata` as on the wire.
  DnsMessage& add(Section section, const std::string& name, unsigned type, const std::string& rdata,
                  std::uint32_t ttl = 300, unsigned klass = 1);
  // With the query's name.
  DnsMessage& add(Section section, unsigned type, const std::string& rdata);
  DnsMessage& claim(Section section, unsigned count);  // whatever there is
  [[nodiscard]] std::string bytes() const;

 private:
  std::string name_;
  unsigned id_;
  unsigned flags_ = 0x8180;
  unsigned questions_ = 1;
  std::array<unsigned, 3> counts_{};
  std::string question_;
  std::array<std::string, 3> records_;
};

// A DNS server on a test's own loop, by UDP and by TCP on one port: says what the test scripts.
class DnsServer final : private net::UdpServer::Listener, private net::TcpServer::Listener {
 public:
  // The messages to send back, in their order; none: silence.
  using Script = std::function<std::vector<std::string>(const DnsQuery& query)>;
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;                // 0: a free one
    const net::TlsContext* tls = nullptr;  // for TCP; outlives the server
    bool raw_stream = false;               // TCP: no length before a message
    bool hang_up = false;                  // TCP: FIN after the script has run
  };

  DnsServer(net::Loop& loop, Script script) : DnsServer(loop, std::move(script), Options()) {}
  DnsServer(net::Loop& loop, Script script, const Options& options);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  [[nodiscard]] const base::Endpoint& endpoint() const { return tcp_->endpoint(); }
  [[nodiscard]] std::uint16_t port() const { return endpoint().port; }

  std::vector<DnsQuery> queries;  // all that came and could be read

 private:
  struct Peer;
  void on_datagram(std::span<const char> bytes, const base::Endpoint& from) override;
  void on_accept(std::unique_ptr<net::TcpStream> stream) override;
  std::vector<std::string> replies(std::string_view bytes, bool tcp);

  const Script script_;
  const Options options_;
  std::unique_ptr<net::TcpServer> tcp_;
  std::unique_ptr<net::UdpServer> udp_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

}  // namespace rampart::testing
