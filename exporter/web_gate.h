#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file_stamp.h"
#include "base/result.h"
#include "exporter/passwords.h"
#include "model/web_config.h"
#include "net/http_server.h"
#include "net/tls.h"

namespace rampart::net {
class Loop;
}

namespace rampart::exporter {

// Who may ask, and how, by a web configuration: TLS, users, and headers of answers. The file is
// looked at with each connection and each request, and read again where it, or a certificate or key
// that it names, has changed. Where it can no longer be read nobody is let in. Loop thread only.
class WebGate final : public net::HttpServer::TlsSource {
 public:
  using Read = base::Result<model::WebConfig> (*)(const std::string& path);

  // Reads it. Errc::config also for what its certificates and ciphers are not good for.
  // The clock outlives it; its wall clock is that of the files' system.
  static base::Result<std::unique_ptr<WebGate>> open(net::Loop& loop, const base::Clock& clock,
                                                     std::string path, Read read);

  // Whether connections are HTTPS; never changes.
  [[nodiscard]] bool tls() const { return tls_; }
  const net::TlsContext* context() override;

  // broken: the file cannot be read. busy: too many passwords are being checked. later: `done`
  // hears whether it is admitted, but not after this is destroyed.
  enum class Admission : std::uint8_t { admitted, refused, later, busy, broken };
  // `authorization`: the request's header.
  Admission admit(std::string_view authorization, Passwords::Done done);
  // Of every answer, as of the last admit().
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& headers() const {
    return config_.headers;
  }

 private:
  struct Certificates {
    std::vector<base::FileStamp> files;
    bool settled = false;  // all of them, when they were read
    net::TlsContext context;
  };

  WebGate(net::Loop& loop, const base::Clock& clock, std::string path, Read read)
      : clock_(clock), path_(std::move(path)), read_(read), passwords_(loop) {}

  base::Status renew();
  base::Status renew_tls();
  // Logs each trouble once. Whether there is none.
  bool sound(const base::Status& status);
  [[nodiscard]] std::vector<base::FileStamp> tls_files() const;

  const base::Clock& clock_;
  const std::string path_;
  const Read read_;
  bool tls_ = false;
  base::FileStamp stamp_;                     // of what was read
  bool settled_ = false;                      // it was, then
  base::Status state_;                        // of that
  model::WebConfig config_;                   // of the last file that was in order
  std::optional<Certificates> certificates_;  // null: they must be read
  Passwords passwords_;
  std::string trouble_;  // that was logged last
};

}  // namespace rampart::exporter
