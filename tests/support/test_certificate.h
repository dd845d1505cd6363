#pragma once

#include <chrono>
#include <string>

namespace rampart::testing {

// A self-signed certificate and its key as PEM files in a directory of its own, removed at the end.
class TestCertificate {
 public:
  struct Options {
    std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";  // subjectAltName
    std::chrono::hours valid_from{-24};                       // from now
    std::chrono::hours valid_until{24};
  };

  TestCertificate() : TestCertificate(Options()) {}
  explicit TestCertificate(const Options& options);
  ~TestCertificate();
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  // Also the CA file that trusts it.
  [[nodiscard]] std::string certificate() const { return directory_ + "/certificate.pem"; }
  [[nodiscard]] std::string key() const { return directory_ + "/key.pem"; }

 private:
  std::string directory_;
};

}  // namespace rampart::testing
