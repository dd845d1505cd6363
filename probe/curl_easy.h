#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "model/owner.h"
#include "probe/curl_reason.h"

struct curl_slist;
struct ssl_ctx_st;

namespace rampart::probe {

class OwnSockets;

// One transfer of libcurl on a connection of its own: sockets by OwnSockets, no question to any
// resolver, no session resumed, and no option taken from files or the environment but what is set
// here. Options are CURLOPT_* and CURLINFO_* numbers. Probe thread only.
class CurlEasy {
 public:
  static constexpr std::size_t kMaxHeader = 80 * 1024;

  class Receiver {
   public:
    // What becomes of a piece of the body: later, it is handed over once more, with what came
    // behind it, after CurlMulti::resume_soon().
    enum class Body : std::uint8_t { taken, later, unwanted };

    // A line of the answer's head with its end; false gives the transfer up.
    virtual bool on_header_line(std::string_view line) = 0;
    virtual Body on_body(std::string_view bytes) = 0;
    // Before a TLS handshake; with a proxy that speaks TLS also before the one with it.
    virtual bool on_tls(ssl_ctx_st& context) = 0;

   protected:
    ~Receiver() = default;
  };

  // All outlive it.
  CurlEasy(OwnSockets& sockets, const base::Clock& clock, model::Owner owner, Receiver& receiver);
  ~CurlEasy();
  CurlEasy(const CurlEasy&) = delete;
  CurlEasy& operator=(const CurlEasy&) = delete;

  [[nodiscard]] void* handle() const { return handle_.get(); }
  void set(int option, long value);
  void set(int option, const std::string& value);
  // A file or list that libcurl has a default for.
  void clear(int option);
  // Without a copy.
  void set_body(std::string_view body);
  // Each call adds one line; "NAME:" is none that libcurl would add on its own.
  void add_header(const std::string& line);
  void add_header(std::string_view name, std::string_view value);
  void add_proxy_header(const std::string& line);
  void add_proxy_header(std::string_view name, std::string_view value);
  // "HOST:PORT:HOST:PORT" and "+HOST:PORT:ADDRESS[,ADDRESS]...", as libcurl documents them.
  void connect_to(const std::string& rule);
  void resolve(const std::string& rule);
  // Of the IPv6 address that is connected to (net::zone_index); 0: none.
  void set_scope(std::uint32_t scope) { scope_ = scope; }
  // At least a millisecond.
  void set_timeout(base::Nanos left);
  // After the last add and before the transfer.
  void use_lists();

  // While libcurl waits for the transfer's socket.
  void announce(int fd);

  [[nodiscard]] base::Nanos time(int info) const;
  [[nodiscard]] long number(int info) const;
  // Of the answer, once its head has come: several of this name joined by ", ", empty where there
  // is none.
  [[nodiscard]] std::string header(const char* name) const;
  // 0 where it never connected.
  [[nodiscard]] base::Nanos connect_time() const;
  // From the moment at which the request was handed over to the first byte of the answer; 0 where
  // none came.
  [[nodiscard]] base::Nanos processing_time() const;
  // After a code that is not CURLE_OK; valid as long as this.
  [[nodiscard]] CurlEnd end(int code, bool tls) const;
  // Why no socket was opened; empty text: none was refused.
  [[nodiscard]] const base::Error& socket_error() const { return socket_error_; }
  [[nodiscard]] bool header_too_long() const { return header_bytes_ > kMaxHeader; }

 private:
  struct FreeHandle {
    void operator()(void* handle) const noexcept;
  };
  struct FreeList {
    void operator()(curl_slist* list) const noexcept;
  };
  using List = std::unique_ptr<curl_slist, FreeList>;

  struct Callbacks;  // libcurl's
  static void append(List& list, const std::string& line);

  OwnSockets& sockets_;
  const base::Clock& clock_;
  const model::Owner owner_;
  Receiver& receiver_;
  List headers_;
  List proxy_headers_;
  List connect_to_;
  List resolve_;
  std::array<char, 256> text_{};  // CURL_ERROR_SIZE
  std::size_t header_bytes_ = 0;
  std::uint32_t scope_ = 0;
  std::optional<base::Endpoint> unannounced_;  // its peer
  base::Error socket_error_;
  base::MonoTime began_;
  std::optional<base::MonoTime> tls_began_;
  std::unique_ptr<void, FreeHandle> handle_;
};

}  // namespace rampart::probe
