#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/ip_address.h"
#include "base/result.h"
#include "net/stream.h"

namespace rampart::net {

class Loop;

class TcpStream final : public Stream {
 public:
  // Begins to connect. The listener hears on_open or on_end from the loop, never from inside this
  // call, and must outlive the stream.
  static std::unique_ptr<TcpStream> connect(Loop& loop, const base::Endpoint& to,
                                            Listener& listener, const ConnectOptions& options = {});

  // Over a connected stream socket, TCP or Unix, whose descriptor is the stream's from then on. The
  // listener as above.
  static std::unique_ptr<TcpStream> open(Loop& loop, int fd, Listener& listener);

  ~TcpStream() override;
  TcpStream(const TcpStream&) = delete;
  TcpStream& operator=(const TcpStream&) = delete;

  void write(std::span<const char> bytes) override;
  void shutdown() override;
  void reset() override;
  void read_eagerly() override;
  void limit_reading(std::size_t bytes) override;
  [[nodiscard]] std::size_t queued() const override;
  [[nodiscard]] std::uint16_t local_port() const override { return local_port_; }

  [[nodiscard]] Loop& loop() const;
  // Stops and starts reading: back-pressure for servers.
  void pause();
  void resume();
  // For accepted streams, whose listener is known only after accept. Starts reading.
  void listen_with(Listener& listener);

 private:
  friend class TcpServer;
  struct Handle;

  explicit TcpStream(Loop& loop);
  void begin_connect(const base::Endpoint& to, const ConnectOptions& options);
  void opened();
  void fail(int uv_error);
  void end(StreamEnd why, std::string_view detail);
  [[nodiscard]] bool over() const;

  Handle* handle_;  // freed in its close callback; null after reset
  Listener* listener_ = nullptr;
  std::uint16_t local_port_ = 0;
};

// Accepts connections on one address.
class TcpServer {
 public:
  class Listener {
   public:
    // The stream is open; give it a listener before returning, or drop it.
    virtual void on_accept(std::unique_ptr<TcpStream> stream) = 0;

   protected:
    ~Listener() = default;
  };

  // Port 0 takes a free one. The listener must outlive the server.
  static base::Result<std::unique_ptr<TcpServer>> listen(Loop& loop, const base::Endpoint& at,
                                                         Listener& listener);
  ~TcpServer();
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  [[nodiscard]] const base::Endpoint& endpoint() const { return endpoint_; }

 private:
  struct Handle;
  TcpServer() = default;

  Handle* handle_ = nullptr;  // freed in its close callback
  base::Endpoint endpoint_;
};

}  // namespace rampart::net
